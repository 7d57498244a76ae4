"""What happened to the time of day since the last look, and what the system says of its own clock."""

import ctypes
from typing import NamedTuple

from engine.clock import SECOND_NS
from engine.host import system
from engine.host.clock_watch import ClockWatch, Readings

_UNSYNCHRONISED = 0x0040
_TIMEX_BYTES = 512  # more than any system fills


class ClockSteps:
    """Says with each look by how much the time of day was set since the one before."""

    def __init__(self) -> None:
        self._watch = ClockWatch(_readings())

    def step_ns(self) -> int:
        """Zero as long as nobody touches the clock."""
        return int(self._watch.look(_readings()).set_by_s * SECOND_NS)


class Synchronised(NamedTuple):
    """Whether a time service keeps the clock right, and how wrong it can be at most."""

    is_so: bool
    error_ms: float


def synchronised() -> Synchronised | None:
    """What the system says; None where it cannot be asked."""
    try:
        ask = ctypes.CDLL(None).ntp_adjtime
    except (OSError, AttributeError):
        return None
    # struct timex: modes, offset, freq, maxerror, esterror, status; with no mode set it is only read.
    long_bytes = ctypes.sizeof(ctypes.c_long)
    answer = ctypes.create_string_buffer(_TIMEX_BYTES)
    if ask(answer) < 0:
        return None
    error_us = ctypes.c_long.from_buffer(answer, 3 * long_bytes).value
    status = ctypes.c_int.from_buffer(answer, 5 * long_bytes).value
    return Synchronised(not status & _UNSYNCHRONISED, error_us / 1_000)


def _readings() -> Readings:
    return Readings(system.monotonic_ns(), system.boot_ns(), system.wall_ns())
