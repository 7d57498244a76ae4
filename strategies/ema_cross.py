"""Two exponential averages: long while the fast one is above the slow one, else short; always in the market."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any, ClassVar

from engine.events import Candle, Tick
from engine.features import Feature
from engine.strategy import Strategy
from strategies.parameters import above_zero, whole


class _Crossing(Strategy):
    """`quantity` fixes the size, else the gate decides it."""

    defaults: ClassVar[Mapping[str, Any]] = {"fast": 10, "slow": 30, "on": "bar", "quantity": None}

    def __init__(self, name: str, symbols: tuple[str, ...], parameters: Mapping[str, Any]) -> None:
        super().__init__(name, symbols, parameters)
        self.fast = whole(name, self.parameters, "fast", at_least=2)
        self.slow = whole(name, self.parameters, "slow", at_least=2)
        if not self.fast < self.slow:
            raise ValueError(f"{name} needs 1 < fast < slow; they were {self.fast} and {self.slow}")
        is_sized = self.parameters["quantity"] is not None
        self._quantity: Decimal | None = above_zero(name, self.parameters, "quantity") if is_sized else None

        crossed = f"the average of {self.fast} crossed {{}} that of {self.slow}"
        self._reasons = {1: crossed.format("above"), -1: crossed.format("below")}

    def _turn(self, symbol: str, side: int) -> None:
        self.desk.signal(symbol, side, 1.0, self._reasons[side], quantity=self._quantity)


class _Pair:
    """The two averages of one symbol, and which is above."""

    __slots__ = ("fast", "is_above", "slow")

    def __init__(self, fast: int, slow: int) -> None:
        self.fast = fast
        self.slow = slow
        self.is_above: bool | None = None  # the fast one above the slow one; None while no side is taken


class EmaCross(_Crossing):
    """Over the closes of bars, by way of features that strategies share."""

    def prepare(self) -> None:
        """Declare both averages."""
        self._pairs = {
            symbol: _Pair(self._average(symbol, self.fast), self._average(symbol, self.slow)) for symbol in self.symbols
        }
        self._features = self.desk.features

    def _average(self, symbol: str, length: int) -> int:
        return self.desk.declare(Feature("ema", symbol, self.interval_ns, length))

    def start(self) -> None:
        """No side is taken yet."""
        for pair in self._pairs.values():
            pair.is_above = None

    def on_candle(self, candle: Candle) -> None:
        """Compare the averages at each close."""
        pair = self._pairs[candle.symbol]
        features = self._features
        fast, slow = features[pair.fast], features[pair.slow]
        if fast is None or slow is None:
            return
        is_above = fast > slow
        if is_above is not pair.is_above:
            pair.is_above = is_above
            self._turn(candle.symbol, 1 if is_above else -1)


class _Averages:
    """The state of one symbol. Both averages begin at the first price, as most libraries do it."""

    __slots__ = ("fast", "is_above", "seen", "slow")

    def __init__(self, price: float) -> None:
        self.fast = price
        self.slow = price
        self.seen = 1
        self.is_above: bool | None = None  # the fast one above the slow one; None until enough was seen


class TickEmaCross(_Crossing):
    """Over every trade."""

    def start(self) -> None:
        """Nothing was seen yet."""
        self._averages: dict[str, _Averages] = {}
        self._fast_weight = 2 / (self.fast + 1)
        self._slow_weight = 2 / (self.slow + 1)
        self._fast_rest = 1 - self._fast_weight
        self._slow_rest = 1 - self._slow_weight

    def on_tick(self, tick: Tick) -> None:
        """The averages move with each trade."""
        price = tick.price
        averages = self._averages.get(tick.symbol)
        if averages is None:
            self._averages[tick.symbol] = _Averages(price)
            return
        averages.fast = fast = self._fast_weight * price + self._fast_rest * averages.fast
        averages.slow = slow = self._slow_weight * price + self._slow_rest * averages.slow
        is_above = fast > slow
        if is_above is averages.is_above:
            return
        if averages.is_above is None:
            averages.seen += 1
            if averages.seen < self.slow:
                return
        averages.is_above = is_above
        self._turn(tick.symbol, 1 if is_above else -1)
