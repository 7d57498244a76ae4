"""A stage for the correspondence with an exchange: a kernel whose exchange is the test itself, word for word."""

from collections.abc import Callable
from decimal import Decimal
from typing import Any

from analytics.features import RunningFeatures
from engine import events
from engine.clock import Timeline
from engine.commands import Command
from engine.exchange.correspondence import Correspondence
from engine.exchange.patience import Patience
from engine.exchange.questions import (
    ClockTruth,
    Executions,
    FindOrder,
    ListExecutions,
    ListOpenOrders,
    ListPayments,
    ListPositions,
    NotFound,
    OpenOrders,
    OrderTruth,
    Payments,
    Positions,
    PositionTruth,
    Question,
    ReadClock,
    ReadWallet,
    Reply,
    WalletTruth,
)
from engine.gate import OrderRequest
from engine.kernel import Kernel, KernelSettings
from engine.orders import Order, Status
from risk.open_gate import OpenGate
from tests.rehearsal import ALL_KINDS, PERP, SECOND, SPOT, START, instrument


class Slip:
    """A ticket that the test settles."""

    def __init__(self, is_durable: bool | None = True) -> None:
        self.seq = 1
        self.is_durable = bool(is_durable)
        self.is_settled = is_durable is not None
        self._callbacks: list[Callable[..., None]] = []

    def wait(self, timeout_s: float | None = None) -> None:
        """Nobody waits here."""

    def when_settled(self, callback: Callable[..., None]) -> None:
        if self.is_settled:
            callback(self)
        else:
            self._callbacks.append(callback)

    def settle(self, is_durable: bool = True) -> None:
        """The disk has decided."""
        self.is_settled, self.is_durable = True, is_durable
        for callback in self._callbacks:
            callback(self)


class Spoken:
    """An exchange that does nothing by itself: it keeps what it is sent, and answers what the test has put there."""

    def __init__(self, timeline: Timeline) -> None:
        self._timeline = timeline
        self.sent: list[Command] = []
        self.asked: list[tuple[int, Question]] = []
        self.orders: dict[str, OrderTruth] = {}
        self.executions: list[events.Execution] = []
        self.payments: list[events.FundingPaid | events.Transferred] = []
        self.positions: list[PositionTruth] = []
        self.cash = Decimal(10_000)
        self.is_silent = False
        self.answers_late_ns = 0
        self.breaks: Exception | None = None

    def send(self, command: Command) -> None:
        if self.breaks is not None:
            raise self.breaks
        self.sent.append(command)

    def ask(self, question: Question, answer: Callable[[Reply], None]) -> None:
        self.asked.append((self._timeline.now_ns, question))
        if not self.is_silent:
            reply = self.reply(question)
            if self.answers_late_ns:
                self._timeline.post(self._timeline.now_ns + self.answers_late_ns, answer, reply)
            else:
                answer(reply)

    def reply(self, question: Question) -> Reply:
        match question:
            case FindOrder():
                return self.orders.get(question.order_id) or NotFound()
            case ListOpenOrders():
                ended = (Status.FILLED, Status.CANCELLED, Status.EXPIRED, Status.REJECTED)
                return OpenOrders(tuple(truth for truth in self.orders.values() if truth.status not in ended))
            case ListExecutions():
                return Executions(tuple(each for each in self.executions if each.ts >= question.since_ns))
            case ListPayments():
                return Payments(tuple(each for each in self.payments if each.ts >= question.since_ns))
            case ListPositions():
                return Positions(tuple(self.positions))
            case ReadWallet():
                return WalletTruth(self.cash)
            case ReadClock():
                return ClockTruth(self._timeline.now_ns)

    def has(self, order: Order, status: Status = Status.ACCEPTED, filled: str = "0", **changes: Any) -> OrderTruth:
        """The exchange knows this order."""
        fields: dict[str, Any] = {
            "order_id": order.id,
            "exchange_id": f"x-{order.id}",
            "symbol": order.symbol,
            "side": order.side,
            "type": order.type,
            "status": status,
            "quantity": order.quantity,
            "filled": Decimal(filled),
            "price": order.price,
            "trigger_price": order.trigger_price,
            "reduce_only": order.reduce_only,
        }
        truth = self.orders[order.id] = OrderTruth(**(fields | changes))
        return truth

    def fills(self, order: Order, quantity: str, price: str, name: str, ts: int) -> events.Execution:
        """The exchange executed this, and its books show it."""
        amount = Decimal(quantity)
        execution = events.Execution(
            ts, name, order.id, order.symbol, order.side, amount, Decimal(price), Decimal(0), "USDT", maker=False
        )
        self.executions.append(execution)
        held = sum((each.quantity * each.side for each in self.executions), Decimal(0))
        self.positions = [PositionTruth(order.symbol, held, Decimal(price))] if held else []
        return execution


class Frozen:
    """Remembers what was frozen and thawed."""

    def __init__(self) -> None:
        self.scopes: dict[str, str] = {}

    def freeze(self, scope: str, reason: str) -> None:
        self.scopes[scope] = reason

    def thaw(self, scope: str) -> None:
        del self.scopes[scope]


class Stage:
    """A kernel, the correspondence, and everything that was told."""

    def __init__(self, patience: Patience | None = None) -> None:
        self.timeline = Timeline(START)
        self.exchange = Spoken(self.timeline)
        self.told: list[events.Event] = []
        self.frozen = Frozen()
        self.orphans: list[str] = []
        self.ticket: Slip | None = Slip()  # for what is sent next
        self.kernel = Kernel(
            KernelSettings(capital=Decimal(10_000), start_ns=START),
            self.timeline,
            [instrument(PERP), instrument(SPOT)],
            OpenGate(),
            RunningFeatures(),
            lambda command: self.parts.courier.send(command, self.ticket),
        )
        for kind in ALL_KINDS:
            self.kernel.bus.subscribe(kind, self.told.append)
        self.account = self.kernel.account
        self.desk = self.kernel.orders
        self.parts = correspondence(self.kernel, self.exchange, self.frozen, self.orphans, patience)
        self.say(events.Tick(START, PERP, 100.0, 1.0))
        self.say(events.Tick(START, SPOT, 100.0, 1.0))

    @property
    def now(self) -> int:
        return self.timeline.now_ns

    def say(self, event: events.Event) -> None:
        """The exchange says something by itself."""
        self.parts.catch_up.deliver(event)

    def pass_time(self, seconds: float) -> None:
        self.timeline.advance(self.now + int(seconds * SECOND))

    def place(self, side: int = 1, quantity: str = "2", symbol: str = PERP, **wishes: Any) -> Order:
        return self.desk.place(OrderRequest(symbol=symbol, side=side, quantity=Decimal(quantity), **wishes))

    def accept(self, order: Order) -> None:
        self.say(events.OrderAccepted(self.now, order.id, order.symbol, f"x-{order.id}"))

    def names(self, order: Order) -> list[str]:
        """What was told of an order, by name."""
        return [type(event).__name__ for event in self.told if getattr(event, "order_id", None) == order.id]

    def heard(self, kind: type[events.Event]) -> list[Any]:
        return [event for event in self.told if type(event) is kind]


def correspondence(
    kernel: Kernel, exchange: Any, frozen: Frozen, orphans: list[str], patience: Patience | None = None
) -> Correspondence:
    """The parts joined as a real run joins them."""
    return Correspondence(
        kernel,
        exchange,
        frozen,
        cancel_orphan=lambda truth: orphans.append(truth.order_id),
        floor_ns=START,
        patience=patience,
    )
