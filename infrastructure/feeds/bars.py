"""Bars of history as events: each is told of twice, its first price when it opens and all of it when it closes."""

from collections.abc import Callable, Iterable, Iterator
from itertools import chain, repeat

import numpy as np

from engine.events import BarOpened, Candle, Event
from infrastructure.feeds.source import Source
from infrastructure.history import Bars


class Openings:
    """Which bars are told of when they open: all, until somebody knows which of them nothing waits for.

    He is asked when the bar before has been worked off. So this is for bars that come alone: between the answer and the
    bar itself nothing else may happen.
    """

    __slots__ = ("matter",)

    def __init__(self) -> None:
        self.matter: Callable[[Candle], bool] = _always


def bar_events(symbol: str, history: Source[Bars], openings: Openings | None = None) -> Iterator[Event]:
    """`BarOpened` at the start, where it matters, and `Candle` at the end of each bar. Memory holds one batch."""
    return chain.from_iterable(_batches(symbol, history, openings))


def opened_where_it_matters(opened_ns: Iterable[int], candles: Iterable[Candle], openings: Openings) -> Iterator[Event]:
    """Bars, and the openings of those that something waits for."""
    for ts, candle in zip(opened_ns, candles, strict=True):
        if openings.matter(candle):
            yield BarOpened(ts, candle.symbol, candle.open)
        yield candle


def _batches(symbol: str, history: Source[Bars], openings: Openings | None) -> Iterator[Iterator[Event]]:
    interval_ns = history.interval_ns
    last_end = np.int64(0)
    for bars in history.batches():
        ends = bars.ts_ns + interval_ns
        # Stamps may jitter; a bar that starts before the last one ended opens when that one has closed.
        opened_ns = np.maximum(bars.ts_ns, np.concatenate(([last_end], ends[:-1]))).tolist()
        last_end = ends[-1]
        opens = bars.open.tolist()
        symbols = repeat(symbol)
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
        if openings is None:  # no line of Python runs for a bar
            yield chain.from_iterable(zip(map(BarOpened, opened_ns, symbols, opens), candles, strict=True))
        else:
            yield opened_where_it_matters(opened_ns, candles, openings)


def _always(_: Candle) -> bool:
    return True
