"""The account's days: each begins at the same time of day, midnight UTC unless a limit says another."""

from collections.abc import Mapping
from decimal import Decimal

from engine.instruments import HOUR_NS
from engine.money import ZERO

DAY_NS = 24 * HOUR_NS
DAY_START = "day_start_h"  # the limit's name


def start_hour(limits: Mapping[str, Decimal]) -> Decimal:
    """When days begin under these limits, in hours after midnight UTC."""
    return limits.get(DAY_START, ZERO)


def day_end_ns(now_ns: int, starts_h: Decimal, begins_ns: int | None = None) -> int:
    """When the day of a moment ends, at the earliest 24 hours after it began, if it is known when that was."""
    ends_ns = now_ns + DAY_NS - (now_ns - int(starts_h * HOUR_NS)) % DAY_NS
    return ends_ns if begins_ns is None or ends_ns - begins_ns >= DAY_NS else ends_ns + DAY_NS


def day_named(at_ns: int) -> str:
    """Which days are meant, for people: those that begin, and end, at the time of day of this moment."""
    minutes = at_ns % DAY_NS * 60 // HOUR_NS
    return f"from {minutes // 60:02}:{minutes % 60:02} UTC" if minutes else "UTC"
