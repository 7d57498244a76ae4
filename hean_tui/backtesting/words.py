"""Numbers, moments and spans of a backtest as people read them."""

from datetime import UTC, datetime
from decimal import Decimal

_UNITS = ((86_400, "day"), (3_600, "hour"), (60, "minute"), (1, "second"))


def money(value: Decimal | float, signed: bool = False) -> str:
    """Two decimals and thousands separators."""
    return f"{value:+,.2f}" if signed else f"{value:,.2f}"


def percent(fraction: float | Decimal | None, signed: bool = False) -> str:
    """A fraction in per cent; a dash where there is none."""
    if fraction is None:
        return "–"
    return f"{fraction * 100:+.2f} %" if signed else f"{fraction * 100:.2f} %"


def ratio(value: float | None) -> str:
    """Two decimals; a dash where there is none."""
    return "–" if value is None else f"{value:.2f}"


def moment(ts_ms: int) -> str:
    """To the minute, UTC."""
    return f"{datetime.fromtimestamp(ts_ms / 1000, UTC):%Y-%m-%d %H:%M}"


def span(seconds: float) -> str:
    """`5 minutes`, `1 hour`, `2 days`: the largest unit that fits without a rest."""
    for size, name in _UNITS:
        if seconds >= size and seconds % size == 0:
            count = int(seconds // size)
            return name if count == 1 else f"{count} {name}s"
    return f"{seconds:g} seconds"


def counted(count: int, noun: str) -> str:
    """`1 gap`, `1,200 gaps`."""
    return f"{count:,} {noun}" if count == 1 else f"{count:,} {noun}s"
