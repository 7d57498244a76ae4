"""A short look before the whole one: most orders meet an account so simple that a few comparisons settle it.

It knows entries at the market, on contracts, where no other entry waits and no coin is held; and of limits of one kind
it takes the strictest for all of them. So it may say yes, and then each of the checks would have; what it cannot say
yes to is for the checks, and they say why. It never says no.
"""

from decimal import ROUND_CEILING, Context, Decimal
from math import inf
from typing import NamedTuple

from engine.account import Account
from engine.commands import MARKET
from engine.errors import UnknownSymbol
from engine.gate import OrderRequest
from engine.markets import Market
from engine.money import ONE, ZERO
from risk.checks import Figures, against_data
from risk.hands import Hand
from risk.limits import Limits
from risk.losses import Ladder

_SECOND_NS = 1_000_000_000
_UP = Context(prec=40, rounding=ROUND_CEILING)
_ENDLESS = Decimal("1e30")


class ShortLook:
    """The limits of one kind in one figure each."""

    __slots__ = ("_duplicate_ns", "_fat_finger", "_is_by_strategy", "_limits", "_orders", "_rate", "_room", "_scales")

    def __init__(self, limits: Limits) -> None:
        self._limits = limits
        room = (limits.max_leverage, limits.max_strategy_exposure, limits.max_concentration)
        self._room = min(limit for limit in room if limit is not None)  # of everything together, times the equity
        self._is_by_strategy = limits.max_strategy_exposure is not None
        self._rate = _whole(limits.orders_per_minute)
        self._orders = _whole(limits.max_open_orders)
        self._duplicate_ns = 0 if limits.duplicate_s is None else int(limits.duplicate_s * _SECOND_NS) + 1
        self._fat_finger = inf if limits.fat_finger is None else float(limits.fat_finger)
        self._scales: dict[str, _Scale] = {}  # by symbol

    def passes(  # noqa: C901, PLR0911, PLR0912 - written out, because every order passes through it
        self,
        request: OrderRequest,
        figures: Figures | None,
        account: Account,
        hand: Hand,
        lease: Decimal,
        losses: Ladder,
        now_ns: int,
    ) -> bool:
        """Whether an order is within all that the checks look at; with the figures of its symbol, if they are known."""
        symbol, side, quantity, stop = request.symbol, request.side, request.quantity, request.stop
        market = account.markets[symbol]
        instrument = market.instrument
        if (
            request.type is not MARKET
            or request.price is not None
            or request.trigger_price is not None
            or request.trail is not None
            or request.target is not None
            or request.carry is not None
            or request.reduce_only
            or market.is_spot
            or quantity % instrument.lot
            or not instrument.min_quantity <= quantity <= instrument.max_market_quantity
        ):
            return False
        limits = self._limits
        if (market.updated_ns != now_ns or market.bid is not None) and against_data(market, now_ns, limits):
            return False
        for order in account.open_orders.values():
            if not order.reduce_only:
                return False
        held = ZERO
        for name, position in account.ledger.positions.items():
            if position.quantity:
                if name == symbol:
                    held = position.quantity
                elif account.markets[name].is_spot:
                    return False
        if (lease < ONE or self._is_by_strategy) and not _shares_are_whole(account):
            return False
        try:
            price = account.markets.mark(symbol)
            equity, others = figures or account.equity_beside(symbol)
        except UnknownSymbol:
            return False
        opened = after = quantity
        if held:
            if (held > ZERO) is (side > 0):
                after = abs(held) + quantity
            else:
                opened = after = quantity - abs(held)
        after *= price
        scale = self._scales.get(symbol)
        if scale is None or scale.lease is not lease or scale.leverage is not account.leverage:
            scale = self._scale(market, lease, account.leverage)
        worth = quantity * price
        left = equity - worth * instrument.fee_taker
        exposure = after + others if others else after
        if (
            worth < instrument.min_notional
            or exposure * scale.kept > left
            or exposure > equity * scale.room
            or after > scale.most
        ):
            return False
        loss = account.day_start_equity - equity
        if stop is not None:
            distance = price - stop if side > 0 else stop - price
            if distance <= ZERO or stop % instrument.tick or not instrument.min_price <= stop <= instrument.max_price:
                return False
            risk = distance * opened
            if risk > equity * (limits.max_risk_per_trade or losses.begin(account).risk_per_trade_max):
                return False
            loss += risk
        return (
            loss < account.day_room.limit(limits.daily_drawdown_limit)
            and len(account.open_orders) < self._orders
            and len(hand.times) < self._rate
            and now_ns - hand.last_ns >= self._duplicate_ns
            and hand.beyond(request, self._fat_finger) is None
        )

    def _scale(self, market: Market, lease: Decimal, leverage: Decimal) -> "_Scale":
        limits, instrument = self._limits, market.instrument
        kept = _UP.divide(ONE, leverage)
        most = _ENDLESS if limits.max_position_size is None else limits.max_position_size
        if limits.liquidation_distance is not None and instrument.tiers:
            lowest = instrument.tiers[0]
            kept = max(kept, limits.liquidation_distance + lowest.maintenance_rate)
            most = min(most, lowest.max_notional)
        scale = self._scales[instrument.symbol] = _Scale(lease, leverage, self._room * lease, kept, most)
        return scale


class _Scale(NamedTuple):
    """What the orders of a symbol are measured with, for as long as lease and leverage are these."""

    lease: Decimal
    leverage: Decimal
    room: Decimal  # of everything together, times the equity
    kept: Decimal  # of everything together, what has to be left behind it: its margin, and more where it is liquidated
    most: Decimal  # that the position may be worth


def _shares_are_whole(account: Account) -> bool:
    """Whether nobody's share stands against another's: then the account holds all that any of them does."""
    positions = account.ledger.positions
    return all(
        not share.quantity or (symbol in positions and positions[symbol].quantity == share.quantity)
        for (_, symbol), share in account.owned.items()
    )


def _whole(limit: Decimal | None) -> float:
    """A count that reaches this one reaches the limit."""
    return inf if limit is None else int(limit.to_integral_value(ROUND_CEILING))
