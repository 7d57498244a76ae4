"""The one seam to the machine: clocks, threads and the garbage collector. Nothing else in the project touches them."""

import gc
import os
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType
from typing import NoReturn

EngineThread = threading.Thread


def monotonic_ns() -> int:
    """A clock that only goes forward, for measuring."""
    return time.monotonic_ns()


def wall_ns() -> int:
    """The time of day, UTC, for naming things."""
    return time.time_ns()


def boot_ns() -> int:
    """A clock that goes on while the machine sleeps; the time of day where there is no better one."""
    if hasattr(time, "CLOCK_BOOTTIME"):
        return time.clock_gettime_ns(time.CLOCK_BOOTTIME)
    return time.time_ns()


def pause(seconds: float) -> None:
    """Hold up this thread for a while."""
    time.sleep(seconds)


def this_thread() -> int:
    """The number of the calling thread."""
    return threading.get_ident()


def frame_of(thread_id: int) -> FrameType | None:
    """Where a thread is at this moment."""
    return sys._current_frames().get(thread_id)


def abort() -> NoReturn:
    """End the process at once, as a crash that its supervisor notices; a fault handler writes the stacks first."""
    os.abort()


def spawn(name: str, work: Callable[[], object]) -> EngineThread:
    """Start a thread that does not keep the process alive by itself."""
    thread = threading.Thread(target=work, name=name, daemon=True)
    thread.start()
    return thread


def later(seconds: float, work: Callable[[], None]) -> None:
    """Do something after a while, whatever else hangs, unless the process has ended by then."""
    timer = threading.Timer(seconds, work)
    timer.daemon = True
    timer.start()


SWITCH_INTERVAL_S = 0.0005


def settle_memory() -> None:
    """Make pauses short for as long as this process lives; to be called once everything is built.

    Full collections are the longest pauses an interpreter makes (30 to 120 ms beside a screen). What exists by now is
    taken out of their sight, the thresholds are raised so that they do not come by themselves, and threads take turns
    ten times as often, so that a busy screen cannot hold up the engine.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000, 20, 1_000)
    sys.setswitchinterval(SWITCH_INTERVAL_S)


@contextmanager
def without_collections() -> Iterator[None]:
    """For long work that makes no cycles: looking for some takes a tenth of reading a long journal."""
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()


def collect_young() -> None:
    """Collect what was made since `settle_memory`, at a moment that the caller knows to be quiet."""
    gc.collect()
