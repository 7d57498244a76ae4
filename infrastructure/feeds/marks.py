"""Marks of history as events: one mark bar for each bar of prices, whatever the marks' own interval is.

Finer mark bars are put together. Coarser ones give their exact marks where they end; in between the mark keeps the
ratio to the last price that it had there, and its extremes stay within those of the coarse bar. So an hourly mark
follows a five-minute price, settles funding exactly on the hour, and no wick of the price alone liquidates anybody.
"""

from collections.abc import Iterator

from engine.events import Candle, Event, MarkPrice
from infrastructure.feeds.source import Source
from infrastructure.history import Bars


class MarkBar(Candle, frozen=True, gc=False):
    """What the mark did during a bar: for the venue, which judges margin by its extremes."""


_Row = tuple[int, float, float, float, float]  # start, open, high, low, close


def mark_events(symbol: str, history: Source[Bars]) -> Iterator[Event]:
    """Mark bars as they are, for markets without bars of prices."""
    interval_ns = history.interval_ns
    for start, open_, high, low, close in _rows(history):
        end = start + interval_ns
        yield MarkBar(end, symbol, start, open_, high, low, close, 0.0)
        yield MarkPrice(end, symbol, close, close)


def with_marks(symbol: str, bars: Iterator[Event], marks: Source[Bars]) -> Iterator[Event]:
    """A stream of bars with the mark of each bar told just before the bar closes."""
    along = _MarksAlong(symbol, marks)
    for event in bars:
        if type(event) is Candle:
            mark_bar = along.mark_bar(event)
            yield mark_bar
            yield MarkPrice(event.ts, symbol, mark_bar.close, mark_bar.close)
        yield event


class _MarksAlong:
    """Walks through mark bars beside bars of prices."""

    def __init__(self, symbol: str, history: Source[Bars]) -> None:
        self._symbol = symbol
        self._interval_ns = history.interval_ns
        self._rows = _rows(history)
        self._next = next(self._rows, None)
        self._ratio = 1.0  # of mark to price, where both were known last

    def mark_bar(self, candle: Candle) -> MarkBar:
        """What the mark did while this bar was open."""
        low, high, open_, close = float("inf"), 0.0, 0.0, 0.0
        around = self._next
        while self._next is not None and self._next[0] + self._interval_ns <= candle.ts:
            around = start, first, top, bottom, last = self._next
            self._next = next(self._rows, None)
            if start >= candle.start:  # it lies within this bar
                open_ = open_ or first
                low, high = min(low, bottom), max(high, top)
            if start + self._interval_ns == candle.ts:
                close = last
        if close:
            self._ratio = close / candle.close
        close = close or candle.close * self._ratio
        open_ = open_ or candle.open * self._ratio
        if not high:
            low, high = candle.low * self._ratio, candle.high * self._ratio
            if around is not None and around[0] <= candle.start < around[0] + self._interval_ns:
                low, high = max(low, around[3]), min(high, around[2])
        low, high = min(low, open_, close), max(high, open_, close)
        return MarkBar(candle.ts, self._symbol, candle.start, open_, high, low, close, 0.0)


def _rows(history: Source[Bars]) -> Iterator[_Row]:
    for batch in history.batches():
        columns = (batch.ts_ns, batch.open, batch.high, batch.low, batch.close)
        yield from zip(*(column.tolist() for column in columns), strict=True)
