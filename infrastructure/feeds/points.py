"""Trades and funding settlements of history as events."""

from collections.abc import Iterator
from itertools import chain, repeat

from engine.events import Event, FundingRate, Tick
from infrastructure.feeds.source import Source
from infrastructure.history import Funding, Trades

SECOND_NS = 1_000_000_000
MINUTE_NS = 60 * SECOND_NS


def trade_events(symbol: str, history: Source[Trades]) -> Iterator[Event]:
    """A `Tick` for each trade. Memory holds one batch; no line of Python runs for a trade."""
    return chain.from_iterable(
        map(
            Tick,
            trades.ts_ns.tolist(),
            repeat(symbol),
            trades.price.tolist(),
            trades.size.tolist(),
            trades.side.tolist(),
        )
        for trades in history.batches()
    )


def funding_events(symbol: str, history: Source[Funding]) -> Iterator[Event]:
    """A `FundingRate` for each settlement, told at the moment at which it settles.

    Exchanges stamp settlements a few milliseconds late. A stamp within a second of a full minute means that minute:
    otherwise what is bought at the opening of a bar at eight would pay for having been held at eight.
    """
    for settlements in history.batches():
        for ts, rate in zip(settlements.ts_ns.tolist(), settlements.rate.tolist(), strict=True):
            minute = (ts + SECOND_NS) // MINUTE_NS * MINUTE_NS
            due = minute if abs(ts - minute) <= SECOND_NS else ts
            yield FundingRate(due, symbol, rate, due)
