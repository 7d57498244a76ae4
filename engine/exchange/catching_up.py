"""The door for the exchange's news, and what is read up on where some of it may have been missed: each fact once.

An execution is known by its id. Funding and transfers have none: where the same moment and amount are told again, the
exchange's list decides whether there were two.
"""

from collections import Counter
from collections.abc import Callable, Iterable
from decimal import Decimal

from engine import events
from engine.bus import Bus
from engine.exchange.asking import Asking
from engine.exchange.questions import Executions, ListExecutions, ListPayments, Payments
from engine.orders import Order, Status
from engine.refusals import Refusal

Find = Callable[[str], Order | None]
# How many facts were missing and are told now; None when the exchange could not be read.
Read = Callable[[int | None], None]
_Payment = events.FundingPaid | events.Transferred
PaymentKey = tuple[int, str, Decimal]  # its moment, its symbol or nothing for a transfer, its amount

_NEWS: tuple[type[events.Event], ...] = (
    events.OrderAccepted,
    events.OrderRejected,
    events.OrderAmended,
    events.RequestRefused,
    events.OrderTriggered,
    events.OrderCancelled,
    events.OrderExpired,
    events.OrderNotAccepted,
    events.Execution,
    events.FundingPaid,
    events.Transferred,
)
_AfterAcceptance = (
    events.Execution | events.OrderAmended | events.OrderTriggered | events.OrderCancelled | events.OrderExpired
)
_REMEMBERED_PAYMENTS = 20_000


class CatchUp:
    """Where everything passes that an exchange says, by itself or when asked."""

    def __init__(
        self, bus: Bus, asking: Asking, find: Find, knows_execution: Callable[[str], bool], floor_ns: int
    ) -> None:
        self._bus = bus
        self._asking = asking
        self._find = find
        self._knows_execution = knows_execution
        self._floor_ns = floor_ns  # what happened before is in the opening balance
        self._booked: Counter[PaymentKey] = Counter()
        self._held: list[events.Event] | None = None
        self.heard = 0  # facts that changed, or could have changed, the books
        self.heard_of: Counter[str] = Counter()  # the same by symbol
        self.repeated = 0  # told again, and not believed again
        self.told_late = 0  # found by reading
        self.doubt: Callable[[str], None] = _nobody  # who asks after an order of which the news are no answer
        self.lost: Callable[[events.OrderUnknown], None] = _nobody  # and after one of which an adapter knows nothing
        for kind in _NEWS:
            bus.subscribe(kind, self._count)

    # --- what the exchange says by itself

    def deliver(self, event: events.Event) -> None:
        """Take news from the exchange: what was told before is counted, all else goes on."""
        if self._held is not None:
            self._held.append(event)
        elif isinstance(event, events.OrderRejected) and event.code == Refusal.DUPLICATE_CLIENT_ID:
            self.repeated += 1  # the order came twice; this is about the second, and the first one lives
            self.doubt(event.order_id)
        elif isinstance(event, events.OrderUnknown):
            self.lost(event)
        elif not self._is_repeated(event):
            self._tell(event)

    def hold(self) -> None:
        """Keep news back until the picture it belongs to has been read."""
        if self._held is None:
            self._held = []

    def release(self) -> None:
        """The picture is there: tell what was kept back."""
        held, self._held = self._held or [], None
        for event in held:
            self.deliver(event)

    # --- what it says when asked

    def executions(self, since_ns: int, then: Read) -> None:
        """Read the executions since a moment and tell those that are missing."""

        def read(reply: object) -> None:
            if not isinstance(reply, Executions):
                then(None)
                return
            missing = {
                each.execution_id: each
                for each in reply.executions
                if each.ts >= self._floor_ns and not self._knows_execution(each.execution_id)
            }
            self.told_late += len(missing)
            for execution in missing.values():
                self._tell(execution)
            then(len(missing))

        self._asking.ask(ListExecutions(max(since_ns, self._floor_ns)), read)

    def payments(self, since_ns: int, then: Read) -> None:
        """Read funding and transfers since a moment and tell those that are missing."""

        def read(reply: object) -> None:
            if not isinstance(reply, Payments):
                then(None)
                return
            listed: Counter[PaymentKey] = Counter()
            missing: list[_Payment] = []
            for payment in reply.payments:
                key = _key(payment)
                listed[key] += 1
                if payment.ts >= self._floor_ns and listed[key] > self._booked[key]:
                    missing.append(payment)
            self.told_late += len(missing)
            for payment in missing:
                self._tell(payment)
            then(len(missing))

        self._asking.ask(ListPayments(max(since_ns, self._floor_ns)), read)

    # --- what has to be known again after a state was loaded instead of folded

    def save(self) -> list[tuple[PaymentKey, int]]:
        """The payments that are in the books, and how often each."""
        return list(self._booked.items())

    def load(self, payments: Iterable[tuple[PaymentKey, int]]) -> None:
        """These are in the books already."""
        self._booked.update(dict(payments))

    # --- telling

    def _tell(self, event: events.Event) -> None:
        if isinstance(event, _AfterAcceptance):
            self._introduce(event)
        self._bus.publish(event)

    def _introduce(self, event: _AfterAcceptance) -> None:
        """News that overtook the acceptance of its order presuppose it; so do those of a leg that an entry brought."""
        order = self._find(event.order_id)
        if order is None:
            parent_id, _, leg = event.order_id.partition(".")
            is_overtaken = bool(leg) and self._find(parent_id) is not None
        else:
            is_overtaken = order.status is Status.SUBMITTED and isinstance(event, events.OrderAmended)
        if is_overtaken:
            self._bus.publish(events.OrderAccepted(event.ts, event.order_id, event.symbol, ""))

    def _is_repeated(self, event: events.Event) -> bool:
        if isinstance(event, events.Execution):
            is_repeated = self._knows_execution(event.execution_id)
        elif isinstance(event, _Payment):
            is_repeated = self._booked[_key(event)] > 0
            if is_repeated:
                self.payments(event.ts, _whatever)
        else:
            return False
        self.repeated += is_repeated
        return is_repeated

    def _count(self, event: events.Event) -> None:
        self.heard += 1
        if isinstance(event, _Payment):
            self._booked[_key(event)] += 1
            if len(self._booked) > _REMEMBERED_PAYMENTS:
                del self._booked[next(iter(self._booked))]
        self.heard_of[getattr(event, "symbol", "")] += 1


def _whatever(_: int | None) -> None:
    """What was missing has been told; what could not be read will be, with the next comparison."""


def _nobody(_: object) -> None:
    """Until somebody asks."""


def _key(payment: _Payment) -> PaymentKey:
    return payment.ts, getattr(payment, "symbol", ""), payment.amount
