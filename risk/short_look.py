"""A short look before the whole one: most orders meet an account so simple that a few comparisons settle it.

It knows orders at the market on contracts, where no other entry waits and no coin is held, and it takes the strictest
of the limits of one kind for all of them. So it may say yes, and then each of the checks would have; what it cannot say
yes to is for the checks, and they say why. It never says no.
"""

from decimal import ROUND_CEILING, Decimal
from math import inf

from engine.account import Account
from engine.gate import OrderRequest
from engine.markets import Market
from engine.money import ZERO
from risk.checks import Figures
from risk.hands import Hand
from risk.limits import Limits
from risk.tiers import Tier

_SECOND_NS = 1_000_000_000


def is_simple(account: Account, chosen: str) -> bool:
    """Whether no coin is held or meant, and no entry waits."""
    markets = account.markets
    if markets[chosen].is_spot:
        return False
    for order in account.open_orders.values():
        if not order.reduce_only:
            return False
    for symbol, position in account.ledger.positions.items():
        if position.quantity and markets[symbol].is_spot:
            return False
    return True


class ShortLook:
    """The limits of one kind in one figure each."""

    __slots__ = ("_duplicate_ns", "_fat_finger", "_limits", "_orders", "_rate", "_room")

    def __init__(self, limits: Limits) -> None:
        self._limits = limits
        room = (limits.max_leverage, limits.max_strategy_exposure, limits.max_concentration)
        self._room = min(limit for limit in room if limit is not None)  # of everything together, times the equity
        self._rate = _whole(limits.orders_per_minute)
        self._orders = _whole(limits.max_open_orders)
        self._duplicate_ns = 0 if limits.duplicate_s is None else int(limits.duplicate_s * _SECOND_NS) + 1
        self._fat_finger = inf if limits.fat_finger is None else float(limits.fat_finger)

    def passes(
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
        """Whether an order at the market, on a simple account, is within everything that the checks look at."""
        if request.price is not None or request.trigger_price is not None or request.carry is not None:
            return False
        limits = self._limits
        equity, others = figures
        side, quantity, stop = request.side, request.quantity, request.stop
        held = account.held(request.symbol)
        if not held or (held > ZERO) is (side > 0):
            opened = quantity
            after = abs(held) + quantity
        else:
            opened = after = quantity - abs(held)
        after *= price
        exposure = after + others
        instrument = market.instrument
        left = equity - quantity * price * instrument.fee_taker
        if exposure > equity * self._room * lease or exposure > left * account.leverage:
            return False
        loss = start = account.day_start_equity
        loss -= equity
        if stop is not None:
            risk = abs(price - stop) * opened
            if risk > equity * (limits.max_risk_per_trade or tier.risk_per_trade_max):
                return False
            loss += risk
        if loss >= start * limits.daily_drawdown_limit:
            return False
        if limits.max_position_size is not None and after > limits.max_position_size:
            return False
        if limits.liquidation_distance is not None and instrument.tiers:
            lowest = instrument.tiers[0]
            kept = limits.liquidation_distance + lowest.maintenance_rate
            if after > lowest.max_notional or exposure * kept > left:
                return False
        return (
            len(account.open_orders) < self._orders
            and len(hand.times) < self._rate
            and now_ns - hand.last_ns >= self._duplicate_ns
            and hand.beyond(request, self._fat_finger) is None
        )


def _whole(limit: Decimal | None) -> float:
    """A count that reaches this one reaches the limit."""
    return inf if limit is None else int(limit.to_integral_value(ROUND_CEILING))
