"""The independent judge: it sees only what went over the wire and what lies on the disk.

It knows no engine, no order desk and no ledger, and shares no code with them; it counts.
"""

from collections import Counter
from collections.abc import Iterable
from decimal import Decimal
from typing import Any

import msgspec

from engine import events
from engine.commands import AmendOrder, CancelOrder, SubmitOrder
from hean_tui.sim.disk import StoredRow
from hean_tui.sim.faults import S
from hean_tui.sim.truth import EARLY_NS, RECV_WINDOW_NS
from hean_tui.sim.violations import Violation
from hean_tui.sim.wire import Wire

_PAYLOAD = ("symbol", "side", "type", "quantity", "price", "trigger_price", "reduce_only", "stop", "target")
_ENDS = (events.OrderCancelled, events.OrderExpired, events.OrderRejected)
_FENCE_NS = RECV_WINDOW_NS + EARLY_NS + 3 * S


class _Rows:
    """What the rows say, by order."""

    def __init__(self, rows: Iterable[StoredRow]) -> None:
        self.intents: dict[str, tuple[int, dict[str, Any]]] = {}  # since when it is durable, and what it says
        self.requests: dict[tuple[str, str], list[int]] = {}
        self.dead: dict[str, int] = {}
        self.executions: Counter[str] = Counter()
        self.lots: dict[str, Decimal] = {}
        self.kills: list[int] = []
        decode = msgspec.json.decode
        for row in rows:
            if row.kind == "intent":
                body = decode(row.body)
                self.intents[body["client_id"]] = row.durable_ns, body
            elif row.kind == "transition":
                body = decode(row.body)
                if body["what"] in ("CancelOrder", "AmendOrder"):
                    self.requests.setdefault((body["what"], body["order_id"]), []).append(row.durable_ns)
                elif body["what"] == "OrderNotAccepted":
                    self.dead[body["order_id"]] = row.time_ns
            elif row.kind == "execution":
                body = decode(row.body)
                self.executions[body["execution_id"]] += 1
                signed = Decimal(body["quantity"]) * body["side"]
                self.lots[body["symbol"]] = self.lots.get(body["symbol"], Decimal(0)) + signed


def check(wire: Wire, rows: Iterable[StoredRow], *, is_calm: bool) -> dict[str, Decimal]:
    """Raise the first thing that must not have happened; returns what the exchange's executions add up to."""
    told = _Rows(rows)
    _durable_before_sent(wire, told)
    _one_order_for_one_intent(wire)
    _dead_is_dead(wire, told)
    lots = _each_execution_once(wire, told, is_calm=is_calm)
    _nothing_after_a_kill(wire)
    return lots


def _durable_before_sent(wire: Wire, told: _Rows) -> None:
    for left in wire.left:
        command = left.command
        if isinstance(command, SubmitOrder):
            intent = told.intents.get(command.order_id)
            if intent is None or intent[0] > left.at_ns:
                if left.killed and command.reduce_only:
                    continue  # the effect of a kill comes before its rows
                raise Violation("I-14", f"{command.order_id} was on the wire before its row was on the disk")
            _same_payload(command, intent[1])
            if left.engine_ns > intent[1]["sign_by"]:
                raise Violation("I-18", f"{command.order_id} was signed after {intent[1]['sign_by']}")
        elif not left.killed and isinstance(command, CancelOrder | AmendOrder) and _is_ours(command.order_id, told):
            known = told.requests.get((type(command).__name__, command.order_id), [])
            if not any(durable_ns <= left.at_ns for durable_ns in known):
                raise Violation(
                    "I-14", f"a {type(command).__name__} of {command.order_id} was on the wire before its row"
                )


def _is_ours(order_id: str, told: _Rows) -> bool:
    """An order without a row, which somebody or a lost journal has left there, has none for its cancellation either."""
    return order_id.partition(".")[0] in told.intents


def _same_payload(command: SubmitOrder, intent: dict[str, Any]) -> None:
    for name in _PAYLOAD:
        sent, written = getattr(command, name), intent[name]
        if (None if sent is None else str(sent)) != (None if written is None else str(written)):
            raise Violation("I-14", f"the row of {command.order_id} has {name} {written}, and {sent} was sent")


def _one_order_for_one_intent(wire: Wire) -> None:
    """One name is taken once, and all names of one intent live one after another."""
    accepted: Counter[str] = Counter()
    alive: dict[str, str] = {}
    for told in wire.told:
        event = told.event
        order_id = getattr(event, "order_id", "")
        intent = order_id[:15]  # without leg and generation
        if isinstance(event, events.OrderAccepted):
            accepted[order_id] += 1
            if accepted[order_id] > 1:
                raise Violation("I-16", f"the exchange took {order_id} twice")
            if order_id.startswith("H1") and "." not in order_id:
                other = alive.get(intent)
                if other is not None:
                    raise Violation("I-15", f"{order_id} and {other} live for one intent")
                alive[intent] = order_id
        elif isinstance(event, _ENDS) and alive.get(intent) == order_id:
            del alive[intent]


def _dead_is_dead(wire: Wire, told: _Rows) -> None:
    for entry in wire.told:
        event = entry.event
        if isinstance(event, events.OrderAccepted) and event.order_id in told.dead:
            raise Violation("I-17", f"{event.order_id} is dead in the journal, and the exchange took it")
    sent = {left.command.order_id: left.engine_ns for left in wire.left if isinstance(left.command, SubmitOrder)}
    for order_id, dead_ns in told.dead.items():
        intent = told.intents.get(order_id)
        if order_id in sent and intent is not None and dead_ns < intent[1]["sign_by"] + _FENCE_NS:
            raise Violation("I-17", f"{order_id} was declared dead before its fence")


def _each_execution_once(wire: Wire, told: _Rows, *, is_calm: bool) -> dict[str, Decimal]:
    real: Counter[str] = Counter()
    lots: dict[str, Decimal] = {}
    for entry in wire.told:
        event = entry.event
        if isinstance(event, events.Execution):
            real[event.execution_id] += 1
            lots[event.symbol] = lots.get(event.symbol, Decimal(0)) + event.quantity * event.side
    for execution_id, count in told.executions.items():
        if count > 1:
            raise Violation("I-06", f"the execution {execution_id} is in the journal {count} times")
        if execution_id not in real:
            raise Violation("I-07", f"the journal has an execution {execution_id} that never was")
    if is_calm:
        missing = [execution_id for execution_id in real if execution_id not in told.executions]
        if missing:
            raise Violation("I-07", f"{len(missing)} executions are not in the journal, the first {missing[0]}")
        for symbol, total in lots.items():
            if total != told.lots.get(symbol):
                raise Violation("I-01", f"the journal's executions of {symbol} come to {told.lots.get(symbol)}")
    return lots


def _nothing_after_a_kill(wire: Wire) -> None:
    for left in wire.left:
        if left.killed and isinstance(left.command, SubmitOrder) and not left.command.reduce_only:
            raise Violation("I-29", f"{left.command.order_id} was on the wire after a kill")
