"""Writes down what the engine is told, decides and sends, before anybody relies on it.

It is the first to hear of every fact from outside, so the order of the rows is the order in which the engine's books
changed. What the engine works out by itself from these rows is written too, as a check on whoever works it out again.
"""

from collections.abc import Callable
from hashlib import sha256
from math import isfinite
from typing import Any

import msgspec

from engine import events
from engine.bus import Bus
from engine.client_ids import number_of
from engine.clock import SECOND_NS, Timeline
from engine.commands import CancelOrder, Command
from engine.errors import EngineError, NotWritten
from engine.faultpoints import is_watched, reach
from engine.orders import Order, Status
from engine.ports import Journal, Ticket

# Which kind of row a fact becomes, and what it says of its order.
FACTS: dict[type[events.Event], tuple[str, Status | None]] = {
    events.OrderAccepted: ("result", Status.ACCEPTED),
    events.OrderRejected: ("result", Status.REJECTED),
    events.OrderDenied: ("transition", Status.DENIED),
    events.OrderAmended: ("transition", Status.ACCEPTED),
    events.RequestRefused: ("transition", Status.ACCEPTED),
    events.OrderTriggered: ("transition", Status.ACCEPTED),
    events.OrderCancelled: ("transition", Status.CANCELLED),
    events.OrderExpired: ("transition", Status.EXPIRED),
    events.OrderUnknown: ("transition", Status.UNKNOWN),
    events.OrderNotAccepted: ("transition", Status.NOT_ACCEPTED),
    events.Execution: ("execution", None),
    events.FundingPaid: ("ledger", None),
    events.Transferred: ("ledger", None),
    events.Halt: ("halt", None),
    events.HaltLifted: ("reset", None),
    events.DrawdownAlert: ("alarm", None),
    events.TierChanged: ("mode", None),
    events.CapitalAllocated: ("mode", None),
    events.EmergencyStop: ("mode", None),
    events.StateChanged: ("mode", None),
    events.OperatorActed: ("input", None),
    events.Discrepancy: ("reconcile", None),
    events.Reconciled: ("reconcile", None),
    events.LadderMoved: ("alarm", None),
}
SIGN_WITHIN_NS = SECOND_NS  # after the decision; what is older is not sent any more
_PAYLOAD = msgspec.json.Encoder(order="sorted").encode
_ROWS_AHEAD_MAX = 8_192  # of what the disk has, where the engine waits for it
_POINTS: dict[str, tuple[str, str | None]] = {
    "result": ("response.received", "ack.committed"),
    "execution": ("fill.received", "fill.committed"),
    "halt": ("halt.append", None),
}
Send = Callable[[Command, Ticket | None], None]


class Recorder:
    """The engine's hand in the journal.

    `waits` is for runs at full speed: there the engine waits for the disk at each order, so that engine time does not
    depend on how fast the disk is. In real time whoever sends waits instead, and the engine goes on.
    """

    def __init__(self, journal: Journal, timeline: Timeline, venue: str, *, waits: bool) -> None:
        self._journal = journal
        self._timeline = timeline
        self._venue = venue
        self._waits = waits
        self._unawaited = 0
        self.send: Send = _nowhere
        self.fair: Callable[[str], float | None] = _no_price
        self.is_silent = True  # until the run begins: what is folded is in the journal already
        self.lost: str | None = None  # why nothing can be written any more
        self.when_lost: Callable[[str], None] | None = None

    def listen(self, bus: Bus) -> None:
        """Hear of every fact before anybody else does."""
        for kind in FACTS:
            bus.subscribe(kind, self._fact)

    # --- what the engine decides

    def intent(self, order: Order, because: dict[str, Any] | None) -> None:
        """An order is about to leave: its row first."""
        body = {
            **msgspec.structs.asdict(order.command),
            "client_id": order.id,
            "leg": "A",
            "gen": 0,
            "payload_hash": sha256(_PAYLOAD(order.command)).hexdigest(),
            "sign_by": self._timeline.now_ns + SIGN_WITHIN_NS,
            "intent": number_of(order.id),
            "strategy": order.strategy,
            "reason": order.reason,
            "reduces": order.reduce_only,
            "because": because,
        }
        reach("intent.append")
        self._leave(order.command, self._append("intent", body))

    def request(self, order: Order, command: Command, because: str) -> None:
        """An order is about to be cancelled or changed: its row first."""
        body = {"what": type(command).__name__, **msgspec.structs.asdict(command)}
        if because:
            body["because"] = because
        self._leave(command, self._append("transition", {**body, "client_id": order.id, "state": order.status}))

    def cancel_orphan(self, command: CancelOrder) -> None:
        """Something under our name that no row tells of is about to be taken back: this is its row."""
        body = {"what": "orphan", **msgspec.structs.asdict(command)}
        self._leave(command, self._append("alarm", body))

    def note(self, kind: str, body: dict[str, Any]) -> None:
        """Write down something else that later runs have to know."""
        self._append(kind, body)

    def _leave(self, command: Command, ticket: Ticket | None) -> None:
        if ticket is not None and self._waits:
            try:
                ticket.wait()
            except NotWritten as failure:
                self._lose(failure)
                ticket = None
            self._unawaited = 0
        self.send(command, ticket)

    # --- what it is told

    def _fact(self, event: events.Event) -> None:
        kind, state = FACTS[type(event)]
        if isinstance(event, events.Reconciled) and event.verdict == "equal":
            return  # twice a minute, and nothing to remember
        body = {"what": type(event).__name__, **msgspec.structs.asdict(event)}
        if state is not None:
            body["client_id"] = body["order_id"]
            body["state"] = state
        elif kind == "execution":
            body |= {"venue": self._venue, "category": "linear", "exec_id": body["execution_id"]}
            if body["kind"] == "liquidation":  # what it leaves changes hands at the mark
                body["marks"] = {body["symbol"]: self.fair(body["symbol"])}
        elif kind == "halt":
            body["level"] = "halt"
        before, after = _POINTS.get(kind, (None, None))
        if before is not None:
            reach(before)
        ticket = self._append(kind, body, exchange_ns=event.ts)
        if after is not None and ticket is not None and is_watched(after):
            ticket.when_settled(lambda _: reach(after))

    def _append(self, kind: str, body: dict[str, Any], exchange_ns: int | None = None) -> Ticket | None:
        if self.lost is not None or self.is_silent:
            return None
        try:
            ticket = self._write(kind, body, exchange_ns)
            self._unawaited += 1
            if self._waits and self._unawaited >= _ROWS_AHEAD_MAX:
                self._unawaited = 0
                ticket.wait()
        except NotWritten as failure:
            self._lose(failure)
            return None
        return ticket

    def _write(self, kind: str, body: dict[str, Any], exchange_ns: int | None) -> Ticket:
        now_ns = self._timeline.now_ns
        try:
            return self._journal.append(kind, body, now_ns, exchange_ns=exchange_ns)
        except ValueError:  # a strategy's words or numbers that no text can hold; the row itself must not be missing
            return self._journal.append(kind, _fit(body), now_ns, exchange_ns=exchange_ns)

    def _lose(self, failure: NotWritten) -> None:
        """The journal is gone for this run; what still leaves without a row is for the sender to judge."""
        if self.lost is None:
            self.lost = str(failure)
            if self.when_lost is not None:
                self.when_lost(self.lost)


def _no_price(_: str) -> float | None:
    return None


def _nowhere(command: Command, ticket: Ticket | None) -> None:
    raise EngineError(f"nothing leads to a venue, and order {command.order_id} was to be sent (its row: {ticket})")


def _fit(part: Any) -> Any:
    """The same with everything that a row can hold, and the rest in words."""
    if isinstance(part, dict):
        return {_fit(key): _fit(value) for key, value in part.items()}
    if isinstance(part, list | tuple):
        return [_fit(value) for value in part]
    if isinstance(part, str):
        return part.encode("utf-8", "replace").decode("utf-8")
    if isinstance(part, float) and not isfinite(part):
        return str(part)
    return part
