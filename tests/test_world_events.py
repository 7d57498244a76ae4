"""What the built-in market tells is consistent: time, grids, quotes, trades, marks, funding and the book behind."""

from collections.abc import Iterator
from decimal import Decimal
from itertools import islice, pairwise, takewhile

import pytest

from engine.errors import UnknownSymbol
from engine.events import Event, FundingRate, MarkPrice, Quote, Tick
from engine.instruments import Instrument
from engine.simulation.world import LISTING, World

START_NS = 1_767_225_600_000_000_000
SECOND_NS = 1_000_000_000
HOUR_NS = 3_600 * SECOND_NS
BY_SYMBOL = {instrument.symbol: instrument for instrument in LISTING}


def until(world: World, end_ns: int) -> Iterator[Event]:
    """The events of a world before a moment."""
    return takewhile(lambda event: event.ts < end_ns, world.events())


def is_on_grid(value: float, step: Decimal) -> bool:
    """Whether the number, exactly as it prints, is a multiple of the step."""
    return Decimal(repr(value)) % step == 0


@pytest.mark.parametrize("activity", [1.0, 150.0])
def test_time_never_runs_backwards(activity: float) -> None:
    """Events are in the order of time across blocks and hours, and no two trades share a rhythm."""
    length_ns = int(2.2 * HOUR_NS / activity)
    times = [event.ts for event in until(World(3, START_NS, activity=activity), START_NS + length_ns)]
    assert times == sorted(times)
    assert len({ts % SECOND_NS for ts in times}) > 0.9 * len(times)


@pytest.mark.parametrize("scenario", ["normal", "flash_crash"])
def test_prices_and_sizes_lie_on_the_grid_and_quotes_are_never_crossed(scenario: str) -> None:
    """Every number is the float nearest to a multiple of the tick or the lot."""
    for event in until(World(4, START_NS, scenario=scenario), START_NS + HOUR_NS):
        instrument: Instrument = BY_SYMBOL[event.symbol]  # type: ignore[attr-defined]
        if isinstance(event, Tick):
            assert is_on_grid(event.price, instrument.tick)
            assert is_on_grid(event.size, instrument.lot)
            assert event.size > 0
            assert event.side in (1, -1)
        elif isinstance(event, Quote):
            assert 0 < event.bid < event.ask
            assert is_on_grid(event.bid, instrument.tick)
            assert is_on_grid(event.ask, instrument.tick)
            assert is_on_grid(event.bid_size, instrument.lot)
            assert is_on_grid(event.ask_size, instrument.lot)
            assert min(event.bid_size, event.ask_size) > 0


@pytest.mark.parametrize("scenario", ["normal", "crash", "outage"])
def test_trades_print_at_the_quote_that_stood(scenario: str) -> None:
    """A buyer takes the ask and a seller the bid of the last quote before the trade."""
    quotes: dict[str, Quote] = {}
    sides = {1: 0, -1: 0}
    for event in until(World(5, START_NS, scenario=scenario), START_NS + 2 * HOUR_NS):
        if isinstance(event, Quote):
            quotes[event.symbol] = event
        elif isinstance(event, Tick):
            quote = quotes[event.symbol]
            assert event.price == (quote.ask if event.side > 0 else quote.bid)
            sides[event.side] += 1
    assert min(sides.values()) > 0.4 * sum(sides.values())


def test_every_symbol_has_a_quote_a_trade_and_a_fair_price_at_once() -> None:
    """Within the first microsecond one can see, value and trade everything."""
    seen: dict[type[Event], set[str]] = {Quote: set(), Tick: set(), MarkPrice: set(), FundingRate: set()}
    for event in until(World(6, START_NS), START_NS + 1_000):
        seen[type(event)].add(event.symbol)  # type: ignore[attr-defined]
    assert seen[Quote] == seen[Tick] == set(BY_SYMBOL)
    assert seen[MarkPrice] == seen[FundingRate] == {symbol for symbol in BY_SYMBOL if ":" in symbol}


def test_marks_come_every_few_seconds_and_funding_every_minute() -> None:
    """Marks on the tick grid near the index; rates with the next settlement of the instrument's own interval."""
    marks: dict[str, list[int]] = {}
    rates: dict[str, list[int]] = {}
    for event in until(World(7, START_NS), START_NS + 9 * HOUR_NS):
        if isinstance(event, MarkPrice):
            marks.setdefault(event.symbol, []).append(event.ts)
            assert is_on_grid(event.mark, BY_SYMBOL[event.symbol].tick)
            assert abs(event.mark / event.index - 1) < 0.01
        elif isinstance(event, FundingRate):
            interval = BY_SYMBOL[event.symbol].funding_interval_ns
            rates.setdefault(event.symbol, []).append(event.ts)
            assert event.next_ts % interval == 0
            assert event.ts < event.next_ts <= event.ts + interval
    for told, most_s in ((marks, 5), (rates, 62)):
        assert len(told) == 4
        for times in told.values():
            assert max(late - early for early, late in pairwise(times)) < most_s * SECOND_NS


def test_the_top_of_the_ladder_is_the_last_quote() -> None:
    """At every moment the best level of each side is what the last quote said, and the ladder behind it is sound."""
    world = World(8, START_NS)
    for event in until(world, START_NS + HOUR_NS // 4):
        if not isinstance(event, Quote):
            continue
        instrument = BY_SYMBOL[event.symbol]
        for side, price, size in ((1, event.bid, event.bid_size), (-1, event.ask, event.ask_size)):
            levels = world.levels(event.symbol, side, event.ts)
            assert levels[0] == (round(price / float(instrument.tick)), round(size / float(instrument.lot)))
            assert len(levels) >= 20
            assert all(ticks > 0 and lots > 0 for ticks, lots in levels)
            prices = [ticks * -side for ticks, _ in levels]
            assert prices == sorted(set(prices))


def test_the_ladder_answers_for_the_moment_it_is_asked_about() -> None:
    """Whoever has read one event too far still sees the book of the moment before, also across blocks."""
    world = World(9, START_NS, symbols=["BTC/USDT:USDT"])
    quotes: list[Quote] = []
    for event in until(world, START_NS + 3 * HOUR_NS):
        if event.ts > START_NS:
            bid = world.levels("BTC/USDT:USDT", 1, event.ts - 1)[0]
            stood = quotes[-1] if quotes[-1].ts < event.ts else quotes[-2]
            assert bid == (round(stood.bid * 10), round(stood.bid_size * 1_000))
        if isinstance(event, Quote):
            quotes.append(event)
    assert world.levels("BTC/USDT:USDT", 1, START_NS - 1) == []


def test_a_busier_market_trades_along_the_same_prices() -> None:
    """With a hundred times the trades the fair price at each minute is the same but for parts of a second."""
    paths = []
    for activity in (1.0, 100.0):
        world = World(10, START_NS, symbols=["BTC/USDT:USDT"], activity=activity)
        marks = [event for event in until(world, START_NS + HOUR_NS // 6) if isinstance(event, MarkPrice)]
        paths.append([event.index for event in marks])
    assert len(paths[0]) == len(paths[1])
    for calm, busy in zip(*paths, strict=True):
        assert busy == pytest.approx(calm, rel=5e-4)


def test_activity_scales_the_number_of_events() -> None:
    """At 200 there are at least a thousand trades a second."""
    events = islice(World(11, START_NS, activity=400.0).events(), 100_000)
    times = [event.ts for event in events if isinstance(event, Tick)]
    assert len(times) / (times[-1] - times[0]) * SECOND_NS > 400


def test_unknown_symbols_and_impossible_settings_are_refused_with_a_way_out() -> None:
    """One sentence that names the value and what would do."""
    with pytest.raises(UnknownSymbol, match=r"'BTC/USD' is not traded .* did you mean BTC/USDT"):
        World(1, START_NS, symbols=["BTC/USD"])
    with pytest.raises(UnknownSymbol, match=r"known are ETH/USDT$"):
        World(1, START_NS, symbols=["ETH/USDT"]).levels("BTC/USDT", 1, START_NS)
    with pytest.raises(ValueError, match="no symbol at all"):
        World(1, START_NS, symbols=[])
    with pytest.raises(ValueError, match=r"activity was 0; it can be from 0.01 to 2000"):
        World(1, START_NS, activity=0.0)
    with pytest.raises(ValueError, match="they were -1 and"):
        World(-1, START_NS)
