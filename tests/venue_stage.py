"""A small stage for the simulated venue: market data and orders in plain words, and its answers by the line."""

from collections.abc import Callable
from decimal import Decimal
from typing import Any

from engine.clock import Timeline
from engine.commands import AmendOrder, CancelOrder, OrderType, SubmitOrder, TimeInForce, TriggerBy
from engine.events import (
    BookUpdate,
    Candle,
    Event,
    Execution,
    FundingPaid,
    FundingRate,
    MarkPrice,
    OrderAccepted,
    OrderAmended,
    OrderCancelled,
    OrderExpired,
    OrderRejected,
    OrderTriggered,
    Quote,
    RequestRefused,
    Tick,
    Transferred,
)
from engine.instruments import HOUR_NS, Instrument, Kind, MarginTier
from engine.money import plain
from engine.simulation.venue import SimulatedVenue

PERPETUAL = "BTC/USDT:USDT"
OTHER = "ETH/USDT:USDT"
SPOT = "BTC/USDT"
SECOND = 1_000_000_000
MINUTE = 60 * SECOND

TIERS = (
    MarginTier(Decimal(10_000), Decimal(100), Decimal("0.01")),
    MarginTier(Decimal(50_000), Decimal(20), Decimal("0.02"), Decimal(100)),
    MarginTier(Decimal(200_000), Decimal(5), Decimal("0.05"), Decimal(1_600)),
)


def perpetual(symbol: str = PERPETUAL, **changes: Any) -> Instrument:
    """A perpetual with round figures: tick 0.1, lot 0.001, maker 0.02 %, taker 0.1 %, three margin tiers."""
    fields: dict[str, Any] = {
        "symbol": symbol,
        "kind": Kind.PERPETUAL,
        "base": symbol.partition("/")[0],
        "quote": "USDT",
        "tick": Decimal("0.1"),
        "lot": Decimal("0.001"),
        "min_quantity": Decimal("0.001"),
        "max_quantity": Decimal(1_000),
        "max_market_quantity": Decimal(500),
        "min_notional": Decimal(5),
        "min_price": Decimal("0.1"),
        "max_price": Decimal(1_000_000),
        "fee_maker": Decimal("0.0002"),
        "fee_taker": Decimal("0.001"),
        "fee_liquidation": Decimal("0.005"),
        "funding_interval_ns": 8 * HOUR_NS,
        "tiers": TIERS,
    }
    return Instrument(**(fields | changes))


def spot(symbol: str = SPOT, **changes: Any) -> Instrument:
    """The same without margin; a purchase pays its fee in the coin."""
    return perpetual(symbol, **({"kind": Kind.SPOT, "fee_in_base": True, "tiers": ()} | changes))


class Stage:
    """One venue and everything it said. Time moves a microsecond with each thing that happens."""

    def __init__(self, *instruments: Instrument, capital: str | int = 10_000, **options: Any) -> None:
        self.timeline = Timeline(0)
        self.events: list[Event] = []
        self.symbol = (instruments or (perpetual(),))[0].symbol
        self.venue = SimulatedVenue(
            self.timeline, instruments or (perpetual(),), self.events.append, capital=Decimal(capital), **options
        )
        self._told = 0
        self._opened_ns = 0

    # --- time and market --------------------------------------------------------------------------------------------

    def pass_time(self, nanoseconds: int = 1_000) -> None:
        """Let time pass, and everything that is due with it."""
        self.timeline.advance(self.timeline.now_ns + nanoseconds)

    def _happen(self, tell: Callable[[Any], None], event: Event) -> list[str]:
        tell(event)
        self.timeline.advance(self.timeline.now_ns)
        return self.news()

    def tick(self, price: float, size: float = 1.0, side: int = 0, symbol: str = "") -> list[str]:
        """A trade of others."""
        self.pass_time()
        return self._happen(self.venue.on_tick, Tick(self.timeline.now_ns, symbol or self.symbol, price, size, side))

    def quote(self, bid: float, ask: float, bid_size: float = 1.0, ask_size: float = 1.0) -> list[str]:
        """Another best bid and ask."""
        self.pass_time()
        quote = Quote(self.timeline.now_ns, self.symbol, bid, ask, bid_size, ask_size)
        return self._happen(self.venue.on_quote, quote)

    def book(
        self, bids: dict[float, float] | None = None, asks: dict[float, float] | None = None, *, snapshot: bool = False
    ) -> list[str]:
        """Levels of the book, price to size."""
        self.pass_time()
        update = BookUpdate(
            self.timeline.now_ns,
            self.symbol,
            tuple((bids or {}).items()),
            tuple((asks or {}).items()),
            snapshot,
        )
        return self._happen(self.venue.on_book, update)

    def mark(self, price: float, symbol: str = "") -> list[str]:
        """Another mark."""
        self.pass_time()
        return self._happen(self.venue.on_mark, MarkPrice(self.timeline.now_ns, symbol or self.symbol, price, price))

    def announce_funding(self, rate: float, next_ns: int) -> list[str]:
        """A funding rate and its moment."""
        self.pass_time()
        event = FundingRate(self.timeline.now_ns, self.symbol, rate, next_ns)
        return self._happen(self.venue.on_funding, event)

    def open_bar(self, price: float) -> list[str]:
        """A bar of a minute opens, at the next full minute unless this is one."""
        self.timeline.advance(-(-self.timeline.now_ns // MINUTE) * MINUTE)
        self._opened_ns = self.timeline.now_ns
        self.venue.open_bar(self.symbol, self._opened_ns, price)
        self.timeline.advance(self.timeline.now_ns)
        return self.news()

    def close_bar(self, opened: float, high: float, low: float, close: float) -> list[str]:
        """The bar of this minute is over."""
        end = self._opened_ns + MINUTE
        self.timeline.advance(end)
        candle = Candle(end, self.symbol, end - MINUTE, opened, high, low, close, 1.0)
        return self._happen(self.venue.on_bar, candle)

    def close_mark_bar(self, opened: float, high: float, low: float, close: float) -> list[str]:
        """The bar of the mark of this minute is over."""
        end = self._opened_ns + MINUTE
        self.timeline.advance(end)
        candle = Candle(end, self.symbol, end - MINUTE, opened, high, low, close, 0.0)
        return self._happen(self.venue.on_mark_bar, candle)

    def bar(self, opened: float, high: float, low: float, close: float) -> list[str]:
        """A whole bar."""
        return self.open_bar(opened) + self.close_bar(opened, high, low, close)

    # --- commands ---------------------------------------------------------------------------------------------------

    def order(
        self, order_id: str, side: int, quantity: str | float, limit: str | None = None, **more: Any
    ) -> list[str]:
        """An order, at the market or with a limit, and what the venue answers at once."""
        kind = more.pop("type", OrderType.MARKET if limit is None else OrderType.LIMIT)
        for name in ("trigger_price", "trail", "stop", "target"):
            if more.get(name) is not None:
                more[name] = Decimal(str(more[name]))
        command = SubmitOrder(
            order_id,
            more.pop("symbol", self.symbol),
            side,
            OrderType(kind),
            Decimal(str(quantity)),
            None if limit is None else Decimal(limit),
            **more,
        )
        self.venue.send(command)
        return self.settle()

    def buy(self, order_id: str, quantity: str | float, limit: str | None = None, **more: Any) -> list[str]:
        """A purchase."""
        return self.order(order_id, 1, quantity, limit, **more)

    def sell(self, order_id: str, quantity: str | float, limit: str | None = None, **more: Any) -> list[str]:
        """A sale."""
        return self.order(order_id, -1, quantity, limit, **more)

    def cancel(self, order_id: str) -> list[str]:
        """Take an order back."""
        self.venue.send(CancelOrder(order_id, self.symbol))
        return self.settle()

    def amend(self, order_id: str, **changes: str) -> list[str]:
        """Change an order."""
        fields = {name: Decimal(value) for name, value in changes.items()}
        self.venue.send(AmendOrder(order_id, self.symbol, **fields))
        return self.settle()

    def settle(self) -> list[str]:
        """Let what was sent arrive now."""
        self.timeline.advance(self.timeline.now_ns)
        return self.news()

    # --- what was said ----------------------------------------------------------------------------------------------

    def news(self) -> list[str]:
        """What the venue said since the last time, a line each."""
        fresh = self.events[self._told :]
        self._told = len(self.events)
        return [tell(event) for event in fresh]

    @property
    def held(self) -> Decimal:
        """The signed position."""
        return self.venue.position(self.symbol).quantity

    def open_ids(self) -> list[str]:
        """The ids of all open orders."""
        return [order.order_id for order in self.venue.open_orders()]


def tell(event: Event) -> str:
    """An event in a few words."""
    match event:
        case OrderRejected() | OrderCancelled() | OrderExpired() | RequestRefused():
            verb = type(event).__name__.removeprefix("Order").removeprefix("Request").lower()
            text = f"{event.order_id} {verb}: {event.code}"
        case OrderAccepted():
            text = f"{event.order_id} accepted"
        case OrderTriggered():
            text = f"{event.order_id} triggered at {plain(event.price)}"
        case Execution():
            verb = "bought" if event.side > 0 else "sold"
            role = "maker" if event.maker else "taker" if event.kind == "trade" else event.kind
            text = f"{event.order_id} {verb} {plain(event.quantity)} at {plain(event.price)} as {role}"
        case OrderAmended():
            prices = " ".join(plain(p) for p in (event.trigger_price, event.price) if p is not None)
            text = f"{event.order_id} amended to {plain(event.quantity)} at {prices or 'market'}"
        case FundingPaid():
            text = f"funding {plain(event.amount)}"
        case Transferred():
            text = f"transferred {plain(event.amount)}"
        case _:
            raise AssertionError(f"the venue said {event}")
    return text


IOC, FOK, POST_ONLY = TimeInForce.IOC, TimeInForce.FOK, TimeInForce.POST_ONLY
MARK = TriggerBy.MARK
