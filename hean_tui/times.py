"""Durations and instants as people write them, as nanoseconds."""

import re
from datetime import UTC, datetime
from decimal import Decimal

from hean_tui.errors import BadValue

SECOND_NS = 1_000_000_000
START_NS = 1_767_225_600_000_000_000  # 2026-01-01T00:00:00Z, where simulated time begins unless somebody says otherwise
_UNITS_NS = {
    "ms": SECOND_NS // 1000,
    "s": SECOND_NS,
    "m": 60 * SECOND_NS,
    "h": 3600 * SECOND_NS,
    "d": 86_400 * SECOND_NS,
    "w": 7 * 86_400 * SECOND_NS,
}
_PART = re.compile(r"([0-9]{1,12}(?:\.[0-9]{1,9})?)(ms|[smhdw])")
LONGEST_NS = 36_525 * _UNITS_NS["d"]
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_FIRST_YEAR, _LAST_YEAR = 2000, 2199


def read_duration(text: str) -> int:
    """`90s`, `6h`, `30d`, `1h30m` or `250ms` in nanoseconds; zero is allowed."""
    parts = _PART.findall(text)
    if not parts or "".join(number + unit for number, unit in parts) != text:
        raise BadValue("write a number and a unit, such as 90s, 15m, 6h or 30d")
    total = sum(Decimal(number) * _UNITS_NS[unit] for number, unit in parts)
    if total > LONGEST_NS:
        raise BadValue("the longest is a hundred years")
    return int(total)


def read_positive_duration(text: str) -> int:
    """A duration that is not zero."""
    nanoseconds = read_duration(text)
    if nanoseconds <= 0:
        raise BadValue("it has to be longer than nothing")
    return nanoseconds


def read_instant(text: str) -> int:
    """A moment as ISO 8601, or as integer milliseconds, in nanoseconds; without an offset it is UTC."""
    if re.fullmatch(r"[0-9]{12,13}", text):
        return int(text) * 1_000_000
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise BadValue("write a time such as 2026-01-01 or 2026-01-01T09:30:00Z") from None
    if not _FIRST_YEAR <= moment.year <= _LAST_YEAR:
        raise BadValue(f"the year has to be from {_FIRST_YEAR} to {_LAST_YEAR}")
    aware = moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment
    since = aware - _EPOCH
    return (since.days * 86_400 + since.seconds) * SECOND_NS + since.microseconds * 1000
