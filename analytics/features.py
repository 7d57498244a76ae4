"""Features over closed bars, each calculated in constant time a bar, the same live and in a backtest."""

from collections import deque
from collections.abc import Callable
from math import sqrt
from typing import Any, Protocol

from engine.events import Candle
from engine.features import Feature


class Indicator(Protocol):
    """One running calculation."""

    def update(self, candle: Candle) -> float | None:
        """Take a bar and give the new value, None while too few were seen."""
        ...


class Ema:
    """Exponential average of closes, begun at the first close, silent for its own length."""

    __slots__ = ("_length", "_missing", "_value", "rest", "weight")

    def __init__(self, length: int) -> None:
        self.weight = 2 / (length + 1)
        self.rest = 1 - self.weight
        self._length = self._missing = length  # bars until it speaks
        self._value = 0.0

    def update(self, candle: Candle) -> float | None:
        """Move towards the close."""
        if self._missing:
            return self._warm_up(candle.close)
        self._value = value = self.weight * candle.close + self.rest * self._value
        return value

    @property
    def speaks(self) -> bool:
        """Whether it has seen enough."""
        return not self._missing

    def _warm_up(self, close: float) -> float | None:
        is_first = self._missing == self._length
        self._value = close if is_first else self.weight * close + self.rest * self._value
        self._missing -= 1
        return None if self._missing else self._value


class Momentum:
    """The return over so many bars."""

    def __init__(self, length: int) -> None:
        self._closes: deque[float] = deque(maxlen=length + 1)

    def update(self, candle: Candle) -> float | None:
        """The close over the one `length` bars ago."""
        closes = self._closes
        closes.append(candle.close)
        return candle.close / closes[0] - 1 if len(closes) == closes.maxlen else None


class Volatility:
    """The sample standard deviation of returns a bar, over so many bars."""

    def __init__(self, length: int) -> None:
        self._length = length
        self._returns: deque[float] = deque()
        self._last: float | None = None
        self._sum = 0.0
        self._squares = 0.0
        self._since_exact = 0

    def update(self, candle: Candle) -> float | None:
        """Sums roll; they are made anew once a window, so that rounding never piles up."""
        if self._last is not None:
            change = candle.close / self._last - 1
            self._returns.append(change)
            self._sum += change
            self._squares += change * change
            if len(self._returns) > self._length:
                gone = self._returns.popleft()
                self._sum -= gone
                self._squares -= gone * gone
            self._since_exact += 1
            if self._since_exact >= self._length:
                self._since_exact = 0
                self._sum = sum(self._returns)
                self._squares = sum(change * change for change in self._returns)
        self._last = candle.close
        count = len(self._returns)
        if count < self._length:
            return None
        return sqrt(max(0.0, (self._squares - self._sum * self._sum / count) / (count - 1)))


class AverageTrueRange:
    """Wilder's average of the true range."""

    def __init__(self, length: int) -> None:
        self._length = length
        self._seen = 0
        self._value = 0.0
        self._last: float | None = None

    def update(self, candle: Candle) -> float | None:
        """The first `length` ranges are averaged plainly, later ones smoothed."""
        span = candle.high - candle.low
        if self._last is not None:
            span = max(span, abs(candle.high - self._last), abs(candle.low - self._last))
        self._last = candle.close
        self._seen += 1
        divisor = min(self._seen, self._length)
        self._value += (span - self._value) / divisor
        return self._value if self._seen >= self._length else None


INDICATORS: dict[str, Callable[[int], Indicator]] = {
    "ema": Ema,
    "momentum": Momentum,
    "volatility": Volatility,
    "atr": AverageTrueRange,
}
_SHORTEST = 2


class _Running:
    """The features of one symbol's bars of one length. Averages that speak are only numbers: most features are such."""

    __slots__ = ("_values", "averages", "others")

    def __init__(self, values: list[Any]) -> None:
        self._values = values  # of all features, by handle
        self.averages: list[tuple[int, float, float]] = []  # handle, weight of the close, and of what was before
        self.others: list[tuple[int, Indicator]] = []

    def on_candle(self, candle: Candle) -> None:
        """A bar is over."""
        close, values = candle.close, self._values
        for handle, weight, rest in self.averages:
            values[handle] = weight * close + rest * values[handle]
        if self.others:
            self._update_others(candle, values)

    def _update_others(self, candle: Candle, values: list[Any]) -> None:
        for handle, indicator in tuple(self.others):
            values[handle] = indicator.update(candle)
            if isinstance(indicator, Ema) and indicator.speaks:
                self.others.remove((handle, indicator))
                self.averages.append((handle, indicator.weight, indicator.rest))


class RunningFeatures:
    """Fills `FeatureSource`: every declared feature once, however many strategies share it."""

    def __init__(self) -> None:
        self._handles: dict[Feature, int] = {}
        self.values: list[Any] = []  # numbers, and None where too few bars were seen
        self._running: dict[str, dict[int, _Running]] = {}  # by symbol and interval

    def declare(self, feature: Feature) -> int:
        """Register a feature and get its handle."""
        handle = self._handles.get(feature)
        if handle is not None:
            return handle
        make = INDICATORS.get(feature.name)
        if make is None:
            raise ValueError(f"there is no feature {feature.name!r}; there are {', '.join(INDICATORS)}")
        if feature.length < _SHORTEST:
            raise ValueError(f"{feature.name} needs at least {_SHORTEST} bars; it was {feature.length}")
        handle = self._handles[feature] = len(self.values)
        self.values.append(None)
        self._on(feature.symbol, feature.interval_ns).others.append((handle, make(feature.length)))
        return handle

    def on_candle(self, candle: Candle) -> bool:
        """Take a closed bar; whether any declared feature looks at such bars."""
        try:
            running = self._running[candle.symbol][candle.ts - candle.start]
        except KeyError:
            return False
        running.on_candle(candle)
        return True

    def only_on(self, symbol: str, interval_ns: int) -> Callable[[Candle], None]:
        """What takes the bars of a run that has no others: it need not look which they are."""
        return self._on(symbol, interval_ns).on_candle

    def _on(self, symbol: str, interval_ns: int) -> _Running:
        return self._running.setdefault(symbol, {}).setdefault(interval_ns, _Running(self.values))
