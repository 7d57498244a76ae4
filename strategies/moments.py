"""A moment as a list of orders writes it, as nanoseconds UTC."""

from datetime import UTC, datetime

_EARLIEST_S = 1_230_768_000  # 2009-01-01
_LATEST_S = 4_102_444_800  # 2100-01-01
_UNITS_A_SECOND = (1, 1_000, 1_000_000, 1_000_000_000)
_NS = 1_000_000_000
_MOST_DIGITS = 19


def read_moment(text: str) -> int:
    """Whole seconds, milliseconds, microseconds or nanoseconds, or an ISO time (UTC unless it says otherwise).

    Between 2009 and 2100 the four units differ by factors of a thousand, so the size of a number tells its unit. What
    is no moment of that span is refused with a ValueError.
    """
    ts_ns = _from_number(int(text)) if text.isdecimal() and len(text) <= _MOST_DIGITS else _from_words(text)
    if ts_ns is None or not _EARLIEST_S * _NS <= ts_ns < _LATEST_S * _NS:
        raise ValueError(
            f"ts has to be a moment from 2009 to 2100, in milliseconds or as an ISO time; it was {text[:80]!r}"
        )
    return ts_ns


def _from_number(number: int) -> int | None:
    for units in _UNITS_A_SECOND:
        if _EARLIEST_S * units <= number < _LATEST_S * units:
            return number * (_NS // units)
    return None


def _from_words(text: str) -> int | None:
    try:
        moment = datetime.fromisoformat(text)
        if moment.tzinfo is None:
            moment = moment.replace(tzinfo=UTC)
        since = moment - datetime(1970, 1, 1, tzinfo=UTC)
    except (ValueError, OverflowError):
        return None
    return (since.days * 86_400 + since.seconds) * _NS + since.microseconds * 1_000
