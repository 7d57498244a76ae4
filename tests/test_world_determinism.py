"""The built-in market is its seed: the same in every process, for every selection of symbols, however it is read."""

import hashlib
import os
import subprocess
import sys
from itertools import islice, takewhile
from pathlib import Path

import msgspec
import pytest

from engine.events import Event
from engine.simulation.world import World

START_NS = 1_767_225_600_000_000_000
HOUR_NS = 3_600_000_000_000
FINGERPRINT = """
import hashlib, msgspec
from itertools import islice
from engine.simulation.world import World
world = World({seed}, {start}, scenario="crash")
print(hashlib.sha256(msgspec.json.encode(list(islice(world.events(), 60_000)))).hexdigest())
print(world.levels("SOL/USDT", -1, {start} + 3_600_000_000_000)[-1])
"""


def told_elsewhere(seed: int, **environment: str) -> list[str]:
    """The fingerprint of three hours, made by a process of its own."""
    run = subprocess.run(
        [sys.executable, "-c", FINGERPRINT.format(seed=seed, start=START_NS)],
        cwd=Path(__file__).parents[1],
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        check=True,
    )
    return run.stdout.splitlines()


def test_processes_with_other_hash_seeds_and_time_zones_agree() -> None:
    """Nothing of the process leaks into the market."""
    one = told_elsewhere(7, PYTHONHASHSEED="1", TZ="Asia/Tokyo")
    assert told_elsewhere(7, PYTHONHASHSEED="4242", TZ="America/Lima") == one
    world = World(7, START_NS, scenario="crash")
    here = hashlib.sha256(msgspec.json.encode(list(islice(world.events(), 60_000)))).hexdigest()
    assert here == one[0]


def test_another_seed_is_another_market() -> None:
    """Seeds do not share events."""
    opening = 20  # the first second has the prices of the listing
    one, other = (set(islice(World(seed, START_NS).events(), opening, 5_000)) for seed in (1, 2))
    assert not one & other


def test_fewer_symbols_tell_exactly_what_they_told_among_all() -> None:
    """Leaving symbols out leaves the others' every event in place."""

    def hours(world: World) -> list[Event]:
        return list(takewhile(lambda event: event.ts < START_NS + 2 * HOUR_NS, world.events()))

    chosen = ("SOL/USDT:USDT", "BTC/USDT")
    everything = hours(World(12, START_NS, scenario="squeeze"))
    among_all = [event for event in everything if event.symbol in chosen]  # type: ignore[attr-defined]
    assert hours(World(12, START_NS, scenario="squeeze", symbols=chosen)) == among_all


@pytest.mark.parametrize("step", [1, 7, 5_000])
def test_it_does_not_matter_how_the_feed_is_read(step: int) -> None:
    """In one go, in small bites, through several iterators, and with questions about depth in between."""
    expected = list(islice(World(13, START_NS).events(), 15_000))
    world = World(13, START_NS)
    read: list[Event] = []
    while len(read) < 15_000:
        read += islice(world.events(), min(step, 15_000 - len(read)))
        world.levels("BTC/USDT", 1, read[-1].ts)
    assert read == expected
