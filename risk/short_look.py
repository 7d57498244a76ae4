"""A short look before the whole one: most orders meet an account so simple that a few comparisons settle it.

It knows orders at the market on contracts, where no other entry waits and no coin is held, and of limits of one kind it
takes the strictest for all of them. So it may say yes, and then each of the checks would have; what it cannot say
yes to is for the checks, and they say why. It never says no.
"""

from decimal import ROUND_CEILING, Context, Decimal
from math import inf
from typing import NamedTuple

from engine.account import Account
from engine.gate import OrderRequest
from engine.markets import Market
from engine.money import ONE, ZERO
from risk.checks import Figures
from risk.hands import Hand
from risk.limits import Limits
from risk.tiers import Tier

_SECOND_NS = 1_000_000_000
_UP = Context(prec=40, rounding=ROUND_CEILING)
_ENDLESS = Decimal("1e30")


class ShortLook:
    """The limits of one kind in one figure each."""

    __slots__ = ("_duplicate_ns", "_fat_finger", "_limits", "_orders", "_rate", "_room", "_scales")

    def __init__(self, limits: Limits) -> None:
        self._limits = limits
        room = (limits.max_leverage, limits.max_strategy_exposure, limits.max_concentration)
        self._room = min(limit for limit in room if limit is not None)  # of everything together, times the equity
        self._rate = _whole(limits.orders_per_minute)
        self._orders = _whole(limits.max_open_orders)
        self._duplicate_ns = 0 if limits.duplicate_s is None else int(limits.duplicate_s * _SECOND_NS) + 1
        self._fat_finger = inf if limits.fat_finger is None else float(limits.fat_finger)
        self._scales: dict[str, _Scale] = {}  # by symbol

    def passes(  # noqa: C901 - written out, because every order passes through it
        self,
        request: OrderRequest,
        market: Market,
        price: Decimal,
        figures: Figures,
        account: Account,
        hand: Hand,
        lease: Decimal,
        tier: Tier,
        now_ns: int,
    ) -> bool:
        """Whether an order at the market is within everything that the checks look at."""
        if (
            market.is_spot
            or request.price is not None
            or request.trigger_price is not None
            or request.carry is not None
        ):
            return False
        for order in account.open_orders.values():
            if not order.reduce_only:
                return False
        symbol, side, quantity, stop = request.symbol, request.side, request.quantity, request.stop
        held = ZERO
        for name, position in account.ledger.positions.items():
            if position.quantity:
                if name == symbol:
                    held = position.quantity
                elif account.markets[name].is_spot:
                    return False
        limits = self._limits
        equity, others = figures
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
        left = equity - quantity * price * market.instrument.fee_taker
        exposure = after + others if others else after
        if exposure * scale.kept > left or exposure > equity * scale.room or after > scale.most:
            return False
        loss = account.day_start_equity - equity
        if stop is not None:
            risk = abs(price - stop) * opened
            if risk > equity * (limits.max_risk_per_trade or tier.risk_per_trade_max):
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


def _whole(limit: Decimal | None) -> float:
    """A count that reaches this one reaches the limit."""
    return inf if limit is None else int(limit.to_integral_value(ROUND_CEILING))
