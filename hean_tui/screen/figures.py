"""Numbers and times as people read them: grouped, signed where the sign matters, a dash where nothing is known."""

import math
from datetime import UTC, datetime
from decimal import Decimal

Number = Decimal | float | int

_LARGEST_PLAIN = 10**12
_NS = 1_000_000_000


def is_known(value: Number | None) -> bool:
    """Whether there is a finite number to show."""
    return value is not None and math.isfinite(value)


def known(value: Decimal | None) -> Decimal | None:
    """The number if it is one that can be calculated with, else None."""
    return value if value is not None and value.is_finite() else None


def magnitude(value: Number) -> float:
    """How large a number is, whatever its sign and kind."""
    return abs(float(value))


def _written(value: Number, places: int, signed: bool) -> str:
    if magnitude(value) >= _LARGEST_PLAIN:
        return f"{value:+.3e}" if signed else f"{value:.3e}"
    text = f"{value:+,.{places}f}" if signed else f"{value:,.{places}f}"
    return text if text.strip("+-0.,") else text.lstrip("+-")


def money(value: Number | None, dash: str, *, signed: bool = False) -> str:
    """An amount in the quote currency with two places; nothing carries no sign."""
    return dash if value is None or not is_known(value) else _written(value, 2, signed)


def percent(fraction: Number | None, dash: str, *, places: int = 2, signed: bool = True) -> str:
    """A fraction as per cent."""
    if fraction is None or not is_known(fraction):
        return dash
    return _written(fraction * 100, places, signed) + "%"


def price(value: Number | None, dash: str) -> str:
    """A price with as many places as its size asks for."""
    if value is None or not is_known(value):
        return dash
    size = magnitude(value)
    places = next((n for bound, n in ((10_000, 1), (100, 2), (10, 3), (1, 4), (0.01, 6)) if size >= bound), 8)
    return _written(value, places if size else 2, signed=False)


def quantity(value: Number | None, dash: str) -> str:
    """A size without trailing zeros."""
    if value is None or not is_known(value):
        return dash
    text = _written(value, 8, signed=False)
    return text.rstrip("0").rstrip(".") if "." in text and "e" not in text else text


def duration(seconds: float | None, dash: str) -> str:
    """How long, in the two largest units: `5s`, `34m`, `1h12m`, `3d4h`."""
    if seconds is None or not math.isfinite(seconds):
        return dash
    total = max(int(seconds), 0)
    minutes, hours, days = total // 60, total // 3600, total // 86400
    if days >= 100:
        return f"{days}d"
    if days:
        return f"{days}d{hours % 24}h"
    if hours:
        return f"{hours}h{minutes % 60:02d}m"
    return f"{minutes}m" if minutes else f"{total}s"


def counted(count: int, one: str, many: str = "") -> str:
    """A number with its noun."""
    return f"{count} {one if count == 1 else many or one + 's'}"


def between(earlier_ns: int | None, later_ns: int | None) -> float | None:
    """Seconds from one moment to another, None where one is unknown."""
    return None if earlier_ns is None or later_ns is None else (later_ns - earlier_ns) / _NS


def clock(ts_ns: int | None, dash: str) -> str:
    """The time of day in UTC."""
    moment = _moment(ts_ns)
    return dash if moment is None else f"{moment:%H:%M:%S}"


def day(ts_ns: int | None, dash: str) -> str:
    """The date in UTC."""
    moment = _moment(ts_ns)
    return dash if moment is None else f"{moment:%Y-%m-%d}"


def _moment(ts_ns: int | None) -> datetime | None:
    try:
        return None if ts_ns is None else datetime.fromtimestamp(ts_ns // _NS, UTC)
    except (OverflowError, ValueError, OSError):
        return None
