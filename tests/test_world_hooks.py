"""Scripts may push the built-in market around: prices move when told to, funding is what was said."""

from itertools import islice, takewhile

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.errors import UnknownSymbol
from engine.events import Event, FundingRate, MarkPrice, Quote, Tick
from engine.simulation.world import World
from engine.simulation.world import world as world_module

START_NS = 1_767_225_600_000_000_000
SECOND_NS = 1_000_000_000
MINUTE_NS = 60 * SECOND_NS
BTC = "BTC/USDT:USDT"
COIN = (BTC, "BTC/USDT")


def up_to(world: World, end_ns: int) -> list[Event]:
    """Read until the first event that is not before a moment, which is read as well."""
    read: list[Event] = []
    for event in world.events():
        read.append(event)
        if event.ts >= end_ns:
            break
    return read


def indices(events: list[Event], symbol: str) -> dict[int, float]:
    """The index by time."""
    return {event.ts: event.index for event in events if isinstance(event, MarkPrice) and event.symbol == symbol}


@pytest.mark.parametrize(("fraction", "over_ns"), [(-0.04, MINUTE_NS), (0.10, 20 * SECOND_NS)])
def test_a_move_shifts_all_prices_of_the_coin_and_they_stay_shifted(fraction: float, over_ns: int) -> None:
    """Against the same world left alone: the full distance once the time is over, and hours later still."""
    moved, alone = World(21, START_NS), World(21, START_NS)
    begin_ns = START_NS + 11 * MINUTE_NS
    up_to(moved, begin_ns)
    moved.move("BTC/USDT", fraction, over_ns, at_ns=begin_ns)
    later = indices(up_to(moved, START_NS + 200 * MINUTE_NS), BTC)
    usual = indices(up_to(alone, START_NS + 200 * MINUTE_NS), BTC)
    shared = sorted(set(later) & set(usual))
    assert len(shared) > 2_000
    for ts in shared:
        way = min(1.0, max(0.0, (ts - begin_ns) / over_ns))
        assert later[ts] / usual[ts] == pytest.approx((1 + fraction) ** way, rel=1e-5)


def test_a_move_is_felt_within_seconds_in_spot_and_perpetual() -> None:
    """Ten seconds after a move of a tenth within a second both mid prices are there."""
    world = World(22, START_NS)
    before = {e.symbol: e for e in up_to(world, START_NS + 10 * MINUTE_NS) if isinstance(e, Quote)}
    world.move(BTC, 0.10, SECOND_NS)
    after = {e.symbol: e for e in up_to(world, START_NS + 10 * MINUTE_NS + 10 * SECOND_NS) if isinstance(e, Quote)}
    for symbol in COIN:
        assert after[symbol].bid / before[symbol].bid == pytest.approx(1.10, rel=0.005)


def test_a_move_leaves_the_other_coins_alone() -> None:
    """Every event of the other coins is what it would have been."""
    moved, alone = World(23, START_NS), World(23, START_NS)
    end_ns = START_NS + 90 * MINUTE_NS
    read = up_to(moved, START_NS + 40 * MINUTE_NS)
    moved.move(BTC, -0.2)
    read += takewhile(lambda event: event.ts < end_ns, moved.events())
    usual = takewhile(lambda event: event.ts < end_ns, alone.events())
    others = [[e for e in events if e.symbol not in COIN] for events in (read, usual)]  # type: ignore[attr-defined]
    assert others[0] == others[1]


def test_a_move_before_the_first_event_and_one_in_the_future_are_kept() -> None:
    """Both are played when their time comes."""
    moved, alone = World(24, START_NS), World(24, START_NS)
    moved.move(BTC, 0.02)
    moved.move(BTC, 0.03, at_ns=START_NS + 100 * MINUTE_NS)
    later = indices(up_to(moved, START_NS + 110 * MINUTE_NS), BTC)
    usual = indices(up_to(alone, START_NS + 110 * MINUTE_NS), BTC)
    assert later[max(later)] / usual[max(later)] == pytest.approx(1.02 * 1.03, rel=1e-5)
    middle = min(ts for ts in later if ts > START_NS + 50 * MINUTE_NS)
    assert later[middle] / usual[middle] == pytest.approx(1.02, rel=1e-5)


def test_how_much_is_let_go_of_at_a_time_changes_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    """A block that is kept whole and one in pieces of three tell the same, whatever scripts do in its midst."""
    told = []
    for piece in (3, 1_000_000):
        monkeypatch.setattr(world_module, "PIECE", piece)
        world = World(27, START_NS, scenario="outage", activity=5.0)
        events: list[Event] = []
        for count in (100, 1_234, 5, 2_000):
            events += islice(world.events(), count)
            world.move(BTC, 0.01)
            world.move("FERN/USDT", -0.02, at_ns=events[-1].ts + MINUTE_NS)
            world.set_funding("SOL/USDT:USDT", 0.0003)
        told.append([*events, *islice(world.events(), 20_000)])
    assert told[0] == told[1]


@given(
    moves=st.lists(
        st.tuples(
            st.integers(1, 4_000),
            st.sampled_from([BTC, "FERN/USDT", "SOL/USDT:USDT"]),
            st.floats(-0.3, 0.4),
            st.integers(0, 120 * SECOND_NS),
        ),
        max_size=5,
    )
)
def test_whatever_a_script_does_the_market_stays_consistent(moves: list[tuple[int, str, float, int]]) -> None:
    """Moves at any place: time runs on, quotes are not crossed, trades print at them, the ladder agrees."""
    world = World(25, START_NS, scenario="outage", activity=3.0)
    quotes: dict[str, Quote] = {}
    last_ns = START_NS

    def check(event: Event) -> None:
        nonlocal last_ns
        assert event.ts >= last_ns
        last_ns = event.ts
        if isinstance(event, Quote):
            assert event.bid < event.ask
            quotes[event.symbol] = event
        elif isinstance(event, Tick):
            quote = quotes[event.symbol]
            assert event.price == (quote.ask if event.side > 0 else quote.bid)

    for count, symbol, fraction, over_ns in moves:
        for event in islice(world.events(), count):
            check(event)
        world.move(symbol, fraction, over_ns)
        world.set_funding(BTC, 0.001)
    for event in islice(world.events(), 500):
        check(event)
    stood = quotes[BTC]
    assert world.levels(BTC, -1, last_ns)[0] == (round(stood.ask * 10), round(stood.ask_size * 1_000))


def test_funding_is_what_a_script_says_at_once_and_from_then_on() -> None:
    """The first event after it announces the rate, every later one repeats it, and other coins keep theirs."""
    world = World(26, START_NS)
    up_to(world, START_NS + 3 * MINUTE_NS)
    world.set_funding(BTC, -0.002)
    first = next(world.events())
    assert isinstance(first, FundingRate)
    assert (first.symbol, first.rate, first.next_ts) == (BTC, -0.002, START_NS + 480 * MINUTE_NS)
    later = [event for event in up_to(world, START_NS + 70 * MINUTE_NS) if isinstance(event, FundingRate)]
    assert {event.rate for event in later if event.symbol == BTC} == {-0.002}
    assert -0.002 not in {event.rate for event in later if event.symbol != BTC}


def test_funding_may_be_set_before_the_first_event() -> None:
    """Then it is announced from the start."""
    world = World(27, START_NS)
    world.set_funding("SOL/USDT:USDT", 0.005)
    rates = [event for event in up_to(world, START_NS + 5 * MINUTE_NS) if isinstance(event, FundingRate)]
    assert {event.rate for event in rates if event.symbol == "SOL/USDT:USDT"} == {0.005}


def test_impossible_wishes_are_refused_with_the_value() -> None:
    """One sentence each, and the market is as it was."""
    world = World(28, START_NS)
    with pytest.raises(ValueError, match=r"a move of -1 was asked for BTC/USDT; it can be from -0.99 to 10"):
        world.move("BTC/USDT", -1.0)
    with pytest.raises(ValueError, match="a move of nan was asked for"):
        world.move("BTC/USDT", float("nan"))
    with pytest.raises(ValueError, match="BTC/USDT is a spot market and has no funding; BTC/USDT:USDT has"):
        world.set_funding("BTC/USDT", 0.0001)
    with pytest.raises(ValueError, match=r"a funding rate of 1.0000% was asked for BTC/USDT:USDT; its cap is 0.3750%"):
        world.set_funding(BTC, 0.01)
    with pytest.raises(UnknownSymbol, match="did you mean FERN/USDT"):
        world.move("FERN/USD", 0.01)
    assert list(islice(world.events(), 3_000)) == list(islice(World(28, START_NS).events(), 3_000))
