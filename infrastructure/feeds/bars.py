"""Bars of history as events: each is told of twice, its first price when it opens and all of it when it closes."""

from collections.abc import Iterator
from itertools import chain, repeat

import numpy as np

from engine.events import BarOpened, Candle, Event
from infrastructure.feeds.source import Source
from infrastructure.history import Bars


def bar_events(symbol: str, history: Source[Bars]) -> Iterator[Event]:
    """`BarOpened` at the start and `Candle` at the end of each bar. Memory holds one batch."""
    return chain.from_iterable(_batches(symbol, history))


def _batches(symbol: str, history: Source[Bars]) -> Iterator[Iterator[Event]]:
    # Objects are made by `map` and interleaved by `zip`: no line of Python runs for a bar.
    interval_ns = history.interval_ns
    last_end = np.int64(0)
    for bars in history.batches():
        ends = bars.ts_ns + interval_ns
        # Stamps may jitter; a bar that starts before the last one ended opens when that one has closed.
        opened = np.maximum(bars.ts_ns, np.concatenate(([last_end], ends[:-1])))
        last_end = ends[-1]
        opens = bars.open.tolist()
        symbols = repeat(symbol)
        openings = map(BarOpened, opened.tolist(), symbols, opens)
        candles = map(
            Candle,
            ends.tolist(),
            symbols,
            bars.ts_ns.tolist(),
            opens,
            bars.high.tolist(),
            bars.low.tolist(),
            bars.close.tolist(),
            bars.volume.tolist(),
        )
        yield chain.from_iterable(zip(openings, candles, strict=True))
