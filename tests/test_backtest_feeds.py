"""History as events: the order of work at one instant, and what is told at which moment."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.events import BarOpened, BookUpdate, Candle, Event, FundingRate, MarkPrice, Quote, Tick
from infrastructure.feeds import (
    MarkBar,
    alongside,
    bar_events,
    book_events,
    funding_events,
    in_order_of_time,
    mark_events,
    trade_events,
    with_marks,
)
from infrastructure.history import open_history

BTC = "BTC/USDT:USDT"
T0_MS = 1_700_006_400_000  # 2023-11-15T00:00:00Z
MINUTE_MS = 60_000
NS = 1_000_000


def written(folder: Path, name: str, head: str, *rows: str) -> Path:
    """A CSV file whose rows give minutes after the start as their time."""
    path = folder / name
    lines = [head]
    for row in rows:
        minutes, _, rest = row.partition(",")
        lines.append(f"{int(T0_MS + float(minutes) * MINUTE_MS)},{rest}")
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


def minutes(events: list[Event]) -> list[tuple[str, float]]:
    """The kinds of events and their moments in minutes after the start."""
    return [(type(event).__name__, (event.ts / NS - T0_MS) / MINUTE_MS) for event in events]


BARS = "ts,open,high,low,close,volume"


def test_a_bar_is_told_twice(tmp_path: Path) -> None:
    """Its open at the start, the whole at the end; a gap leaves silence."""
    path = written(tmp_path, "b.csv", BARS, "0,10,12,9,11,5", "1,11,13,10,12,6", "3,12,12,12,12,0")
    events = list(bar_events(BTC, open_history("bars", path)))
    assert minutes(events) == [
        ("BarOpened", 0),
        ("Candle", 1),
        ("BarOpened", 1),
        ("Candle", 2),
        ("BarOpened", 3),
        ("Candle", 4),
    ]
    assert events[0] == BarOpened(T0_MS * NS, BTC, 10.0)
    assert events[1] == Candle((T0_MS + MINUTE_MS) * NS, BTC, T0_MS * NS, 10.0, 12.0, 9.0, 11.0, 5.0)


def test_batches_do_not_break_a_stream(tmp_path: Path) -> None:
    """The same events come out whether the file is read in one piece or row by row."""
    path = written(tmp_path, "b.csv", BARS, *(f"{minute},10,12,9,{9 + minute / 10},5" for minute in range(20)))
    whole = list(bar_events(BTC, open_history("bars", path)))
    assert list(bar_events(BTC, open_history("bars", path, batch_rows=3))) == whole


def test_a_bar_that_starts_early_waits_for_the_one_before(tmp_path: Path) -> None:
    """Time never goes backwards, even where stamps jitter by some seconds."""
    path = written(tmp_path, "b.csv", BARS, "0,1,1,1,1,1", "1,1,1,1,1,1", "1.9,1,1,1,1,1", "3,1,1,1,1,1")
    times = [event.ts for event in bar_events(BTC, open_history("bars", path))]
    assert times == sorted(times)


def test_what_ends_comes_before_what_begins() -> None:
    """Marks, closing bars, funding, then openings, trades and the book; whatever the order of the streams."""
    one_of_each: list[Event] = [
        MarkBar(7, BTC, 6, 1, 1, 1, 1, 0),
        MarkPrice(7, BTC, 1.0, 1.0),
        Candle(7, BTC, 6, 1, 1, 1, 1, 1),
        FundingRate(7, BTC, 0.1, 7),
        BarOpened(7, BTC, 1.0),
        Tick(7, BTC, 1.0, 1.0),
        BookUpdate(7, BTC, (), ()),
    ]
    for turn in range(len(one_of_each)):
        streams = [iter([event]) for event in one_of_each[turn:] + one_of_each[:turn]]
        assert list(in_order_of_time(streams)) == one_of_each


@given(st.lists(st.lists(st.integers(0, 30), max_size=30), min_size=1, max_size=5))
def test_merging_is_sorting(times: list[list[int]]) -> None:
    """Any streams come out in the order of time; at a tie the first stream goes first."""
    streams = [[Tick(ts, str(number), 1.0, 1.0) for ts in sorted(each)] for number, each in enumerate(times)]
    expected = sorted((event for stream in streams for event in stream), key=lambda tick: (tick.ts, tick.symbol))
    assert list(in_order_of_time([iter(stream) for stream in streams])) == expected


@given(st.lists(st.integers(5, 25), min_size=1, max_size=20), st.lists(st.integers(0, 30), max_size=20))
def test_companions_end_with_the_prices(ticks: list[int], settlements: list[int]) -> None:
    """Funding is told in its place, also at the very last moment of prices, and never after it."""
    prices: list[Event] = [Tick(ts, BTC, 1.0, 1.0) for ts in sorted(ticks)]
    rates: list[Event] = [FundingRate(ts, BTC, 0.0, ts) for ts in sorted(settlements)]
    kept = [rate for rate in rates if rate.ts <= max(ticks)]
    expected = sorted(prices + kept, key=lambda event: (event.ts, isinstance(event, Tick)))
    # What falls on the last moment comes behind a price that was told already only if there is no later price.
    found = list(alongside(iter(prices), [iter(rates)]))
    assert [event.ts for event in found] == [event.ts for event in expected]
    assert sorted(map(repr, found)) == sorted(map(repr, expected))


def test_stamps_a_few_milliseconds_late_mean_the_full_minute(tmp_path: Path) -> None:
    """08:00:00.005 and 07:59:59.500 are eight o'clock; 08:00:30 is what it says."""
    path = tmp_path / "f.csv"
    path.write_text(f"ts,rate\n{T0_MS + 5},0.0001\n{T0_MS + 3_599_500},-0.0002\n{T0_MS + 7_230_000},0.0003\n")
    events = list(funding_events(BTC, open_history("funding", path)))
    assert minutes(events) == [("FundingRate", 0), ("FundingRate", 60), ("FundingRate", 120.5)]
    assert [event.rate for event in events if isinstance(event, FundingRate)] == [0.0001, -0.0002, 0.0003]


def test_trades_are_ticks(tmp_path: Path) -> None:
    """Price, size and the taker's side arrive as they are."""
    path = written(tmp_path, "t.csv", "ts,price,size,side", "0,10.5,2,buy", "0,10.4,1,sell")
    start = T0_MS * NS
    assert list(trade_events(BTC, open_history("trades", path))) == [
        Tick(start, BTC, 10.5, 2.0, 1),
        Tick(start, BTC, 10.4, 1.0, -1),
    ]


MARKS = "ts,open,high,low,close"


def marks_beside(folder: Path, marks: list[str], bars: list[str]) -> list[MarkBar]:
    """The mark bars that go with these bars."""
    priced = bar_events(BTC, open_history("bars", written(folder, "b.csv", BARS, *bars)))
    stream = with_marks(BTC, priced, open_history("mark", written(folder, "m.csv", MARKS, *marks)))
    return [event for event in stream if isinstance(event, MarkBar)]


def test_marks_of_the_same_interval_are_told_as_they_are(tmp_path: Path) -> None:
    """Each just before the bar that ends with it."""
    bars = ["0,10,12,9,11,5", "1,11,13,10,12,6"]
    marks = ["0,10,11,9.5,10.5", "1,10.5,12,10,11.5"]
    first, second = marks_beside(tmp_path, marks, bars)
    assert (first.open, first.high, first.low, first.close) == (10, 11, 9.5, 10.5)
    assert (second.open, second.high, second.low, second.close) == (10.5, 12, 10, 11.5)


def test_finer_marks_are_put_together(tmp_path: Path) -> None:
    """Two half-minute marks in each minute bar: first open, extremes of both, last close."""
    bars = ["0,10,12,9,11,5", "1,11,13,10,12,6"]
    marks = ["0,10,11,9,10", "0.5,10,14,10,13", "1,13,13,8,9", "1.5,9,10,9,10"]
    found = [(bar.open, bar.high, bar.low, bar.close) for bar in marks_beside(tmp_path, marks, bars)]
    assert found == [(10, 14, 9, 13), (13, 13, 8, 10)]


def test_coarser_marks_keep_their_ratio_and_stay_in_their_range(tmp_path: Path) -> None:
    """Minute bars, four-minute marks: exact where a mark bar ends, by the ratio in between, inside of its extremes."""
    bars = [f"{minute},100,110,90,100,1" for minute in range(4)]
    bars += ["4,100,100,100,100,1", "5,100,200,100,200,1", "6,200,200,50,100,1", "7,100,100,100,100,1"]
    found = marks_beside(tmp_path, ["0,100,105,95,102", "4,102,150,80,110"], bars)
    assert [bar.close for bar in found[:4]] == [100, 100, 100, 102]
    assert {(bar.high, bar.low) for bar in found[:3]} == {(105, 95)}
    assert [bar.close for bar in found[4:]] == pytest.approx([102, 204, 102, 110])
    assert found[5].high == pytest.approx(204)  # a mark that the ratio itself gives may leave the range
    assert found[6].low == 80


def test_marks_beside_trades_are_told_at_their_end(tmp_path: Path) -> None:
    """A mark bar is known when it is over."""
    path = written(tmp_path, "m.csv", MARKS, "0,10,11,9,10.5", "1,10.5,11,10,11")
    events = list(mark_events(BTC, open_history("mark", path)))
    assert minutes(events) == [("MarkBar", 1), ("MarkPrice", 1), ("MarkBar", 2), ("MarkPrice", 2)]


BOOK = "ts,side,price,size"


def book_of(folder: Path, *rows: str, batch_rows: int = 1000) -> list[Event]:
    """The events of these rows."""
    path = written(folder, "k.csv", BOOK, *rows)
    return list(book_events(BTC, open_history("book", path, batch_rows=batch_rows)))


@pytest.mark.parametrize("batch_rows", [1, 2, 1000])
def test_rows_of_one_moment_are_one_update(tmp_path: Path, batch_rows: int) -> None:
    """A clear begins a whole book; a quote follows where the best price or its size is another."""
    events = book_of(
        tmp_path,
        "0,bid,99,1",
        "0,clear,0,0",
        "0,bid,98,2",
        "0,ask,101,3",
        "1,bid,97,5",
        "2,bid,98,0",
        "2,ask,100,4",
        "3,ask,100,0",
        batch_rows=batch_rows,
    )
    start = T0_MS * NS
    minute = MINUTE_MS * NS
    assert events == [
        BookUpdate(start, BTC, ((98.0, 2.0),), ((101.0, 3.0),), True),
        Quote(start, BTC, 98.0, 101.0, 2.0, 3.0),
        BookUpdate(start + minute, BTC, ((97.0, 5.0),), ()),
        BookUpdate(start + 2 * minute, BTC, ((98.0, 0.0),), ((100.0, 4.0),)),
        Quote(start + 2 * minute, BTC, 97.0, 100.0, 5.0, 4.0),
        BookUpdate(start + 3 * minute, BTC, (), ((100.0, 0.0),)),
        Quote(start + 3 * minute, BTC, 97.0, 101.0, 5.0, 3.0),
    ]


levels = st.tuples(st.sampled_from(["bid", "ask"]), st.integers(1, 9), st.integers(0, 3))


@given(st.lists(levels, min_size=1, max_size=60))
def test_quotes_are_the_best_of_the_book(
    tmp_path_factory: pytest.TempPathFactory, rows: list[tuple[str, int, int]]
) -> None:
    """After any changes the last quote is what a plain look through all levels finds."""
    folder = tmp_path_factory.mktemp("book")
    # Bids below ten and asks above it never cross.
    lines = [
        f"{n},{side},{price if side == 'bid' else 10 + price},{size}" for n, (side, price, size) in enumerate(rows)
    ]
    sides: dict[str, dict[int, int]] = {"bid": {}, "ask": {}}
    last: tuple[float, ...] | None = None
    for side, price, size in rows:
        sides[side][price if side == "bid" else 10 + price] = size
        bids = {price: size for price, size in sides["bid"].items() if size}
        asks = {price: size for price, size in sides["ask"].items() if size}
        if bids and asks:
            last = (max(bids), min(asks), bids[max(bids)], asks[min(asks)])
    quotes = [event for event in book_of(folder, *lines) if isinstance(event, Quote)]
    found = (quotes[-1].bid, quotes[-1].ask, quotes[-1].bid_size, quotes[-1].ask_size) if quotes else None
    assert found == last


def test_a_single_stream_is_handed_through() -> None:
    """Nothing is put between one source and its reader."""
    stream: Iterator[Event] = iter([Tick(1, BTC, 1.0, 1.0)])
    assert in_order_of_time([stream]) is stream
