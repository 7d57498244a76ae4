"""Changes of an order book as events: the rows of one moment are one update, and a new best price is a quote."""

from collections.abc import Iterator

import numpy as np

from engine.events import BookUpdate, Event, Quote
from infrastructure.feeds.source import Source
from infrastructure.history import Book

_Row = tuple[int, float, float]  # side, price, size


def book_events(symbol: str, history: Source[Book]) -> Iterator[Event]:
    """A `BookUpdate` for each moment and a `Quote` where the best bid or ask is another than before."""
    best = _Best()
    for ts, rows in _moments(history):
        update = _update(ts, symbol, rows)
        yield update
        quote = best.after(update)
        if quote is not None:
            yield quote


def _moments(history: Source[Book]) -> Iterator[tuple[int, list[_Row]]]:
    moment = -1
    rows: list[_Row] = []
    for book in history.batches():
        times = book.ts_ns
        starts = np.concatenate(([0], np.flatnonzero(np.diff(times)) + 1))
        sides, prices, sizes = book.side.tolist(), book.price.tolist(), book.size.tolist()
        ends = [*starts[1:].tolist(), len(times)]
        for start, end, ts in zip(starts.tolist(), ends, times[starts].tolist(), strict=True):
            if ts != moment:  # a moment may go on in the next batch
                if rows:
                    yield moment, rows
                moment, rows = ts, []
            rows.extend(zip(sides[start:end], prices[start:end], sizes[start:end], strict=True))
    if rows:
        yield moment, rows


def _update(ts: int, symbol: str, rows: list[_Row]) -> BookUpdate:
    """From a `clear` on the rows are the whole book, and those before it do not count."""
    clear = max((index for index, row in enumerate(rows) if row[0] == 0), default=-1)
    rows = rows[clear + 1 :]
    bids = tuple((price, size) for side, price, size in rows if side > 0)
    asks = tuple((price, size) for side, price, size in rows if side < 0)
    return BookUpdate(ts, symbol, bids, asks, clear >= 0)


class _Best:
    """Keeps the levels of both sides to know the best of each."""

    def __init__(self) -> None:
        self._bids: dict[float, float] = {}
        self._asks: dict[float, float] = {}
        self._bid = 0.0
        self._ask = 0.0
        self._told: tuple[float, float, float, float] | None = None

    def after(self, update: BookUpdate) -> Quote | None:
        """The quote after an update, None where it is the same or where one side is empty."""
        bids, asks = self._bids, self._asks
        if update.snapshot:
            bids.clear()
            asks.clear()
            self._bid = self._ask = 0.0
        for price, size in update.bids:
            if size:
                bids[price] = size
                self._bid = max(self._bid, price)
            elif bids.pop(price, None) is not None and price == self._bid:
                self._bid = max(bids, default=0.0)
        for price, size in update.asks:
            if size:
                asks[price] = size
                self._ask = min(self._ask, price) if self._ask else price
            elif asks.pop(price, None) is not None and price == self._ask:
                self._ask = min(asks, default=0.0)
        if not bids or not asks:
            return None
        told = (self._bid, self._ask, bids[self._bid], asks[self._ask])
        if told == self._told:
            return None
        self._told = told
        return Quote(update.ts, update.symbol, *told)
