"""Buy at the first price and never sell: the measure of everything else."""

from engine.events import Candle, Tick
from engine.strategy import Strategy


class BuyAndHold(Strategy):
    """One purchase of each symbol."""

    def start(self) -> None:
        """Nothing is bought yet."""
        self._bought: set[str] = set()

    def on_tick(self, tick: Tick) -> None:
        """Buy at the first trade."""
        self._buy(tick.symbol)

    def on_candle(self, candle: Candle) -> None:
        """Buy at the first bar, where the feed brings only bars."""
        self._buy(candle.symbol)

    def _buy(self, symbol: str) -> None:
        if symbol not in self._bought:
            self._bought.add(symbol)
            self.desk.signal(symbol, 1, 1.0 / len(self.symbols), "hold from the beginning")
