"""Orders whose fate is unknown: looked for at the exchange until its answer, or a proof, says what became of them.

An order that the exchange shows is adopted with everything we have not heard. One it does not show is dead only when
two looks agree, some seconds apart and both after the fence, with every message in between read: before that, not found
means not yet. An error or silence proves nothing, ever. A question is never the reason to send an order again.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from engine import events
from engine.bus import Bus
from engine.clock import Timeline
from engine.exchange.adoption import ending, overdue
from engine.exchange.asking import Asking
from engine.exchange.catching_up import CatchUp, Find
from engine.exchange.patience import Patience
from engine.exchange.private_stream import PrivateStream
from engine.exchange.questions import FindOrder, NotFound, OrderTruth
from engine.orders import Order, Status

COMPONENT = "orders"
Found = Callable[[Order], None]


@dataclass(slots=True)
class _Case:
    """One order that is being looked for."""

    order: Order
    began_ns: int
    was_unknown: bool = False
    tried: int = 0
    absent_ns: int | None = None  # when it was not found for the first time after the fence
    is_alarming: bool = False
    when_found: list[Found] = field(default_factory=list)  # who acts on an order that turned out to rest


class Inquiry:
    """All cases at once; an order has at most one."""

    def __init__(
        self,
        timeline: Timeline,
        bus: Bus,
        asking: Asking,
        catch_up: CatchUp,
        find: Find,
        open_orders: Callable[[], Iterable[Order]],
        patience: Patience,
    ) -> None:
        self._timeline = timeline
        self._bus = bus
        self._asking = asking
        self._catch_up = catch_up
        self._find = find
        self._open_orders = open_orders
        self._patience = patience
        self.began_ns = 0  # of this run: an order of an earlier one may have left until then, by whatever clock
        self._cases: dict[str, _Case] = {}
        self._when_quiet: list[Callable[[], None]] = []
        self.stream = PrivateStream(timeline, bus, asking, catch_up, self, patience)
        catch_up.doubt = self._doubt

    @property
    def unknown(self) -> int:
        """How many orders are being looked for."""
        return len(self._cases)

    def lose(self, order: Order, reason: str, when_found: Found | None = None) -> None:
        """No answer came: from now on nobody may assume anything of this order."""
        if order.status is not Status.UNKNOWN:
            self._bus.publish(events.OrderUnknown(self._timeline.now_ns, order.id, order.symbol, reason))
        self.look(order, when_found)
        self._cases[order.id].was_unknown = True

    def look(self, order: Order, when_found: Found | None = None) -> None:
        """Ask after an order, whatever we think of it."""
        case = self._cases.get(order.id)
        if case is None:
            now = self._timeline.now_ns
            case = self._cases[order.id] = _Case(order, now)
            self._timeline.post(now + self._patience.retry_ns(0), self._ask, case)
            self._timeline.post(now + self._patience.alarm_ns, self._alarm, case)
        if when_found is not None:
            case.when_found.append(when_found)

    def compare(self, truths: tuple[OrderTruth, ...], *, is_fresh: bool) -> list[OrderTruth]:
        """Hold a list of all open orders against ours: adopt, look for what it lacks, and return what is not ours."""
        now = self._timeline.now_ns
        strangers = []
        listed = {truth.order_id for truth in truths}
        for order in list(self._open_orders()):
            if order.id not in listed and order.status is not Status.SUBMITTED:
                self.look(order)
        for truth in truths:
            ours = self._find(truth.order_id) or self._leg(truth)
            if ours is None:
                strangers.append(truth)
            elif ours.is_open:
                for event in overdue(ours, truth, now, is_fresh=is_fresh):
                    self._bus.publish(event)
                if ours.filled < truth.filled:
                    self.look(ours)
        return strangers

    def when_quiet(self, call: Callable[[], None]) -> None:
        """Call once nothing is unknown; at once if nothing is."""
        if self._cases:
            self._when_quiet.append(call)
        else:
            call()

    def _doubt(self, order_id: str) -> None:
        order = self._find(order_id)
        if order is not None and order.is_open:
            self.look(order)

    # --- one case

    def _ask(self, case: _Case) -> None:
        order = case.order
        if self._cases.get(order.id) is not case:
            return
        if not order.is_open or (case.was_unknown and order.status is not Status.UNKNOWN):
            self._close(case)  # the news came by itself
            return
        asked_ns, was_whole, heard = self._timeline.now_ns, self.stream.is_whole, self._catch_up.heard

        def answered(reply: object) -> None:
            if self._cases.get(order.id) is not case:
                return
            if isinstance(reply, OrderTruth):
                case.absent_ns = None
                self._adopt(case, reply, is_fresh=heard == self._catch_up.heard)
            elif isinstance(reply, NotFound) and was_whole and self.stream.is_whole and asked_ns >= self._fence(order):
                self._absent(case, asked_ns)
            else:
                self._again(case)

        self._asking.ask(FindOrder(order.id), answered)

    def _again(self, case: _Case) -> None:
        """Later, and for ever while it is unknown; the fence is worth a look of its own."""
        case.absent_ns = None
        now = self._timeline.now_ns
        due = now + self._patience.retry_ns(case.tried)
        fence = self._fence(case.order)
        case.tried += 1
        self._timeline.post(fence if now < fence < due else due, self._ask, case)

    def _adopt(self, case: _Case, truth: OrderTruth, *, is_fresh: bool) -> None:
        order = case.order
        case.was_unknown = False  # it is known now; what is left is to hear the rest of it
        for event in overdue(order, truth, self._timeline.now_ns, is_fresh=is_fresh):
            self._bus.publish(event)

        def filled(_: int | None) -> None:
            if self._cases.get(order.id) is not case:
                return
            if order.filled < truth.filled:  # the exchange knows more than it lists yet
                self._again(case)
                return
            event = ending(order, truth, self._timeline.now_ns)
            if event is not None:
                self._bus.publish(event)
            self._close(case)

        if order.filled < truth.filled:
            self._catch_up.executions(order.created_at - self._patience.overlap_ns, filled)
        else:
            filled(0)

    def _absent(self, case: _Case, asked_ns: int) -> None:
        """It was not found, at a moment when that means something."""
        order, patience = case.order, self._patience
        now = self._timeline.now_ns
        if case.absent_ns is None or asked_ns < case.absent_ns + patience.between_ns:
            case.absent_ns = now if case.absent_ns is None else case.absent_ns
            self._timeline.post(case.absent_ns + patience.between_ns, self._ask, case)
        elif not order.is_open:
            self._close(case)
        elif order.exchange_id is None and not order.filled:
            self._never_taken(order)
            self._close(case)
        elif order.created_at + patience.keeps_ended_ns < now:
            # It was looked for among the executions too; what was left of it ended too long ago to be remembered.
            self._bus.publish(events.OrderCancelled(now, order.id, order.symbol, "ClosedUnseen"))
            self._close(case)
        else:  # it was taken once, so it cannot be nowhere: nothing is declared dead
            self._again(case)

    def _never_taken(self, order: Order) -> None:
        now = self._timeline.now_ns
        reason = "the exchange did not know it in two looks after it could have taken it"
        if order.status is not Status.UNKNOWN:
            self._bus.publish(events.OrderUnknown(now, order.id, order.symbol, reason))
        self._bus.publish(events.OrderNotAccepted(now, order.id, order.symbol, reason))

    def _close(self, case: _Case) -> None:
        del self._cases[case.order.id]
        if case.is_alarming and not any(other.is_alarming for other in self._cases.values()):
            self._say("healthy", "the fate of every order is known")
        if case.order.is_open:
            for call in case.when_found:
                call(case.order)
        if not self._cases:
            calls, self._when_quiet = self._when_quiet, []
            for quiet in calls:
                quiet()

    def _alarm(self, case: _Case) -> None:
        if self._cases.get(case.order.id) is case:
            case.is_alarming = True
            waited = self._patience.alarm_ns // 1_000_000_000
            self._say("degraded", f"the fate of order {case.order.id} has been unknown for {waited} s; still asking")

    def _fence(self, order: Order) -> int:
        return self._patience.fence_ns(max(order.created_at, self.began_ns))

    def _leg(self, truth: OrderTruth) -> Order | None:
        """A stop or target that came along with an entry of ours, if we have not heard of it yet."""
        parent_id, _, leg = truth.order_id.partition(".")
        if not leg or self._find(parent_id) is None:
            return None
        self._bus.publish(events.OrderAccepted(self._timeline.now_ns, truth.order_id, truth.symbol, truth.exchange_id))
        return self._find(truth.order_id)

    def _say(self, state: str, reason: str) -> None:
        self._bus.publish(events.HealthChanged(self._timeline.now_ns, COMPONENT, state, reason))
