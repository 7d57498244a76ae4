"""Feeds the rows of a journal to a fresh kernel: facts are applied, judgements are made again and compared.

While it folds, the kernel does nothing by itself: it sends nothing, cancels nothing and tells nothing. What follows
from a row is expected to come as a row of its own; what is still expected at the end was cut off by a crash.
"""

from collections.abc import Callable, Iterable, Mapping
from decimal import Decimal
from typing import Any, NamedTuple

import msgspec

from engine import events
from engine.account import day_end_ns
from engine.client_ids import number_of
from engine.commands import AmendOrder, CancelOrder, SubmitOrder
from engine.errors import EngineError
from engine.kernel import Kernel
from engine.orders import Order, Status, Step
from engine.recorder import FACTS


class FoldedRow(NamedTuple):
    """What a fold needs of a row."""

    seq: int
    kind: str
    time_ns: int
    body: bytes


class Differs(EngineError):
    """A row that does not follow from those before it, or that cannot be understood."""


class _Mode(msgspec.Struct):
    what: str
    reason: str | None = None


class _Marks(msgspec.Struct):
    marks: dict[str, float | None]


class _NetOut(msgspec.Struct):
    symbol: str
    marks: dict[str, float | None]


class _Limit(msgspec.Struct):
    key: str
    value: str


class _Proof(msgspec.Struct):
    state_hash: str


class _Began(msgspec.Struct):
    limits: dict[str, Decimal]
    run: str = ""


class _Intent(msgspec.Struct):
    strategy: str
    reason: str
    reduces: bool


_Apply = Callable[["Fold", FoldedRow], None]


class Fold:
    """One fold of one journal into one kernel. `finish` makes the kernel an acting one again."""

    def __init__(self, kernel: Kernel) -> None:
        self._kernel = kernel
        kernel.expected = []
        kernel.losses.is_folding = True
        kernel.orders.tells = False  # nobody acts on what follows from an execution, and all of it is in the rows
        self.rows = 0
        self.proofs = 0  # state hashes in the journal that this fold arrived at too
        self.differences: list[str] = []
        self.last_ns = 0
        self.money_ns = 0  # when the last execution or payment was, by the venue's time

    def take(self, rows: Iterable[FoldedRow]) -> None:
        """Apply rows in their order, each at its own time; the kernel's clock then stands where it stood."""
        timeline = self._kernel.timeline
        now_ns = timeline.now_ns
        row = None
        try:
            for row in rows:
                self.rows += 1
                timeline.now_ns = self.last_ns = row.time_ns
                apply = _APPLY.get(row.kind)
                if apply is not None:
                    apply(self, row)
        except msgspec.MsgspecError as error:
            seq = 0 if row is None else row.seq
            raise Differs(f"row {seq} of the journal cannot be understood: {error}") from None
        finally:
            timeline.now_ns = now_ns

    def finish(self) -> list[events.Event]:
        """The kernel acts again; returns what should have been told and was cut off."""
        kernel = self._kernel
        missing, kernel.expected = kernel.expected or [], None
        kernel.losses.is_folding = False
        kernel.orders.tells = True
        return missing

    # --- what each kind of row does

    def _typed(self, row: FoldedRow) -> None:
        apply = _BY_WHAT.get(_what_of(row.body))
        if apply is not None:
            apply(self, row)

    def _fact(self, row: FoldedRow) -> None:
        """Something from outside: the kernel hears of it as it did then."""
        self._kernel.bus.publish(_DECODE[_what_of(row.body)](row.body))

    def _execution(self, row: FoldedRow) -> None:
        """What a liquidation leaves changes hands at the mark; and who knows no mark yet, knows this price."""
        event: events.Execution = _decode_execution(row.body)
        kernel = self._kernel
        self.money_ns = event.ts
        if event.kind == "liquidation":
            self._set_marks(_decode_marks(row.body).marks)
        market = kernel.markets[event.symbol]
        if market.last is None:
            market.last = float(event.price)
        kernel.bus.publish(event)

    def _payment(self, row: FoldedRow) -> None:
        self.money_ns = row.time_ns
        self._fact(row)

    def _denied(self, row: FoldedRow) -> None:
        event: events.OrderDenied = _DECODE["OrderDenied"](row.body)
        self._kernel.orders.counts["denied"] += 1
        self._number(event.order_id)
        self._kernel.bus.publish(event)

    def _follows(self, row: FoldedRow) -> None:
        """A row that must follow from the ones before."""
        event = _DECODE[_what_of(row.body)](row.body)
        expected = self._kernel.expected
        assert expected is not None
        if event in expected:
            expected.remove(event)
        else:
            self.differences.append(f"row {row.seq}: {type(event).__name__} does not follow from the rows before it")
        self._kernel.bus.publish(event)

    def _number(self, order_id: str) -> None:
        ids = self._kernel.orders.ids
        ids.number = max(ids.number, number_of(order_id))

    def _intent(self, row: FoldedRow) -> None:
        command = _decode_submit(row.body)
        rest = _decode_intent(row.body)
        order = Order(command, rest.strategy, row.time_ns, rest.reason)
        order.reduce_only = rest.reduces
        self._kernel.orders.restore(order)
        self._number(order.id)

    def _request(self, row: FoldedRow) -> None:
        """A cancellation or an amendment was about to be sent."""
        change: CancelOrder | AmendOrder = (_decode_amend if b'"AmendOrder"' in row.body else _decode_cancel)(row.body)
        order = self._kernel.account.open_orders.get(change.order_id)
        if order is None:
            self.differences.append(f"row {row.seq}: order {change.order_id} was not open")
            return
        if isinstance(change, AmendOrder):
            order.take(Step.REQUEST_AMEND)
        elif order.status is not Status.CANCELLING:
            order.take(Step.REQUEST_CANCEL)

    def _marks(self, row: FoldedRow) -> None:
        self._set_marks(_decode_marks(row.body).marks)
        self._kernel.losses.judge_now()

    def _prices(self, row: FoldedRow) -> None:
        self._set_marks(_decode_marks(row.body).marks)

    def _net_out(self, row: FoldedRow) -> None:
        body = _decode_net_out(row.body)
        self._set_marks(body.marks)
        self._kernel.account.net_out(body.symbol)

    def _set_marks(self, marks: Mapping[str, float | None]) -> None:
        for symbol, mark in marks.items():
            market = self._kernel.markets[symbol]
            market.mark = None if market.is_spot else mark
            market.last = mark

    def _limit(self, row: FoldedRow) -> None:
        body = _decode_limit(row.body)
        self._kernel.gate.change(body.key, body.value)

    def _mode(self, row: FoldedRow) -> None:
        body = _decode_mode(row.body)
        kernel = self._kernel
        if body.what == "start":
            kernel.start()
        elif body.what == "stop":
            kernel.stop(body.reason or "")
        elif body.what == "pause":
            kernel.pause(body.reason)
        elif body.what == "gate":
            kernel.close_gate(body.reason)
        elif body.what == "degrade":
            kernel.degrade(body.reason)
        elif body.what == "kill":
            kernel.kill(body.reason or "")
        elif body.what == "recover":
            kernel.recover()
        elif body.what == "revive":
            kernel.revive(body.reason or "")

    def _began(self, row: FoldedRow) -> None:
        account = self._kernel.account  # made when the program began, perhaps days after this run
        account.day_ends_ns = min(account.day_ends_ns, day_end_ns(row.time_ns))
        self._kernel.begin_run(_decode_began(row.body).limits)

    def _proof(self, row: FoldedRow) -> None:
        told = _decode_proof(row.body).state_hash
        if self._kernel.state_hash() == told:
            self.proofs += 1
        else:
            self.differences.append(f"row {row.seq}: the state is another one than the run that wrote it had")


_WHAT = b'"what":"'


def _what_of(body: bytes) -> str:
    """What a row says it is; keys are sorted and quotes inside texts are escaped, so the last one is the row's own."""
    at = body.rfind(_WHAT)
    return "" if at < 0 else body[at + len(_WHAT) : body.index(b'"', at + len(_WHAT))].decode()


_DERIVED = (events.Halt, events.HaltLifted, events.DrawdownAlert, events.EmergencyStop, events.StateChanged)
_TOLD_ONLY = (events.OperatorActed, events.Discrepancy, events.Reconciled, events.LadderMoved)
_DECODE: dict[str, Callable[[bytes], Any]] = {
    kind.__name__: msgspec.json.Decoder(kind).decode for kind in FACTS if kind not in _TOLD_ONLY
}
_decode_execution = _DECODE["Execution"]
_decode_submit = msgspec.json.Decoder(SubmitOrder).decode
_decode_cancel = msgspec.json.Decoder(CancelOrder).decode
_decode_amend = msgspec.json.Decoder(AmendOrder).decode
_decode_intent = msgspec.json.Decoder(_Intent).decode
_decode_marks = msgspec.json.Decoder(_Marks).decode
_decode_net_out = msgspec.json.Decoder(_NetOut).decode
_decode_limit = msgspec.json.Decoder(_Limit).decode
_decode_mode = msgspec.json.Decoder(_Mode).decode
_decode_began = msgspec.json.Decoder(_Began).decode
_decode_proof = msgspec.json.Decoder(_Proof).decode
_BY_WHAT: dict[str, _Apply] = {
    **dict.fromkeys(_DECODE, Fold._fact),
    **{kind.__name__: Fold._follows for kind in _DERIVED},
    "FundingPaid": Fold._payment,
    "Transferred": Fold._payment,
    "OrderDenied": Fold._denied,
    "CancelOrder": Fold._request,
    "AmendOrder": Fold._request,
    "marks": Fold._marks,
    "prices": Fold._prices,
    "net_out": Fold._net_out,
    "limit": Fold._limit,
    "proof": Fold._proof,
    **dict.fromkeys(("recover", "start", "stop", "pause", "gate", "degrade", "kill", "revive"), Fold._mode),
}
_APPLY: dict[str, _Apply] = {
    "intent": Fold._intent,
    "run_start": Fold._began,
    "run_end": Fold._proof,
    "execution": Fold._execution,
    **dict.fromkeys(
        ("input", "result", "transition", "ledger", "halt", "reset", "alarm", "mode", "adjustment"),
        Fold._typed,
    ),
}
