"""Bars that come alone: most open silently, and end without the venue being asked.

A bar in which nothing of ours and no timer acts changes one figure of its market, the last price. So it is judged when
it is its turn, with everything before it worked off; the others are opened and played by the venue as ever. The
judgement itself stands in the hot loop, `engine.bus.Bus.pour_bars`, because every bar of a backtest passes through it.
"""

from collections.abc import Callable

from engine.events import BarOpened, Candle
from engine.simulation.market import Market


class LoneBars:
    """The venue, as far as the bars of the one symbol that is played are concerned."""

    __slots__ = ("market", "play")

    def __init__(self, market: Market, play: Callable[[Candle], None]) -> None:
        self.market = market
        self.play = play

    @staticmethod
    def opening(candle: Candle, now_ns: int) -> BarOpened:
        """Stamps may jitter; a bar that starts before the last one ended opens when that one has closed."""
        return BarOpened(max(candle.start, now_ns), candle.symbol, candle.open)
