"""What happened to time itself: the machine slept, or somebody set its clock."""

from typing import NamedTuple

from engine.clock import SECOND_NS

NOTICED_FROM_NS = SECOND_NS // 2


class Readings(NamedTuple):
    """Three clocks at one moment."""

    monotonic_ns: int  # stands still while the machine sleeps
    boot_ns: int  # goes on while it sleeps
    wall_ns: int  # goes on too, and may be set


class Change(NamedTuple):
    """What differs from one look to the next, in seconds; zero is nothing."""

    slept_s: float
    set_by_s: float


NOTHING = Change(0.0, 0.0)


class ClockWatch:
    """Compares the differences of the clocks from look to look; they drift apart only when something happened."""

    __slots__ = ("_asleep_ns", "_offset_ns")

    def __init__(self, first: Readings) -> None:
        self._asleep_ns = first.boot_ns - first.monotonic_ns
        self._offset_ns = first.wall_ns - first.boot_ns

    def look(self, now: Readings) -> Change:
        """What happened since the last look."""
        asleep_ns, self._asleep_ns = now.boot_ns - now.monotonic_ns - self._asleep_ns, now.boot_ns - now.monotonic_ns
        set_by_ns, self._offset_ns = now.wall_ns - now.boot_ns - self._offset_ns, now.wall_ns - now.boot_ns
        if asleep_ns < NOTICED_FROM_NS and abs(set_by_ns) < NOTICED_FROM_NS:
            return NOTHING
        return Change(_seconds(asleep_ns), _seconds(set_by_ns))


def _seconds(ns: int) -> float:
    return ns / SECOND_NS if abs(ns) >= NOTICED_FROM_NS else 0.0
