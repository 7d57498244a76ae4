"""What the world knows and no process can: which orders the exchange took, which left, and which were declared dead."""

from engine import events
from engine.commands import Command, SubmitOrder
from hean_tui.sim.faults import S
from hean_tui.sim.violations import Violation

RECV_WINDOW_NS = 5 * S // 2
EARLY_NS = S  # how far ahead of the exchange's time a signature may be


class Truth:
    """What the world knows and no process can: which orders the exchange took, and which were declared dead."""

    __slots__ = ("accepted", "dead", "ended", "payloads")

    def __init__(self) -> None:
        self.accepted: set[str] = set()
        self.dead: set[str] = set()
        self.ended: set[str] = set()  # by the exchange's word, whatever that was
        self.payloads: dict[str, SubmitOrder] = {}

    def hear(self, event: events.Event) -> None:
        """The exchange says something, at its own time."""
        if isinstance(event, events.OrderAccepted):
            self.accepted.add(event.order_id)
            if event.order_id in self.dead:
                raise Violation("I-17", f"{event.order_id} was declared dead, and the exchange took it afterwards")

        elif isinstance(event, events.OrderRejected | events.OrderCancelled | events.OrderExpired):
            self.ended.add(event.order_id)

    def see_sent(self, command: Command) -> None:
        """A command left a process."""
        if isinstance(command, SubmitOrder):
            known = self.payloads.setdefault(command.order_id, command)
            if known != command:
                raise Violation("I-16", f"{command.order_id} was sent with two payloads")
