"""Bars that come alone: most open silently, and end without the venue being asked.

A bar in which nothing of ours and no timer acts changes one figure of its market, the last price. So it is judged when
it is its turn, with everything before it worked off; the others are opened and played by the venue as ever. Between the
judgement and the bar itself nothing else may happen.
"""

from collections.abc import Callable, Iterable, Iterator

from engine.clock import Timeline
from engine.events import BarOpened, Candle, Event
from engine.simulation.market import Market


class Player:
    """The venue, as far as the bars of one symbol are concerned."""

    __slots__ = ("market", "on_bar", "timeline")

    def __init__(self, market: Market, timeline: Timeline, on_bar: Callable[[Candle], None]) -> None:
        self.market = market
        self.timeline = timeline
        self.on_bar = on_bar


class Openings:
    """Who plays the bars; nobody until a venue says so, and then all of them are opened."""

    __slots__ = ("player",)

    def __init__(self) -> None:
        self.player: Player | None = None


def opened_where_it_matters(candles: Iterable[Candle], openings: Openings) -> Iterator[Event]:
    """Bars, and the openings of those in which something may happen. Every bar of a backtest passes through it."""
    before: Candle | None = None
    market: Market | None = None  # of whoever plays, from the first bar that was played
    timeline = Timeline(0)  # theirs, from then on
    for candle in candles:
        if (
            market is not None
            and market.quiet_low < candle.low
            and candle.high < market.quiet_high
            and candle.ts < timeline.next_ns
            and not market.bar_is_open  # then neither marks nor funding wait for its end
        ):
            market.last = candle.close
        else:
            # Stamps may jitter; a bar that starts before the last one ended opens when that one has closed.
            start_ns = candle.start if before is None else max(candle.start, before.ts)
            yield BarOpened(start_ns, candle.symbol, candle.open)
            player = openings.player  # who came while the first bar opened plays it
            if player is not None:
                market, timeline = player.market, player.timeline
                timeline.advance(candle.ts)
                player.on_bar(candle)
        before = candle
        yield candle
