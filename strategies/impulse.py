"""The Impulse Engine: follow a strong move, with a stop and a target resting at the venue from the first fill on.

A bar triggers when the return over the last `lookback` bars is several times what recent volatility explains. The
target must pay for the round trip more than `edge` times over: both taker fees and the spread; otherwise the move is
let go. A position that reaches neither stop nor target is closed after `hold` bars, because the impulse is over.
"""

from collections.abc import Mapping
from typing import Any, ClassVar

from engine.events import Candle
from engine.features import Feature
from engine.strategy import Strategy
from strategies.parameters import above_zero, not_below_zero, whole

MINUTE_NS = 60_000_000_000


class _Watch:
    """What is remembered of one symbol."""

    __slots__ = ("momentum", "range", "rest_until", "since", "volatility")

    def __init__(self, momentum: int, volatility: int, range_: int) -> None:
        self.momentum = momentum
        self.volatility = volatility
        self.range = range_
        self.since: int | None = None  # when the open position was entered
        self.rest_until = 0


class Impulse(Strategy):
    """One position a symbol at a time."""

    defaults: ClassVar[Mapping[str, Any]] = {
        "lookback": 30,  # bars of the move
        "memory": 180,  # bars of what is normal
        "threshold": 2.0,  # the move in standard deviations
        "stop_ranges": 10.0,  # stop, in average true ranges of a bar
        "target_ranges": 25.0,
        "edge": 4.0,  # the target over the cost of the round trip
        "hold": 480,
        "rest": 120,  # bars of rest after an entry
    }

    def __init__(self, name: str, symbols: tuple[str, ...], parameters: Mapping[str, Any]) -> None:
        super().__init__(name, symbols, parameters)
        given = self.parameters
        self._lookback = whole(name, given, "lookback", at_least=2)
        self._memory = whole(name, given, "memory", at_least=2)
        self._threshold = float(above_zero(name, given, "threshold"))
        self._stop_ranges = float(above_zero(name, given, "stop_ranges"))
        self._target_ranges = float(above_zero(name, given, "target_ranges"))
        self._edge = float(not_below_zero(name, given, "edge"))
        self._hold = whole(name, given, "hold", at_least=1)
        self._rest = whole(name, given, "rest", at_least=0)

    def prepare(self) -> None:
        """Declare what has to be known."""
        lookback, memory, interval = self._lookback, self._memory, self.interval_ns
        # Where a coin is there twice, the perpetual is followed: it can be sold, and costs half as much to trade.
        perpetuals = tuple(symbol for symbol in self.symbols if not self.desk.instrument(symbol).is_spot)
        self._watched = {
            symbol: _Watch(
                self.desk.declare(Feature("momentum", symbol, interval, lookback)),
                self.desk.declare(Feature("volatility", symbol, interval, memory)),
                self.desk.declare(Feature("atr", symbol, interval, memory)),
            )
            for symbol in perpetuals or self.symbols
        }

    def on_candle(self, candle: Candle) -> None:
        """Look for an impulse, or for the end of one."""
        watch = self._watched.get(candle.symbol)
        if watch is None:
            return
        if self.desk.held(candle.symbol):
            self._mind(candle, watch)
        else:
            watch.since = None
            if candle.ts >= watch.rest_until:
                self._look(candle, watch)

    def _mind(self, candle: Candle, watch: _Watch) -> None:
        if watch.since is None:
            watch.since = candle.ts
        bars = (candle.ts - watch.since) // self.interval_ns
        if bars >= self._hold:
            self.desk.signal(candle.symbol, 0, 1.0, f"neither stop nor target in {bars} bars")

    def _look(self, candle: Candle, watch: _Watch) -> None:
        momentum = self.desk.features[watch.momentum]
        volatility = self.desk.features[watch.volatility]
        average_range = self.desk.features[watch.range]
        if momentum is None or not volatility or not average_range:
            return
        strength = momentum / (volatility * self._lookback**0.5)
        if abs(strength) < self._threshold:
            return
        direction = 1 if strength > 0 else -1
        price = candle.close
        gain = self._target_ranges * average_range
        cost = self._round_trip(candle.symbol, price)
        watch.rest_until = candle.ts + self._rest * self.interval_ns
        if gain < self._edge * cost:
            self.desk.let_go(
                candle.symbol,
                f"a move of {momentum:+.2%} is {abs(strength):.1f} times the usual, but the target pays only "
                f"{gain / cost:.1f} times the round trip; {self._edge:g} is the least",
            )
            return
        self.desk.signal(
            candle.symbol,
            direction,
            min(1.0, abs(strength) / (2 * self._threshold)),
            f"a move of {momentum:+.2%} is {abs(strength):.1f} times the usual; "
            f"the target pays {gain / cost:.1f} times the round trip",
            stop=price - direction * self._stop_ranges * average_range,
            target=price + direction * gain,
        )

    def _round_trip(self, symbol: str, price: float) -> float:
        """What entering and leaving costs, in price: two taker fees and the spread."""
        market = self.desk.market(symbol)
        spread = 0.0 if market.bid is None or market.ask is None else market.ask - market.bid
        return 2 * float(market.instrument.fee_taker) * price + spread
