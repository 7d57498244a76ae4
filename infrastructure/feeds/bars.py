"""Bars of history as events: each is told of twice, its first price when it opens and all of it when it closes."""

from collections.abc import Iterator
from itertools import chain, repeat

import numpy as np

from engine.events import BarOpened, Candle, Event
from infrastructure.feeds.source import Source
from infrastructure.history import Bars


def bar_events(symbol: str, history: Source[Bars]) -> Iterator[Event]:
    """`BarOpened` at the start and `Candle` at the end of each bar. Memory holds one batch."""
    return chain.from_iterable(_opened(symbol, history))


def lone_bar_events(symbol: str, history: Source[Bars]) -> Iterator[Event]:
    """The ends alone, for whoever opens those bars in which that matters."""
    return chain.from_iterable(_candles_of(symbol, bars, history.interval_ns) for bars in history.batches())


def _opened(symbol: str, history: Source[Bars]) -> Iterator[Iterator[Event]]:
    last_end = np.int64(0)
    for bars in history.batches():
        ends = bars.ts_ns + history.interval_ns
        # Stamps may jitter; a bar that starts before the last one ended opens when that one has closed.
        opened_ns = np.maximum(bars.ts_ns, np.concatenate(([last_end], ends[:-1]))).tolist()
        last_end = ends[-1]
        opened = map(BarOpened, opened_ns, repeat(symbol), bars.open.tolist())
        yield chain.from_iterable(zip(opened, _candles_of(symbol, bars, history.interval_ns), strict=True))


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
