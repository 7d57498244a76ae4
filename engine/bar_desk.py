"""Closes bars for whoever wants them: from trades at the end of each interval, or from the feed's own smaller bars."""

from collections.abc import Callable

from engine.bars import BarBuilder
from engine.clock import Timeline
from engine.events import Candle, Tick


class BarDesk:
    """All bars that the strategies of this run asked for."""

    def __init__(self, timeline: Timeline, publish: Callable[[Candle], None], native_ns: int) -> None:
        self._timeline = timeline
        self._publish = publish
        self.native_ns = native_ns  # the interval of the feed's own bars, 0 when it brings trades
        self._builders: dict[str, list[BarBuilder]] = {}
        self._intervals: set[int] = set()

    def want(self, symbol: str, interval_ns: int) -> None:
        """Build this interval for this symbol from now on."""
        if interval_ns < 1:
            raise ValueError(f"the interval of a bar must be above zero; it was {interval_ns} ns")
        if interval_ns == self.native_ns:
            return
        if self.native_ns and interval_ns % self.native_ns:
            raise ValueError(f"bars of {interval_ns} ns cannot be built from bars of {self.native_ns} ns")
        builders = self._builders.setdefault(symbol, [])
        if all(builder.interval_ns != interval_ns for builder in builders):
            builders.append(BarBuilder(symbol, interval_ns))
            if not self.native_ns and interval_ns not in self._intervals:
                self._timeline.every(interval_ns, lambda: self._close_all(interval_ns))
            self._intervals.add(interval_ns)

    @property
    def wanted(self) -> bool:
        """Whether any bar has to be built."""
        return bool(self._builders)

    def on_tick(self, tick: Tick) -> None:
        """A trade belongs to all bars of its symbol."""
        for builder in self._builders.get(tick.symbol, ()):
            builder.add_tick(tick)

    def on_candle(self, candle: Candle) -> None:
        """A bar of the feed belongs to all larger ones, and may complete them."""
        if candle.interval_ns != self.native_ns:
            return
        for builder in self._builders.get(candle.symbol, ()):
            if 0 < builder.ends_ns <= candle.start:
                self._emit(builder, builder.ends_ns)  # a hole in the history: its last bar never came
            builder.add_bar(candle)
            if candle.ts % builder.interval_ns == 0:
                self._emit(builder, candle.ts)

    def _close_all(self, interval_ns: int) -> None:
        for builders in self._builders.values():
            for builder in builders:
                if builder.interval_ns == interval_ns:
                    self._emit(builder, self._timeline.now_ns)

    def _emit(self, builder: BarBuilder, end_ns: int) -> None:
        candle = builder.close(end_ns)
        if candle is not None:
            self._publish(candle)
