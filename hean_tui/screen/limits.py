"""What is measured against the limits, read out of one snapshot."""

from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal

from engine.snapshot import Snapshot
from hean_tui.screen.figures import Number, is_known, known, magnitude, money, quantity

_WHOLE_FROM = 1000
_ZERO = Decimal(0)


@dataclass(frozen=True)
class Measure:
    """One thing that has a limit: how much of it is used, and how both are written."""

    label: str
    used: Decimal | None
    limit: Decimal | None
    written: Callable[[Number | None, str], str]

    @property
    def share(self) -> float | None:
        """The part of the limit that is used, None where either is unknown."""
        used, limit = known(self.used), known(self.limit)
        return float(used / limit) if used is not None and limit is not None and limit > 0 else None


def measures(view: Snapshot) -> list[Measure]:
    """The loss of the day, leverage, and the largest position; each without a limit where none is known."""
    return [
        Measure("day loss", _day_loss(view), _day_limit(view), round_money),
        Measure("leverage", view.risk.leverage, _limit(view, "max_leverage"), _times),
        Measure("largest", _largest(view), _limit(view, "max_position_size"), round_money),
    ]


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


def _day_loss(view: Snapshot) -> Decimal | None:
    day = known(view.account.day_pnl)
    return None if day is None else max(-day, _ZERO)


def _day_limit(view: Snapshot) -> Decimal | None:
    halt = known(view.risk.thresholds.halt)
    if halt is not None:
        return abs(halt)  # told as a result, which is negative; used as the size of a loss
    fraction = _limit(view, "daily_drawdown_limit")
    equity, day = known(view.account.equity), known(view.account.day_pnl)
    return None if fraction is None or equity is None or day is None else fraction * (equity - day)


def _largest(view: Snapshot) -> Decimal | None:
    sizes = [known(each.quantity * each.mark_price) for each in view.positions if each.mark_price is not None]
    certain = [size for size in sizes if size is not None]
    return max(certain, default=_ZERO) if len(certain) == len(view.positions) else None
