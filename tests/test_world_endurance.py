"""The built-in market lasts: a year without a price that is none, and memory for what is near."""

import tracemalloc
from itertools import islice

import pytest

from engine.events import Quote, Tick
from engine.simulation.world import SCENARIOS, World

START_NS = 1_767_225_600_000_000_000
DAY_NS = 86_400_000_000_000


@pytest.mark.soak
@pytest.mark.parametrize("seed", range(5))
def test_prices_stay_positive_for_a_year(seed: int) -> None:
    """The small coin, which swings the most, has a bid of at least a tick and an ask above it on every day."""
    last: Quote | None = None
    for event in World(seed, START_NS, symbols=["FERN/USDT"], activity=0.05).events():
        if event.ts > START_NS + 365 * DAY_NS:
            break
        if isinstance(event, Quote):
            assert 0.00001 <= event.bid < event.ask
            last = event
    assert last is not None
    assert 0.005 < last.bid < 50


@pytest.mark.parametrize("scenario", [scenario.name for scenario in SCENARIOS])
def test_a_week_of_every_scenario_ends_with_sound_prices(scenario: str) -> None:
    """Days after the drama trades go on, at prices that are neither nothing nor absurd."""
    week = World(31, START_NS, scenario=scenario, symbols=["BTC/USDT", "FERN/USDT"], activity=0.02).events()
    last: dict[str, float] = {}
    for event in week:
        if event.ts > START_NS + 7 * DAY_NS:
            break
        if isinstance(event, Tick):
            last[event.symbol] = event.price
    assert 30_000 < last["BTC/USDT"] < 250_000
    assert 0.05 < last["FERN/USDT"] < 5


def test_memory_holds_two_blocks_and_not_the_past() -> None:
    """A quarter of a million events, kept, would be over 50 MB; the world holds a fraction of that at its peak."""
    world = World(32, START_NS, symbols=["BTC/USDT:USDT", "BTC/USDT"], activity=20.0)
    tracemalloc.start()
    try:
        for _ in range(50):
            for _ in islice(world.events(), 5_000):
                pass
            world.move("BTC/USDT", 0.000_001)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak < 20_000_000
