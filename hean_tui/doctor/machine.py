"""Facts of the machine: Python, the libraries it came with, and its clocks."""

import platform
import sqlite3
import sys
import time
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version

from engine.host.system import wall_ns
from engine.safety.degrade_rules import Thresholds
from hean_tui import __version__
from hean_tui.doctor.fact import Fact, fine, in_the_way, worth_a_look
from infrastructure.machine.clock import synchronised
from infrastructure.machine.memory import limit_bytes, machine_bytes, used_bytes

OLDEST_PYTHON = (3, 11)
OLDEST_SQLITE = (3, 37, 0)  # strict tables
# Before this one, two connections that copy the log at the same moment can lose a part of it; we never have two.
MENDED_SQLITE = (3, 51, 3)
TEXTUAL = "8.2.8"
_EARLIEST_YEAR = 2025
_COARSEST_CLOCK_S = 0.001
_LEAST_MEMORY = 500_000_000


def machine_facts() -> list[Fact]:
    """What the program stands on."""
    return [
        *(_program(), _python(), _textual(), _sqlite()),
        *(_wall_clock(), *_time_service(), _monotonic_clock(), _memory()),
    ]


def _program() -> Fact:
    return fine("hean-tui", f"{__version__} on {platform.system()} {platform.machine()}")


def _python() -> Fact:
    text = f"{platform.python_version()} ({platform.python_implementation()})"
    if sys.version_info < OLDEST_PYTHON:
        return in_the_way("python", f"{text}; 3.11 or newer is needed")
    return fine("python", text)


def _textual() -> Fact:
    try:
        found = version("textual")
    except PackageNotFoundError:
        return in_the_way("textual", "not installed; install hean-tui again")
    if found != TEXTUAL:
        return worth_a_look("textual", f"{found}; the screen is tested on {TEXTUAL}")
    return fine("textual", found)


def _sqlite() -> Fact:
    if sqlite3.sqlite_version_info < OLDEST_SQLITE:
        return in_the_way("sqlite", f"{sqlite3.sqlite_version}; 3.37 or newer is needed")
    if sqlite3.sqlite_version_info < MENDED_SQLITE:
        return worth_a_look(
            "sqlite", f"{sqlite3.sqlite_version}; before 3.51.3, no other program may write to a journal in use"
        )
    return fine("sqlite", sqlite3.sqlite_version)


def _wall_clock() -> Fact:
    now = datetime.fromtimestamp(wall_ns() / 1e9, UTC)
    text = f"{now:%Y-%m-%d %H:%M:%S} UTC; here it is {now.astimezone():%H:%M, %z}, and hean-tui shows UTC"
    if now.year < _EARLIEST_YEAR:
        return in_the_way("clock", f"{text}; the year is wrong, set the clock")
    return fine("clock", text)


def _time_service() -> list[Fact]:
    told = synchronised()
    if told is None:
        return []
    if told.is_so:
        return [fine("time service", f"it keeps the clock right, to {told.error_ms:.0f} ms at the worst")]
    return [
        worth_a_look(
            "time service", "none keeps the clock right; paper needs none, live does: set up chrony or timesyncd"
        )
    ]


def _monotonic_clock() -> Fact:
    clock = time.get_clock_info("monotonic")
    text = f"{clock.implementation}, resolution {clock.resolution * 1e9:g} ns"
    if not clock.monotonic or clock.resolution > _COARSEST_CLOCK_S:
        return worth_a_look("monotonic", f"{text}; coarser than a millisecond")
    return fine("monotonic", text)


def _memory() -> Fact:
    limit, used = limit_bytes(), used_bytes()
    whose = "of this machine" if limit >= machine_bytes() else "are allowed to this process"
    critical = Thresholds().memory_critical
    text = f"{limit / 1e9:,.1f} GB {whose}; a run that holds {critical:.0%} of it takes no more risk"
    if limit < _LEAST_MEMORY or used > limit * critical:
        return worth_a_look("memory", f"{text}; that is little")
    return fine("memory", text)
