"""While a day is simulated nobody of ours reads the machine's clocks, draws without a seed or starts a thread."""

import sys
import threading
import time
from collections.abc import Callable, Iterator
from types import ModuleType

import pytest

from engine.host import system
from hean_tui.sim.trap import no_way_out
from hean_tui.sim.violations import Violation

SOURCE = """
import datetime as days
import os
import random
import secrets
import threading
import time
import uuid
from datetime import UTC, datetime
from random import Random, random as draw
from time import monotonic_ns as now

ASKS = {
    "clock": lambda: time.time_ns(),
    "clock by name": lambda: now(),
    "date": lambda: datetime.now(UTC),
    "day": lambda: datetime.today(),
    "draw": lambda: random.choice((1, 2)),
    "draw by name": lambda: draw(),
    "entropy": lambda: os.urandom(4),
    "secret": lambda: secrets.token_hex(4),
    "name": lambda: uuid.uuid4(),
    "thread": lambda: threading.Thread(target=print).start(),
}
SEEDED = lambda: Random(7).random()
A_DAY = lambda: datetime.fromtimestamp(0, UTC).isoformat()
"""


@pytest.fixture
def ours() -> Iterator[ModuleType]:
    """A module of the engine that does everything it must not."""
    module = ModuleType("engine.not_allowed")
    exec(SOURCE, module.__dict__)  # noqa: S102 - the names have to be looked up in a module of ours
    sys.modules[module.__name__] = module
    yield module
    del sys.modules[module.__name__]


def test_every_way_out_is_shut_and_open_again_afterwards(ours: ModuleType) -> None:
    """Called through its module, imported by name, or under another name."""
    asks: dict[str, Callable[[], object]] = {name: ask for name, ask in ours.ASKS.items() if name != "thread"}
    for name, ask in {**asks, "thread": ours.ASKS["thread"]}.items():
        with no_way_out(), pytest.raises(Violation) as caught:
            ask()
        assert caught.value.invariant == "I-42", name
    for ask in asks.values():
        ask()


def test_the_one_door_to_the_clock_is_shut_too() -> None:
    """The engine has no business there while its time is the world's."""
    with no_way_out(), pytest.raises(Violation, match=r"engine\.host\.system used time\.monotonic_ns"):
        system.monotonic_ns()
    assert system.monotonic_ns() > 0


def test_what_is_seeded_and_what_is_given_stays_possible(ours: ModuleType) -> None:
    """A generator that was handed in, and the date of a moment that was handed in."""
    with no_way_out():
        assert ours.SEEDED() == ours.SEEDED()
        assert ours.A_DAY() == "1970-01-01T00:00:00+00:00"


def test_others_are_let_through() -> None:
    """The tests themselves, and what runs them, are no part of the program."""
    with no_way_out():
        assert time.time() > 0
        thread = threading.Thread(target=time.monotonic)
        thread.start()
        thread.join()


def test_a_thread_that_an_earlier_run_has_left_is_let_through(ours: ModuleType) -> None:
    """It began before the day did, and nothing in the day hears from it."""
    begins, told = threading.Event(), []

    def look() -> None:
        begins.wait(10)
        told.append(ours.ASKS["clock"]())

    left = threading.Thread(target=look)
    left.start()
    with no_way_out():
        begins.set()
        left.join(10)
    assert len(told) == 1
