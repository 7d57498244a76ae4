"""Bars against a plain reading of the trades: aligned to UTC, complete, flat where nothing traded, and never early."""

from typing import NamedTuple

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.bar_desk import BarDesk
from engine.clock import Timeline
from engine.events import Candle, Tick
from tests.rehearsal import MINUTE, PERP, SECOND, SPOT, START

FIVE = 5 * MINUTE


class Trade(NamedTuple):
    """So long after the one before, at this price."""

    after_s: int
    price: int
    symbol: str


trades = st.lists(
    st.builds(Trade, st.integers(0, 200), st.integers(1, 9), st.sampled_from((PERP, SPOT))), min_size=1, max_size=30
)


class Desk:
    """A bar desk, the bars it told, and when it told them."""

    def __init__(self, *wanted: tuple[str, int], native_ns: int = 0) -> None:
        self.timeline = Timeline(START)
        self.told: list[Candle] = []
        self.told_at: list[int] = []
        self.desk = BarDesk(self.timeline, self._note, native_ns)
        for symbol, interval_ns in wanted:
            self.desk.want(symbol, interval_ns)

    def _note(self, candle: Candle) -> None:
        self.told.append(candle)
        self.told_at.append(self.timeline.now_ns)

    def of(self, symbol: str, interval_ns: int) -> list[Candle]:
        return [bar for bar in self.told if (bar.symbol, bar.interval_ns) == (symbol, interval_ns)]

    def tick(self, ts: int, price: float, symbol: str = PERP) -> None:
        self.timeline.advance(ts)
        self.desk.on_tick(Tick(ts, symbol, price, 0.5))


def read_plainly(ticks: list[Tick], interval_ns: int, until: int) -> list[Candle]:
    """The bars that a person would draw: group by interval, from the first trade on; what is missing is flat."""
    bars: list[Candle] = []
    if not ticks:
        return bars
    begin = ticks[0].ts // interval_ns * interval_ns
    for start in range(begin, until - interval_ns + 1, interval_ns):
        inside = [tick for tick in ticks if start <= tick.ts < start + interval_ns]
        prices = [tick.price for tick in inside] or [bars[-1].close]
        volume = sum(tick.size for tick in inside)
        end = start + interval_ns
        bars.append(Candle(end, ticks[0].symbol, start, prices[0], max(prices), min(prices), prices[-1], volume))
    return bars


@given(trades, st.integers(0, 400))
def test_bars_are_what_a_person_would_draw(script: list[Trade], rest_s: int) -> None:
    """For two symbols and two intervals: each interval once, from the first trade on, and told at its very end."""
    desk = Desk((PERP, MINUTE), (SPOT, MINUTE), (PERP, FIVE))
    ticks: dict[str, list[Tick]] = {PERP: [], SPOT: []}
    now = START
    for after_s, price, symbol in script:
        now += after_s * SECOND
        desk.tick(now, float(price), symbol)
        ticks[symbol].append(Tick(now, symbol, float(price), 0.5))
    now += rest_s * SECOND
    desk.timeline.advance(now)
    for symbol, interval_ns in ((PERP, MINUTE), (SPOT, MINUTE), (PERP, FIVE)):
        assert desk.of(symbol, interval_ns) == read_plainly(ticks[symbol], interval_ns, now)
    assert desk.told_at == [bar.ts for bar in desk.told]


def test_a_trade_at_the_boundary_belongs_to_the_next_bar() -> None:
    """A bar holds what traded from its start up to, but not at, its end."""
    desk = Desk((PERP, MINUTE))
    desk.tick(START, 1.0)
    desk.tick(START + MINUTE, 2.0)
    desk.timeline.advance(START + 2 * MINUTE)
    assert [(bar.open, bar.close) for bar in desk.told] == [(1.0, 1.0), (2.0, 2.0)]


def test_a_bar_closes_without_a_trade_to_close_it() -> None:
    """It is told when its time is over, flat where nothing traded, and never before the first trade of all."""
    desk = Desk((PERP, MINUTE))
    desk.timeline.advance(START + MINUTE)
    assert desk.told == []
    desk.tick(START + MINUTE + SECOND, 7.0)
    desk.timeline.advance(START + 3 * MINUTE)
    flat = desk.told[1]
    assert (flat.open, flat.high, flat.low, flat.close, flat.volume) == (7.0, 7.0, 7.0, 7.0, 0.0)


def minute(number: int, price: float, *, high: float | None = None, low: float | None = None) -> Candle:
    start = START + number * MINUTE
    high, low = high or price, low or price
    return Candle(start + MINUTE, PERP, start, price, high, low, price, 1.0)


def feed(desk: Desk, *candles: Candle) -> None:
    for candle in candles:
        desk.timeline.advance(candle.ts)
        desk.desk.on_candle(candle)


def test_small_bars_make_a_large_one() -> None:
    """First open, highest high, lowest low, last close, all of the volume; told with the last of them."""
    desk = Desk((PERP, FIVE), native_ns=MINUTE)
    feed(desk, minute(0, 10.0), minute(1, 11.0, high=19.0), minute(2, 12.0), minute(3, 13.0, low=2.0), minute(4, 14.0))
    assert desk.told == [Candle(START + FIVE, PERP, START, 10.0, 19.0, 2.0, 14.0, 5.0)]
    assert desk.told_at == [START + FIVE]


def test_a_hole_in_the_history_does_not_join_what_it_divides() -> None:
    """The last minute of an interval is missing: its large bar ends where it should, and the next begins afresh."""
    desk = Desk((PERP, FIVE), native_ns=MINUTE)
    feed(desk, *(minute(number, 10.0) for number in range(4)), *(minute(number, 20.0) for number in range(5, 10)))
    first, second = desk.told
    assert (first.start, first.ts, first.open, first.close, first.volume) == (START, START + FIVE, 10.0, 10.0, 4.0)
    assert (second.start, second.open, second.volume) == (START + FIVE, 20.0, 5.0)


def test_the_bars_of_the_feed_are_not_told_twice() -> None:
    """The interval that the feed brings itself is not built, and a bar that was built is not built upon."""
    desk = Desk((PERP, MINUTE), native_ns=MINUTE)
    feed(desk, minute(0, 10.0))
    assert desk.told == []
    assert not desk.desk.wanted
    desk.desk.want(PERP, FIVE)
    feed(desk, Candle(START + FIVE, PERP, START, 1.0, 1.0, 1.0, 1.0, 1.0))
    assert desk.told == []


def test_the_same_wish_twice_is_one_bar() -> None:
    """Two strategies that want the same bars share them."""
    desk = Desk((PERP, MINUTE), (PERP, MINUTE))
    desk.tick(START, 1.0)
    desk.timeline.advance(START + MINUTE)
    assert len(desk.told) == 1


def test_bars_that_do_not_fit_are_refused() -> None:
    """Ninety seconds cannot be made of minutes."""
    desk = Desk(native_ns=MINUTE)
    with pytest.raises(ValueError, match=f"bars of {90 * SECOND} ns cannot be built from bars of {MINUTE} ns"):
        desk.desk.want(PERP, 90 * SECOND)
