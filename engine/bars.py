"""Bars built from trades or from smaller bars. A bar closes when its time is over, not when the next trade comes."""

from engine.events import Candle, Tick


class BarBuilder:
    """One symbol, one interval, aligned to UTC. An interval without trades gives a flat bar at the last close."""

    __slots__ = ("_close", "_high", "_low", "_open", "_volume", "ends_ns", "interval_ns", "symbol")

    def __init__(self, symbol: str, interval_ns: int) -> None:
        self.symbol = symbol
        self.interval_ns = interval_ns
        self._open: float | None = None
        self._high = 0.0
        self._low = 0.0
        self._close: float | None = None
        self._volume = 0.0
        self.ends_ns = 0  # of the interval that smaller bars are being collected for; 0 when there is none

    def add_tick(self, tick: Tick) -> None:
        """A trade of the present interval."""
        price = tick.price
        if self._open is None:
            self._open = self._high = self._low = price
        elif price > self._high:
            self._high = price
        elif price < self._low:
            self._low = price
        self._close = price
        self._volume += tick.size

    def add_bar(self, candle: Candle) -> None:
        """A smaller bar of the present interval."""
        self.ends_ns = (candle.start // self.interval_ns + 1) * self.interval_ns
        if self._open is None:
            self._open, self._high, self._low = candle.open, candle.high, candle.low
        else:
            self._high = max(self._high, candle.high)
            self._low = min(self._low, candle.low)
        self._close = candle.close
        self._volume += candle.volume

    def close(self, end_ns: int) -> Candle | None:
        """End the interval; None before the first trade ever."""
        if self._close is None:
            return None
        close = self._close
        if self._open is None:
            self._open = self._high = self._low = close
        candle = Candle(
            end_ns, self.symbol, end_ns - self.interval_ns, self._open, self._high, self._low, close, self._volume
        )
        self._open = None
        self._volume = 0.0
        self.ends_ns = 0
        return candle
