"""What people see of the gate: how near the limits are, and the numbers behind an order that passed."""

from decimal import Decimal
from typing import Any

from engine.account import Account
from engine.money import CENT, money
from engine.orders import Order
from engine.snapshot import Loss, RiskView, Thresholds
from risk.limits import Limits, named
from risk.losses import Ladder
from risk.tiers import BY_NAME, Tier, is_below_all

_FINE = Decimal("0.0001")


def figures_of(order: Order, account: Account, limits: Limits, tier: Tier) -> dict[str, Any]:
    """Equity, exposure and what the order risks, beside the limits."""
    equity, others = account.equity_beside(order.symbol)
    mark = account.markets.mark(order.symbol)
    held = account.held(order.symbol)
    figures: dict[str, Any] = {
        "equity": equity,
        "held": held,
        "exposure_elsewhere": others,
        "exposure_after": others + abs(held + order.quantity * order.side) * mark,
        "exposure_limit": limits.max_leverage * equity,
        "day_pnl": account.day_pnl(equity),
    }
    if order.command.stop is not None:
        figures["risk_at_stop"] = abs(mark - order.command.stop) * order.quantity
        figures["risk_allowed"] = equity * (limits.max_risk_per_trade or tier.risk_per_trade_max)
    return figures


def risk_view(
    account: Account, limits: Limits, losses: Ladder, halted_until_ns: int | None, day_reason: str | None
) -> RiskView:
    """How near the limits are."""
    equity, exposure = account.equity(), account.exposure()
    amounts, halted = losses.amounts, losses.halted
    until = losses.lifts_at_ns()
    if until is None:
        until = halted_until_ns
    reason = day_reason if halted is None else halted.reason
    return RiskView(
        tier=losses.tier.name,
        level=losses.level(equity, account) if day_reason is None else "halt",
        halted=reason is not None,
        halt_reason=reason,
        halt_until=until,
        lift="none" if halted is None else BY_NAME[halted.tier].lift.value,
        thresholds=Thresholds(
            info=-amounts.info, warning=-amounts.warning, critical=-amounts.critical, halt=-amounts.halt
        ),
        loss=Loss(
            worst_trade=_worst_trip(account), day=account.day_pnl(equity), total=-losses.drawdown(equity, account)
        ),
        day_limit=-account.day_room.limit(limits.daily_drawdown_limit).quantize(CENT),
        leverage=(exposure / equity).quantize(_FINE) if equity > 0 else None,
        exposure=exposure,
        limits=named(limits),
        note=_small(equity),
    )


def _worst_trip(account: Account) -> Decimal | None:
    """Of those that are open, and those that ended this day."""
    made = [account.trip_pnl(key) for key in account.trips if account.owned[key].quantity]
    if account.days_worst_trip is not None:
        made.append(account.days_worst_trip)
    return min(made, default=None)


def _small(equity: Decimal) -> str | None:
    if not is_below_all(equity):
        return None
    return f"with {money(equity)} the account is under the smallest tier; the Sniper's levels hold"
