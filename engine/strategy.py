"""What a strategy is: it sees events, keeps what it needs, and says what it wants. It never sees an exchange."""

from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal
from typing import Any, ClassVar, Protocol

from engine.clock import Timer
from engine.events import Candle, FeaturesReady, FundingRate, OrderDenied, OrderFilled, OrderPartlyFilled, Quote, Tick
from engine.features import Feature
from engine.gate import OrderRequest
from engine.instruments import Instrument
from engine.markets import Market


class Desk(Protocol):
    """What a strategy may do and look at while it runs."""

    def now_ns(self) -> int:
        """The present, as the last event said."""
        ...

    def signal(
        self,
        symbol: str,
        direction: int,
        conviction: float,
        reason: str,
        *,
        stop: float | None = None,
        target: float | None = None,
        quantity: Decimal | None = None,
    ) -> None:
        """Say what is wanted; the gate makes an order of it, or does not."""
        ...

    def let_go(self, symbol: str, reason: str) -> None:
        """Say why nothing is done about something that was seen; people read it."""
        ...

    def order(self, request: OrderRequest) -> None:
        """Ask for one exact order, for strategies that play a list."""
        ...

    def held(self, symbol: str) -> Decimal:
        """The strategy's own signed quantity."""
        ...

    def market(self, symbol: str) -> Market:
        """The last known prices."""
        ...

    def instrument(self, symbol: str) -> Instrument:
        """Filters and costs."""
        ...

    def declare(self, feature: Feature) -> int:
        """Ask for a feature; its handle reads the value later."""
        ...

    @property
    def features(self) -> Sequence[float | None]:
        """The newest values by handle, None while too few bars were seen."""
        ...

    def at(self, due_ns: int, call: Callable[..., None], *arguments: Any) -> Timer:
        """Be called at a moment."""
        ...


class Strategy:
    """The base of all strategies. Override the hooks that matter; the others are never called.

    `interval_ns` names the bars it wants; 0 takes those the feed brings (a minute when it brings trades).
    """

    interval_ns: int = 0
    defaults: ClassVar[Mapping[str, Any]] = {}

    def __init__(self, name: str, symbols: tuple[str, ...], parameters: Mapping[str, Any]) -> None:
        self.name = name
        self.symbols = symbols
        self.parameters = {**self.defaults, **parameters}
        self.desk: Desk

    def prepare(self) -> None:
        """The desk is there: declare features. What they need of the past is fed before `start`."""

    def start(self) -> None:
        """Trading begins: forget what was seen before, set timers."""

    def on_tick(self, tick: Tick) -> None:
        """A trade took place."""

    def on_quote(self, quote: Quote) -> None:
        """The best bid or ask changed."""

    def on_candle(self, candle: Candle) -> None:
        """A bar closed."""

    def on_features(self, ready: FeaturesReady) -> None:
        """Declared features have new values."""

    def on_funding_rate(self, rate: FundingRate) -> None:
        """A funding rate was announced."""

    def on_fill(self, fill: OrderFilled | OrderPartlyFilled) -> None:
        """One of its own orders was filled, in whole or in part."""

    def on_denied(self, denial: OrderDenied) -> None:
        """One of its own wishes was refused by the gate."""
