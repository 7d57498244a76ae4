"""Bars of history as events: each is told of twice, its first price when it opens and all of it when it closes."""

from collections.abc import Iterator
from itertools import chain, repeat

import numpy as np

from engine.events import BarOpened, Candle, Event
from engine.simulation.openings import Openings, opened_where_it_matters
from infrastructure.feeds.source import Source
from infrastructure.history import Bars


def bar_events(symbol: str, history: Source[Bars], openings: Openings | None = None) -> Iterator[Event]:
    """`BarOpened` at the start, where it matters, and `Candle` at the end of each bar. Memory holds one batch."""
    if openings is None:  # no line of Python runs for a bar
        return chain.from_iterable(_opened(symbol, history))
    return opened_where_it_matters(chain.from_iterable(_candles(symbol, history)), openings)


def _opened(symbol: str, history: Source[Bars]) -> Iterator[Iterator[Event]]:
    last_end = np.int64(0)
    for bars in history.batches():
        ends = bars.ts_ns + history.interval_ns
        # Stamps may jitter; a bar that starts before the last one ended opens when that one has closed.
        opened_ns = np.maximum(bars.ts_ns, np.concatenate(([last_end], ends[:-1]))).tolist()
        last_end = ends[-1]
        opened = map(BarOpened, opened_ns, repeat(symbol), bars.open.tolist())
        yield chain.from_iterable(zip(opened, _candles_of(symbol, bars, history.interval_ns), strict=True))


def _candles(symbol: str, history: Source[Bars]) -> Iterator[Iterator[Candle]]:
    for bars in history.batches():
        yield _candles_of(symbol, bars, history.interval_ns)


def _candles_of(symbol: str, bars: Bars, interval_ns: int) -> Iterator[Candle]:
    return map(
        Candle,
        (bars.ts_ns + interval_ns).tolist(),
        repeat(symbol),
        bars.ts_ns.tolist(),
        bars.open.tolist(),
        bars.high.tolist(),
        bars.low.tolist(),
        bars.close.tolist(),
        bars.volume.tolist(),
    )
