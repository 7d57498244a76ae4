"""A market that goes on: at the last known prices, without a jump, and on another way than before."""

from itertools import takewhile

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.errors import UnknownSymbol
from engine.events import Event, FundingRate, MarkPrice, Tick
from engine.simulation.world import Continuation, Moved, World
from engine.simulation.world.going_on import seed_from

START_NS = 1_767_225_600_000_000_000
SECOND_NS = 1_000_000_000
MINUTE_NS = 60 * SECOND_NS
HOUR_NS = 60 * MINUTE_NS
WARM_UP_NS = 4 * HOUR_NS
BTC, ETH, FERN = "BTC/USDT:USDT", "ETH/USDT:USDT", "FERN/USDT:USDT"
COINS = (("BTC", 88_000.0, 0.1), ("ETH", 2_950.0, 0.01), ("FERN", 0.42, 1e-5))


def going_on(seed: int, at_ns: int, continuation: Continuation, **more: str) -> World:
    """A market of all symbols whose curtain rises at a moment, warmed up before it."""
    return World(seed, at_ns - WARM_UP_NS, curtain_ns=at_ns, goes_on=continuation, activity=0.02, **more)


def until(world: World, end_ns: int) -> list[Event]:
    """Everything before a moment."""
    return list(takewhile(lambda event: event.ts < end_ns, world.events()))


def marks(events: list[Event], symbol: str) -> dict[int, MarkPrice]:
    """The marks by time."""
    return {event.ts: event for event in events if isinstance(event, MarkPrice) and event.symbol == symbol}


@settings(max_examples=15, deadline=None)
@given(
    seed=st.integers(0, 2**40),
    after_ns=st.integers(0, 30 * HOUR_NS),
    factor=st.floats(0.3, 3.0),
    basis=st.floats(-0.004, 0.004),
    scenario=st.sampled_from(("normal", "crash", "trend")),
)
def test_at_the_moment_every_price_is_the_one_that_was_known(
    seed: int, after_ns: int, factor: float, basis: float, scenario: str
) -> None:
    """Spot and perpetual of three coins, to the tick, wherever the scenario is by then."""
    at_ns = START_NS + after_ns
    levels = {f"{name}/USDT": price * factor for name, price, _ in COINS}
    levels |= {f"{name}/USDT:USDT": price * factor * (1 + basis) for name, price, _ in COINS}
    world = going_on(seed, at_ns, Continuation(levels, START_NS), scenario=scenario)
    events = until(world, at_ns + SECOND_NS)
    for name, _, tick in COINS:
        mark = marks(events, f"{name}/USDT:USDT")[at_ns]
        assert mark.mark == pytest.approx(levels[f"{name}/USDT:USDT"], abs=0.51 * tick)
        assert mark.index == pytest.approx(levels[f"{name}/USDT"], abs=0.51 * tick)


@settings(max_examples=8, deadline=None)
@given(seed=st.integers(0, 2**40), minutes=st.integers(0, 300), scenario=st.sampled_from(("normal", "crash", "outage")))
def test_it_is_an_ordinary_market_shifted_as_a_whole(seed: int, minutes: int, scenario: str) -> None:
    """Beside the market of the derived seed every price is the same part away, before the moment and after it."""
    at_ns = START_NS + minutes * MINUTE_NS
    continuation = Continuation({BTC: 50_000.0}, START_NS)
    world = going_on(seed, at_ns, continuation, scenario=scenario)
    plain = World(seed_from(seed, at_ns), at_ns - WARM_UP_NS, curtain_ns=START_NS, scenario=scenario, activity=0.02)
    found, usual = (marks(until(each, at_ns + HOUR_NS), BTC) for each in (world, plain))
    ratios = [found[ts].index / usual[ts].index for ts in sorted(set(found) & set(usual))]
    assert len(ratios) > 3_000
    assert max(ratios) / min(ratios) - 1 < 1e-5


def test_the_way_is_another_one_each_time_and_the_same_for_the_same_moment() -> None:
    """Not the first market again, nor the one that went on a second earlier; but the same when asked for again."""
    at_ns = START_NS + 2 * HOUR_NS
    continuation = Continuation({BTC: 88_000.0}, START_NS)
    again = [until(going_on(5, at_ns, continuation), at_ns + 10 * MINUTE_NS) for _ in range(2)]
    assert again[0] == again[1]
    others = (
        going_on(5, at_ns + SECOND_NS, continuation),
        going_on(6, at_ns, continuation),
        World(5, at_ns - WARM_UP_NS, curtain_ns=at_ns, activity=0.02),
    )
    ours = [mark.mark for mark in marks(again[0], BTC).values()]
    for other in others:
        theirs = [mark.mark for mark in marks(until(other, at_ns + 10 * MINUTE_NS), BTC).values()]
        assert sum(one == another for one, another in zip(ours, theirs, strict=False)) < len(ours) / 10


def test_trades_go_on_where_the_marks_are() -> None:
    """The first trades after the moment are within a part of a percent of the level, in both markets of the coin."""
    at_ns = START_NS + 9 * HOUR_NS
    continuation = Continuation({ETH: 1_234.5, "ETH/USDT": 1_234.0}, START_NS)
    world = World(8, at_ns - HOUR_NS, symbols=(ETH, "ETH/USDT"), curtain_ns=at_ns, goes_on=continuation)
    events = until(world, at_ns + 30 * MINUTE_NS)
    for symbol in (ETH, "ETH/USDT"):
        near = [e for e in events if isinstance(e, Tick) and e.symbol == symbol and 0 <= e.ts - at_ns < MINUTE_NS]
        assert near
        assert abs(near[0].price / 1_234.0 - 1) < 0.002


def test_a_move_under_way_goes_on() -> None:
    """Half of its minute was left, so half of its way is: beside the same market without it."""
    at_ns = START_NS + HOUR_NS
    moved = Moved(BTC, 0.10, at_ns - 30 * SECOND_NS)
    levels = {BTC: 88_000.0}
    with_move, without = (
        marks(until(going_on(3, at_ns, Continuation(levels, START_NS, moves)), at_ns + 5 * MINUTE_NS), BTC)
        for moves in ((moved,), ())
    )
    late = max(set(with_move) & set(without))
    assert late > at_ns + MINUTE_NS
    assert with_move[late].index / without[late].index == pytest.approx(1.10**0.5, rel=1e-4)
    assert with_move[at_ns].mark == without[at_ns].mark == 88_000.0


def test_a_rate_that_was_set_stays_set() -> None:
    """Every announcement of the symbol says it; the others are the market's own."""
    at_ns = START_NS + HOUR_NS
    world = going_on(4, at_ns, Continuation({}, START_NS, funding={BTC: 0.0031}))
    events = until(world, at_ns + 10 * MINUTE_NS)
    rates = {
        symbol: {e.rate for e in events if isinstance(e, FundingRate) and e.symbol == symbol} for symbol in (BTC, ETH)
    }
    assert rates[BTC] == {0.0031}
    assert 0.0031 not in rates[ETH]


def test_levels_that_cannot_be_are_refused() -> None:
    """A price of nothing, and a symbol that is not there."""
    with pytest.raises(ValueError, match=r"was to go on at 0\.0 for BTC/USDT:USDT; a price is above zero"):
        going_on(1, START_NS, Continuation({BTC: 0.0}, START_NS))
    with pytest.raises(UnknownSymbol, match="BTC/USDC"):
        going_on(1, START_NS, Continuation({"BTC/USDC": 1.0}, START_NS))
    with pytest.raises(ValueError, match="before its start"):
        World(1, START_NS, curtain_ns=START_NS - 1, goes_on=Continuation({}, START_NS))
