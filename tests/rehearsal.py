"""A stage for the kernel: two instruments, an open gate, and a venue whose lines the test itself speaks."""

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from analytics.features import RunningFeatures
from engine import events
from engine.clock import Timeline
from engine.commands import Command, SubmitOrder
from engine.gate import OrderRequest, RiskGate
from engine.instruments import Instrument, Kind, MarginTier
from engine.kernel import Kernel, KernelSettings
from engine.orders import Order
from risk.open_gate import OpenGate

SECOND = 1_000_000_000
MINUTE = 60 * SECOND
DAY = 86_400 * SECOND
START = 20_454 * DAY  # midnight, 2026-01-01
PERP = "BTC/USDT:USDT"
SPOT = "BTC/USDT"

ALL_KINDS: tuple[type[events.Event], ...] = tuple(
    sorted(
        (kind for kind in vars(events).values() if isinstance(kind, type) and issubclass(kind, events.Event)),
        key=lambda kind: kind.__name__,
    )
)


def instrument(symbol: str) -> Instrument:
    """Coarse filters and round fees, so that sums can be done in the head."""
    spot = ":" not in symbol
    return Instrument(
        symbol=symbol,
        kind=Kind.SPOT if spot else Kind.PERPETUAL,
        base=symbol.partition("/")[0],
        quote="USDT",
        tick=Decimal("0.5"),
        lot=Decimal("0.001"),
        min_quantity=Decimal("0.001"),
        max_quantity=Decimal(1_000),
        max_market_quantity=Decimal(500),
        min_notional=Decimal(5),
        min_price=Decimal("0.5"),
        max_price=Decimal(10_000_000),
        fee_maker=Decimal("0.0002"),
        fee_taker=Decimal("0.001"),
        fee_in_base=spot,
        tiers=() if spot else (MarginTier(Decimal(1_000_000), Decimal(50), Decimal("0.01")),),
    )


class Stage:
    """A kernel, everything it told, and everything it sent to a venue that does nothing by itself."""

    def __init__(
        self,
        symbols: Sequence[str] = (PERP, SPOT),
        *,
        gate: RiskGate | None = None,
        capital: str = "10000",
        start_ns: int = START,
        native_ns: int = 0,
    ) -> None:
        self.timeline = Timeline(start_ns)
        self.sent: list[Command] = []
        self.told: list[events.Event] = []
        settings = KernelSettings(
            capital=Decimal(capital), start_ns=start_ns, native_ns=native_ns, leverage=Decimal(10)
        )
        instruments = [instrument(symbol) for symbol in symbols]
        self.kernel = Kernel(
            settings, self.timeline, instruments, gate or OpenGate(), RunningFeatures(), self.sent.append
        )
        self.account = self.kernel.account
        self.orders = self.kernel.orders
        for kind in ALL_KINDS:
            self.kernel.bus.subscribe(kind, self.told.append)
        self._executions = 0

    @property
    def now(self) -> int:
        return self.timeline.now_ns

    def heard(self, *kinds: type[events.Event]) -> list[events.Event]:
        """What was told of these kinds, in order."""
        return [event for event in self.told if isinstance(event, kinds)]

    # --- the market

    def tick(self, price: float, symbol: str = PERP, *, after_ns: int = 0) -> None:
        self.timeline.advance(self.now + after_ns)
        self.say(events.Tick(self.now, symbol, price, 1.0))

    # --- the venue

    def say(self, event: events.Event) -> None:
        self.kernel.bus.publish(event)

    def place(self, side: int, quantity: str, symbol: str = PERP, **wishes: Any) -> Order:
        return self.orders.place(OrderRequest(symbol=symbol, side=side, quantity=Decimal(quantity), **wishes))

    def accept(self, order_id: str, symbol: str = PERP) -> None:
        self.say(events.OrderAccepted(self.now, order_id, symbol, f"venue {order_id}"))

    def execute(
        self,
        order: Order | SubmitOrder | None,
        quantity: str,
        price: str,
        *,
        fee: str = "0",
        fee_currency: str = "USDT",
        execution_id: str = "",
        side: int = 1,
        symbol: str = PERP,
        kind: str = "trade",
        ts: int | None = None,
    ) -> None:
        """The venue's fact that quantity changed hands; of no order of ours when there is none."""
        self._executions += 1
        if isinstance(order, Order):
            order_id, symbol, side = order.id, order.symbol, order.side
        elif order is not None:
            order_id, symbol, side = order.order_id, order.symbol, order.side
        else:
            order_id = f"{kind} {self._executions}"
        self.say(
            events.Execution(
                self.now if ts is None else ts,
                execution_id or f"execution {self._executions}",
                order_id,
                symbol,
                side,
                Decimal(quantity),
                Decimal(price),
                Decimal(fee),
                fee_currency,
                maker=False,
                kind=kind,
            )
        )

    def hold(self, side: int, quantity: str, price: str, symbol: str = PERP, **wishes: Any) -> Order:
        """Place a market order and have it filled at once."""
        order = self.place(side, quantity, symbol, **wishes)
        self.accept(order.id, symbol)
        self.execute(order, quantity, price)
        return order
