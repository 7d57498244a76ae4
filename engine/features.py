"""The port through which strategies get features: declared once, fed by the kernel, the same live and in a backtest."""

from collections.abc import Callable, Sequence
from typing import Protocol

import msgspec

from engine.events import Candle


class Feature(msgspec.Struct, frozen=True, gc=False):
    """What a strategy wants to know: a named indicator of one symbol over so many bars of an interval."""

    name: str
    symbol: str
    interval_ns: int
    length: int


class FeatureSource(Protocol):
    """Whoever calculates features. A value is None until enough bars were seen."""

    def declare(self, feature: Feature) -> int:
        """Register a feature and get its handle; raises `ValueError` for a name it does not know."""
        ...

    def on_candle(self, candle: Candle) -> bool:
        """Take a closed bar; whether any declared feature changed."""
        ...

    def only_on(self, symbol: str, interval_ns: int) -> Callable[[Candle], None]:
        """What takes the bars of a run that has no others: it need not look which they are."""
        ...

    @property
    def values(self) -> Sequence[float | None]:
        """The newest of all, by handle: always the same sequence, so that reading one costs no call."""
        ...
