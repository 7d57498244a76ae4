"""What must hold after every step and at every send, kept incrementally, so that a check costs next to nothing.

The books are kept a second time here, from the same facts and in the simplest way that could be right.
"""

from collections.abc import Callable
from decimal import Decimal

from engine import events
from engine.clock import Timeline
from engine.commands import CancelOrder, Command, SubmitOrder
from engine.kernel import Kernel
from engine.money import ZERO
from engine.orders import Status
from engine.states import State
from hean_tui.paper_links import Pace
from hean_tui.sim.disk import SimDisk
from hean_tui.sim.faults import S
from hean_tui.sim.truth import EARLY_NS, RECV_WINDOW_NS, Truth
from hean_tui.sim.violations import Violation

INDEX_MARGIN_NS = 3 * S
_FENCE_NS = RECV_WINDOW_NS + EARLY_NS + INDEX_MARGIN_NS


class Watcher:
    """Watches one process from its first breath; what it folds is counted like what it hears."""

    def __init__(self, kernel: Kernel, timeline: Timeline, disk: SimDisk, truth: Truth, pace: Pace) -> None:
        self._kernel = kernel
        self._account = kernel.account
        self._timeline = timeline
        self._disk = disk
        self._truth = truth
        self._executions: set[str] = set()
        self._lots: dict[str, Decimal] = {}
        self._fees = ZERO
        self._funding = ZERO
        # So long after it fell silent a symbol that is held must be known to be silent.
        self._blind_ns = pace.markless_ns + 2 * pace.look_ns + S
        self._heard: dict[str, int] = {}  # when a mark came
        self._held_ns: dict[str, int] = {}  # since when it is held
        self._armed_ns = timeline.now_ns
        self._now_ns = timeline.now_ns
        self._moved: set[str] = set()
        self._unknown = ""  # the last order that nobody knows the fate of
        self._money_moved = False
        self.is_killed = False
        self.cancelled_by_hand: set[str] = set()
        listeners: list[tuple[type[events.Event], Callable[..., None]]] = [
            (events.Execution, self._on_execution),
            (events.FundingPaid, self._on_funding),
            (events.OrderNotAccepted, self._on_not_accepted),
            (events.EmergencyStop, self._on_kill),
            (events.StateChanged, self._on_state),
            (events.OrderUnknown, self._on_unknown),
            (events.MarkPrice, self._on_mark),
            *((kind, self._on_ended) for kind in (events.OrderRejected, events.OrderCancelled, events.OrderExpired)),
        ]
        for kind, handler in listeners:
            kernel.bus.subscribe(kind, handler)

    def books(self) -> tuple[set[str], dict[str, Decimal], Decimal, Decimal]:
        """The second books, to be kept beside a saved state."""
        return set(self._executions), dict(self._lots), self._fees, self._funding

    def take_up(self, books: tuple[set[str], dict[str, Decimal], Decimal, Decimal]) -> None:
        """Go on where those ended."""
        executions, lots, self._fees, self._funding = books
        self._executions, self._lots = set(executions), dict(lots)

    def recalled(self) -> None:
        """Its rows are folded: what a kill had closed is closed."""
        self.is_killed = self._kernel.state == State.KILLED

    # --- facts

    def _on_execution(self, event: events.Execution) -> None:
        if event.execution_id in self._executions:
            return
        self._executions.add(event.execution_id)
        signed = event.quantity if event.side > 0 else -event.quantity
        before = self._lots.get(event.symbol, ZERO)
        self._lots[event.symbol] = before + signed
        if not before:
            self._held_ns[event.symbol] = self._timeline.now_ns
        self._fees += event.fee
        self._moved.add(event.symbol)
        self._money_moved = True

    def _on_funding(self, event: events.FundingPaid) -> None:
        self._funding += event.amount
        self._lots.setdefault(event.symbol, ZERO)
        self._moved.add(event.symbol)
        self._money_moved = True

    def _on_not_accepted(self, event: events.OrderNotAccepted) -> None:
        if self._unknown == event.order_id:
            self._unknown = ""
        if event.order_id in self._truth.accepted:
            raise Violation("I-17", f"{event.order_id} was declared dead, and the exchange has taken it")
        intent = self._disk.intents.get(event.order_id)
        was_sent = event.order_id in self._truth.payloads  # what never left may be given up at once
        if was_sent or intent is not None:  # a name that no disk and no wire has seen may come again
            self._truth.dead.add(event.order_id)
        if was_sent and intent is not None and event.ts < intent[1].sign_by + _FENCE_NS:
            early_s = (intent[1].sign_by + _FENCE_NS - event.ts) / S
            raise Violation("I-17", f"{event.order_id} was declared dead {early_s:.3f} s before its fence")

    def _on_ended(self, event: events.OrderRejected | events.OrderCancelled | events.OrderExpired) -> None:
        if event.order_id not in self._truth.ended:
            raise Violation("I-17", f"{type(event).__name__} of {event.order_id}, and the exchange never said so")

    def _on_unknown(self, event: events.OrderUnknown) -> None:
        self._unknown = event.order_id

    def _on_kill(self, _: events.EmergencyStop) -> None:
        self.is_killed = True

    def _on_mark(self, event: events.MarkPrice) -> None:
        self._heard[event.symbol] = event.ts

    def _on_state(self, event: events.StateChanged) -> None:
        self._armed_ns = self._timeline.now_ns
        if event.before == State.KILLED:
            self.is_killed = False  # a person has opened what a kill had closed

    # --- E: after every step

    def after_step(self) -> None:
        """Everything that must hold now; what did not move is not looked at."""
        now = self._timeline.now_ns
        if now < self._now_ns:
            raise Violation("I-43", f"the engine's time went back by {self._now_ns - now} ns")
        self._now_ns = now
        if self._unknown:
            self._check_unknown()
        if not self._money_moved:
            return
        self._money_moved = False
        self.check_books()

    def check_books(self) -> None:
        """Our books beside the second ones, where anything moved."""
        ledger = self._account.ledger
        fills = self._kernel.orders.counts["fills"]
        if fills != len(self._executions):
            raise Violation("I-06", f"{len(self._executions)} executions were heard of, and {fills} were booked")
        for symbol in sorted(self._moved):
            held, ours = self._account.held(symbol), self._lots[symbol]
            if held != ours:
                raise Violation("I-01", f"the books hold {held} {symbol}, and the executions add up to {ours}")
            shares = sum((share.quantity for (_, of), share in self._account.owned.items() if of == symbol), ZERO)
            if shares != held:
                raise Violation("I-08", f"the owners hold {shares} {symbol}, and the account {held}")
        self._moved.clear()
        if ledger.cash != ledger.deposits + ledger.realised - ledger.fees + ledger.funding:
            raise Violation("I-02", f"the cash of {ledger.cash} is not what the ledger's sums come to")
        if ledger.fees != self._fees or ledger.funding != self._funding:
            raise Violation(
                "I-02",
                f"fees and funding are {ledger.fees} and {ledger.funding}; told were {self._fees} and {self._funding}",
            )

    def _check_unknown(self) -> None:
        order_id, self._unknown = self._unknown, ""
        order = self._kernel.orders.recent.get(order_id)
        if order_id not in self._account.open_orders and (order is None or order.status is Status.UNKNOWN):
            raise Violation("I-25", f"{order_id} is unknown, and nothing is kept back for it any more")

    # --- G: at every send

    def check_send(self, command: Command) -> None:
        """A command is about to leave: its first byte comes after this."""
        self._truth.see_sent(command)
        if isinstance(command, CancelOrder):
            self._check_cancel(command)
        if not isinstance(command, SubmitOrder):
            return
        intent = self._disk.intents.get(command.order_id)
        if intent is None and not (self.is_killed and command.reduce_only):
            raise Violation("I-14", f"{command.order_id} left before its row was on the disk")
        now = self._timeline.now_ns
        if intent is not None and now > intent[1].sign_by:
            late_s = (now - intent[1].sign_by) / S
            raise Violation("I-18", f"{command.order_id} was signed {late_s:.3f} s after it had to be")
        closed = self._account.entries_closed
        if self._grows(command):
            if self.is_killed:
                raise Violation("I-29", f"{command.order_id} adds risk and left after the kill was acknowledged")
            if closed is not None:
                raise Violation("I-26", f"{command.order_id} adds risk and left although {closed}")
            self._check_sight(command, now)
        instrument = self._account.instrument(command.symbol)
        if command.quantity % instrument.lot or (command.price or ZERO) % instrument.tick:
            raise Violation("I-20", f"{command.order_id} is off the grid: {command.quantity} at {command.price}")

    def _check_sight(self, command: SubmitOrder, now: int) -> None:
        """What is held and has not been heard of for long must not be added to."""
        symbol = command.symbol
        heard = max(self._heard.get(symbol, 0), self._kernel.markets[symbol].updated_ns or 0)
        since = max(heard, self._held_ns.get(symbol, 0), self._armed_ns)
        if self._account.held(symbol) and now - since > self._blind_ns:
            raise Violation("I-03", f"{command.order_id} adds to {symbol}, unheard of for {(now - heard) / S:.1f} s")

    def _check_cancel(self, command: CancelOrder) -> None:
        order = self._account.open_orders.get(command.order_id)
        if order is None or not order.is_protective or command.order_id in self.cancelled_by_hand:
            return
        if self._account.held(command.symbol) * order.side < 0:
            raise Violation("I-23", f"{command.order_id} protects a position, and its cancellation was sent")

    def _grows(self, command: SubmitOrder) -> bool:
        if command.reduce_only:
            return False
        held = self._account.held(command.symbol)
        return held * command.side >= 0 or command.quantity > abs(held)

    # --- the end of a run

    def unfinished(self) -> list[str]:
        """Orders whose fate is open."""
        waiting = (Status.SUBMITTED, Status.UNKNOWN, Status.CANCELLING, Status.AMENDING)
        return [
            f"{order.id} is {order.status.value}"
            for order in self._account.open_orders.values()
            if order.status in waiting
        ]
