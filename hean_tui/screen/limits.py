"""What is measured against the levels of loss and the limits, read out of one snapshot."""

from collections.abc import Callable
from dataclasses import dataclass
from decimal import ROUND_DOWN, Decimal

from engine.days import day_named, start_hour
from engine.instruments import HOUR_NS
from engine.snapshot import Snapshot
from hean_tui.screen.figures import Number, is_known, known, magnitude, money, quantity

_WHOLE_FROM = 1000
_ZERO = Decimal(0)
_CENT = Decimal("0.01")
_LARGEST_EXACT = 1e20  # beyond it cents cannot be told any more


@dataclass(frozen=True)
class Measure:
    """One thing that has a limit: how much of it is used, and how both are written."""

    label: str
    used: Decimal | None
    limit: Decimal | None
    written: Callable[[Number | None, str], str]
    counted_on: str = ""  # what a loss is the loss of

    @property
    def share(self) -> float | None:
        """The part of the limit that is used, None where either is unknown."""
        used, limit = known(self.used), known(self.limit)
        return float(used / limit) if used is not None and limit is not None and limit > 0 else None


def levels(view: Snapshot) -> list[Measure]:
    """The four levels of loss that hold, and how much of each is used; none where the account has none."""
    loss, thresholds = view.risk.loss, view.risk.thresholds
    rows = (
        ("info", loss.worst_trade, thresholds.info, "a single trade"),
        ("warning", loss.day, thresholds.warning, f"the day, {day_named(int(start_hour(view.risk.limits) * HOUR_NS))}"),
        ("critical", loss.total, thresholds.critical, "from the highest equity"),
        ("HALT", loss.total, thresholds.halt, "from the highest equity"),
    )
    return [
        Measure(label, _lost(result), abs(level), exact_money, counted_on)
        for label, result, level, counted_on in rows
        if known(level) is not None and level is not None
    ]


def measures(view: Snapshot) -> list[Measure]:
    """Leverage, the loss of the day, and the largest position; each without a limit where none is known."""
    return [
        Measure("leverage", view.risk.leverage, _limit(view, "max_leverage"), _times),
        Measure("day loss", _lost(view.account.day_pnl), _day_limit(view), exact_money),
        Measure("largest", _largest(view), _limit(view, "max_position_size"), round_money),
    ]


def exact_money(value: Number | None, dash: str) -> str:
    """Money to the cent, never more than it is: a level shows as reached when it is, and not a cent before."""
    if value is not None and is_known(value) and magnitude(value) < _LARGEST_EXACT:
        value = Decimal(value).quantize(_CENT, ROUND_DOWN)
    return money(value, dash).removesuffix(".00")


def round_money(value: Number | None, dash: str) -> str:
    """Money without cents, where there are none or they no longer matter."""
    text = money(value, dash)
    if value is not None and is_known(value) and magnitude(value) >= _WHOLE_FROM and "e" not in text:
        return text.partition(".")[0]
    return text.removesuffix(".00")


def _times(value: Number | None, dash: str) -> str:
    return dash if value is None or not is_known(value) else quantity(round(Decimal(value), 2), dash)


def _limit(view: Snapshot, name: str) -> Decimal | None:
    return next((value for key, value in view.risk.limits.items() if key.lower() == name), None)


def _lost(result: Decimal | None) -> Decimal | None:
    """The size of a loss; a gain is none."""
    certain = known(result)
    return None if certain is None else max(-certain, _ZERO)


def _day_limit(view: Snapshot) -> Decimal | None:
    limit = known(view.risk.day_limit)
    if limit is not None:
        return max(-limit, _ZERO)  # told as a result; where a part of a gain has to stay, no loss at all is left
    fraction = _limit(view, "daily_drawdown_limit")
    equity, day = known(view.account.equity), known(view.account.day_pnl)
    return None if fraction is None or equity is None or day is None else fraction * (equity - day)


def _largest(view: Snapshot) -> Decimal | None:
    sizes = [known(each.quantity * each.mark_price) for each in view.positions if each.mark_price is not None]
    certain = [size for size in sizes if size is not None]
    return max(certain, default=_ZERO) if len(certain) == len(view.positions) else None
