"""Fair prices of the perpetuals: the index, the mark above it, and the announced funding."""

from collections.abc import Sequence

import numpy as np
from numpy.random import Generator

from engine.events import FundingRate, MarkPrice
from engine.simulation.world.book import Book, Ints, Stretch
from engine.simulation.world.scenarios import SECOND_NS, tension

MARK_EVERY_S = 4
FUNDING_EVERY_S = 60
MARK_DELAY_NS = 200_000_000
FUNDING_DELAY_NS = 500_000_000


def _seconds(stretch: Stretch, origin_ns: int, every_s: int, phase: int) -> Ints:
    """The whole seconds since the origin, within a stretch, that are a multiple of a period away from its phase."""
    first, last = ((moment - origin_ns) // SECOND_NS for moment in (stretch.start_ns, stretch.end_ns))
    seconds = np.arange(first, last)
    chosen: Ints = origin_ns + SECOND_NS * seconds[(seconds + phase) % every_s == 0]
    return chosen


def marks(
    book: Book, stretch: Stretch, origin_ns: int, random: Generator, also_ns: Sequence[int] = ()
) -> list[MarkPrice]:
    """The mark prices of a stretch, at once where the world begins and where it is to be known exactly."""
    times = _seconds(stretch, origin_ns, MARK_EVERY_S, book.coin.number)
    times = times + (random.random(times.size) * MARK_DELAY_NS).astype(np.int64)
    if stretch.start_ns == origin_ns:
        times = np.concatenate(([origin_ns], times))
    also = [ts for ts in also_ns if stretch.start_ns <= ts < stretch.end_ns]
    if also:
        times = np.sort(np.concatenate((times, also)))
    log_index = stretch.log_price(times)
    stirred = tension(stretch.acts, book.coin.name, book.coin.stress, times)
    if stirred is not None:
        log_index = log_index + stirred.shift
    index = np.exp(log_index) * book.ticks_per_unit
    mark = index * np.exp(stretch.between(stretch.hour.mark_basis, times))
    unit, symbol = book.ticks_per_unit, book.instrument.symbol
    rows = zip(
        times.tolist(),
        (np.maximum(1.0, np.rint(mark)) / unit).tolist(),
        (np.maximum(1.0, np.rint(index)) / unit).tolist(),
        strict=True,
    )
    return [MarkPrice(ts, symbol, mark, index) for ts, mark, index in rows]


def next_funding_ns(book: Book, ts: int) -> int:
    """The first settlement after a moment."""
    interval = book.instrument.funding_interval_ns
    return (ts // interval + 1) * interval


def funding(book: Book, stretch: Stretch, origin_ns: int, forced: float | None, random: Generator) -> list[FundingRate]:
    """The announcements of a stretch, at once where the world begins; a forced rate goes before that of the market."""
    times = _seconds(stretch, origin_ns, FUNDING_EVERY_S, 0)
    rates = stretch.hour.funding[stretch.minutes(times)].tolist()
    moments = (times + (random.random(times.size) * FUNDING_DELAY_NS).astype(np.int64)).tolist()
    if stretch.start_ns == origin_ns:
        moments[0] = origin_ns
    symbol = book.instrument.symbol
    return [
        FundingRate(ts, symbol, rate if forced is None else forced, next_funding_ns(book, ts))
        for ts, rate in zip(moments, rates, strict=True)
    ]
