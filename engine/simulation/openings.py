"""Bars that come alone: most open silently, and end without the venue being asked.

A bar in which nothing of ours and no timer acts changes one figure of its market, the last price. So it is judged when
it is its turn, with everything before it worked off; the others are opened and played by the venue as ever. Between the
judgement and the bar itself nothing else may happen.
"""

from collections.abc import Callable, Iterable, Iterator

from engine.clock import Timeline
from engine.events import BarOpened, Candle, Event
from engine.simulation.market import Market


class Openings:
    """Who plays the bars of one symbol; nobody until a venue says so, and then all of them are opened."""

    __slots__ = ("market", "on_bar", "timeline")

    def __init__(self) -> None:
        self.market: Market | None = None
        self.timeline: Timeline | None = None
        self.on_bar: Callable[[Candle], None] | None = None


def opened_where_it_matters(candles: Iterable[Candle], openings: Openings) -> Iterator[Event]:
    """Bars, and the openings of those in which something may happen. Every bar of a backtest passes through it."""
    ended_ns = 0
    for candle in candles:
        market, timeline = openings.market, openings.timeline
        ts = candle.ts
        if (
            market is not None
            and timeline is not None
            and market.quiet_low < candle.low
            and candle.high < market.quiet_high
            and ts < timeline.next_ns
            and market.bar_ns  # 0 before the first bar, which also says that there are bars here
            and not market.bar_is_open  # then neither marks nor funding wait for its end
        ):
            market.last = candle.close
        else:
            # Stamps may jitter; a bar that starts before the last one ended opens when that one has closed.
            yield BarOpened(max(candle.start, ended_ns), candle.symbol, candle.open)
            if openings.timeline is not None and openings.on_bar is not None:
                openings.timeline.advance(ts)
                openings.on_bar(candle)
        ended_ns = ts
        yield candle
