"""Named scenarios do what their sentence says, when it says so."""

from itertools import takewhile

import pytest

from engine.events import Event, FundingRate, MarkPrice, Quote, Tick
from engine.simulation.world import SCENARIOS, World, scenario_named

START_NS = 1_767_225_600_000_000_000
MINUTE_NS = 60_000_000_000


def told(name: str, minutes: int, seed: int = 5) -> list[Event]:
    """The first minutes of a scenario in two coins."""
    world = World(seed, START_NS, scenario=name, symbols=["BTC/USDT:USDT", "FERN/USDT:USDT"])
    return list(takewhile(lambda event: event.ts < START_NS + minutes * MINUTE_NS, world.events()))


def index_at(events: list[Event], symbol: str, minute: float) -> float:
    """The last index before a minute."""
    end_ns = START_NS + int(minute * MINUTE_NS)
    marks = [event for event in events if isinstance(event, MarkPrice) and event.symbol == symbol and event.ts < end_ns]
    return marks[-1].index


def change(events: list[Event], from_minute: float, to_minute: float, symbol: str = "BTC/USDT:USDT") -> float:
    """The return between two minutes."""
    return index_at(events, symbol, to_minute) / index_at(events, symbol, from_minute) - 1


@pytest.mark.parametrize("name", [scenario.name for scenario in SCENARIOS if scenario.name not in ("quiet", "outage")])
def test_the_first_half_hour_is_an_ordinary_one(name: str) -> None:
    """Up to its moment a scenario is event for event the normal market of that seed."""
    assert told(name, 30) == told("normal", 30)


def test_a_crash_falls_in_legs_and_takes_the_small_coin_further() -> None:
    """About a fifth down within 45 minutes; the small coin more than a third."""
    events = told("crash", 80)
    assert -0.24 < change(events, 30, 75) < -0.13
    assert change(events, 30, 75, "FERN/USDT:USDT") < -0.3


def test_a_squeeze_lifts_the_perpetual_over_its_index() -> None:
    """Prices rise by about 12 %, the premium to tens of basis points, and funding with it."""
    events = told("squeeze", 60)
    assert 0.07 < change(events, 30, 55) < 0.17
    last = [event for event in events if isinstance(event, MarkPrice) and event.symbol == "BTC/USDT:USDT"][-1]
    assert 0.002 < last.mark / last.index - 1 < 0.006
    rates = [event.rate for event in events if isinstance(event, FundingRate) and event.symbol == "FERN/USDT:USDT"]
    assert rates[-1] > rates[20]


def test_a_flash_crash_is_over_after_ten_minutes() -> None:
    """More than a tenth is gone within 90 seconds, and most of it is back soon after."""
    events = told("flash_crash", 45)
    assert change(events, 30, 31.6) < -0.09
    assert abs(change(events, 30, 43)) < 0.05


def test_a_flash_crash_empties_the_book_and_widens_the_spread() -> None:
    """At the bottom there is a fraction of the usual depth, and the spread is a multiple of the usual one."""
    world = World(5, START_NS, scenario="flash_crash", symbols=["BTC/USDT:USDT"])
    depth: dict[bool, list[int]] = {False: [], True: []}
    spread: dict[bool, list[float]] = {False: [], True: []}
    for event in world.events():
        minute = (event.ts - START_NS) / MINUTE_NS
        if minute > 31.5:
            break
        if isinstance(event, Quote) and (minute < 30 or minute > 30.5):
            depth[minute > 30].append(sum(lots for _, lots in world.levels(event.symbol, 1, event.ts)))
            spread[minute > 30].append(event.ask - event.bid)
    means = [[sum(values) / len(values) for values in (kept[False], kept[True])] for kept in (depth, spread)]
    assert means[0][1] < 0.25 * means[0][0]
    assert means[1][1] > 5 * means[1][0]


def test_a_trend_goes_on_for_a_day() -> None:
    """After twelve hours about half of the way has been gone, beside what the normal market did."""
    ways = [index_at(told(name, 750), "BTC/USDT:USDT", 750) for name in ("trend", "normal")]
    assert ways[0] / ways[1] == pytest.approx(1.10**0.5, rel=0.01)


def test_the_quiet_market_is_less_than_half_as_lively() -> None:
    """The same noise, damped, and fewer trades."""
    quiet, normal = told("quiet", 240), told("normal", 240)
    moves = []
    for events in (quiet, normal):
        steps = [abs(change(events, minute, minute + 5)) for minute in range(1, 230, 5)]
        moves.append(sum(steps))
    assert 0.3 < moves[0] / moves[1] < 0.55
    trades = [sum(isinstance(event, Tick) for event in events) for events in (quiet, normal)]
    assert trades[0] < 0.6 * trades[1]


def test_an_outage_is_silent_and_opens_elsewhere() -> None:
    """Nothing at all is told in the stated interval; then there is a quote before the first trade, at a lower price."""
    world = World(5, START_NS, scenario="outage")
    ((start_ns, end_ns),) = world.outages
    assert (start_ns, end_ns) == (START_NS + 30 * MINUTE_NS, START_NS + 42 * MINUTE_NS)
    events = list(takewhile(lambda event: event.ts < START_NS + 50 * MINUTE_NS, world.events()))
    assert not [event for event in events if start_ns <= event.ts < end_ns]
    before = [e for e in events if isinstance(e, Quote) and e.symbol == "BTC/USDT" and e.ts < start_ns]
    after = [e for e in events if isinstance(e, Quote | Tick) and e.symbol == "BTC/USDT" and e.ts >= end_ns]
    assert isinstance(after[0], Quote)
    assert after[0].ts == end_ns
    assert after[0].bid / before[-1].bid < 0.97
    assert isinstance(after[1], Tick)
    assert after[1].price in (after[0].bid, after[0].ask)


def test_other_scenarios_have_no_outage() -> None:
    """Only the outage is one."""
    assert [scenario.name for scenario in SCENARIOS if World(1, START_NS, scenario=scenario.name).outages] == ["outage"]


def test_an_unknown_scenario_is_refused_with_the_nearest_name() -> None:
    """The sentence names what was asked for, what was probably meant, and what there is."""
    with pytest.raises(ValueError, match="there is no scenario 'flashcrash'; did you mean 'flash_crash'"):
        World(1, START_NS, scenario="flashcrash")
    with pytest.raises(ValueError, match="known are normal, quiet, trend, crash, squeeze, flash_crash, outage"):
        scenario_named("")
