"""Feeds the rows of a journal to a fresh kernel: facts are applied, judgements are made again and compared.

While it folds, the kernel does nothing by itself: it sends nothing, cancels nothing and tells nothing. What follows
from a row is expected to come as a row of its own; what is still expected at the end was cut off by a crash.
"""

from collections.abc import Callable, Iterable, Mapping
from decimal import Decimal
from typing import Any, NamedTuple

import msgspec

from engine import events
from engine.client_ids import number_of
from engine.commands import AmendOrder, CancelOrder, SubmitOrder
from engine.errors import EngineError
from engine.gate import StandingHalt
from engine.kernel import Kernel
from engine.orders import Order, Status, Step
from engine.record.recorder import FACTS


class FoldedRow(NamedTuple):
    """What a fold needs of a row."""

    seq: int
    kind: str
    time_ns: int
    body: bytes


Row = tuple[int, str, int, bytes]  # what a `FoldedRow` holds; making one of each row is a tenth of a fold


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


class _Lift(msgspec.Struct):
    scope: str
    reason: str


class _Limit(msgspec.Struct):
    key: str
    value: str


class _Proof(msgspec.Struct):
    state_hash: str


class _Began(msgspec.Struct):
    limits: dict[str, Decimal]
    run: str = ""


class _Intent(SubmitOrder, frozen=True, kw_only=True, gc=False):
    strategy: str
    reason: str
    reduces: bool


_Apply = Callable[["Fold", Any, bytes], None]
_Decode = Callable[[bytes], Any]


class Fold:
    """One fold of one journal into one kernel. `finish` makes the kernel an acting one again."""

    def __init__(self, kernel: Kernel) -> None:
        self._kernel = kernel
        kernel.expected = []
        kernel.losses.is_folding = True
        kernel.orders.tells = False  # nobody acts on what follows from an execution, and all of it is in the rows
        self._greatest: dict[str, str] = {}
        self._seq = 0  # of the row at hand
        self.rows = 0
        self.proofs = 0  # state hashes in the journal that this fold arrived at too
        self.differences: list[str] = []
        self.last_ns = 0
        self.money_ns = 0  # when the last execution or payment was, by the venue's time

    def take(self, rows: Iterable[Row]) -> None:
        """Apply rows in their order, each at its own time; the kernel's clock then stands where it stood."""
        timeline = self._kernel.timeline
        now_ns = timeline.now_ns
        find, find_typed = _BY_KIND.get, _BY_WHAT.get
        count = 0
        try:
            for self._seq, kind, time_ns, body in rows:
                count += 1
                timeline.now_ns = self.last_ns = time_ns
                found = find(kind)
                if found is None:
                    continue
                if found is _TYPED:
                    # What a row says it is; keys are sorted and quotes inside texts are escaped, so the last `what`
                    # is the row's own, and but for a venue it is the last of the keys.
                    what = body[body.rfind(_WHAT) + _SAYS : -_ENDS]
                    found = find_typed(what) or find_typed(what[: what.find(b'"')])
                    if found is None:
                        continue
                apply, decode = found
                apply(self, decode(body), body)
        except msgspec.MsgspecError as error:
            raise Differs(f"row {self._seq} of the journal cannot be understood: {error}") from None
        finally:
            timeline.now_ns = now_ns
            self.rows += count
            self._count_on()

    def finish(self) -> list[events.Event]:
        """The kernel acts again; returns what should have been told and was cut off."""
        kernel = self._kernel
        missing, kernel.expected = kernel.expected or [], None
        kernel.losses.is_folding = False
        kernel.orders.tells = True
        return missing

    # --- what each kind of row does

    def _fact(self, event: events.Event, _: bytes) -> None:
        """Something from outside: the kernel hears of it as it did then."""
        self._kernel.bus.publish(event)

    def _execution(self, event: events.Execution, body: bytes) -> None:
        """What a liquidation leaves changes hands at the mark; and who knows no mark yet, knows this price."""
        kernel = self._kernel
        self.money_ns = event.ts
        if event.kind == "liquidation":
            self._set_marks(_decode_marks(body).marks)
        market = kernel.markets[event.symbol]
        if market.last is None:
            market.last = float(event.price)
        kernel.bus.publish(event)

    def _payment(self, event: events.Event, _: bytes) -> None:
        self.money_ns = self.last_ns
        self._kernel.bus.publish(event)

    def _allocated(self, event: events.CapitalAllocated, _: bytes) -> None:
        self._kernel.gate.allocated(event)

    def _denied(self, event: events.OrderDenied, _: bytes) -> None:
        self._kernel.orders.counts["denied"] += 1
        self._number(event.order_id)
        self._kernel.bus.publish(event)

    def _follows(self, event: events.Event, _: bytes) -> None:
        """A row that must follow from the ones before."""
        expected = self._kernel.expected
        assert expected is not None
        if event in expected:
            expected.remove(event)
        else:
            self.differences.append(f"row {self._seq}: {type(event).__name__} does not follow from the rows before it")
        self._kernel.bus.publish(event)

    def _number(self, order_id: str) -> None:
        """Ids of one epoch are ordered like their numbers; the greatest of them is read once, at the end."""
        epoch = order_id[:_EPOCH_ENDS]
        if order_id > self._greatest.get(epoch, ""):
            self._greatest[epoch] = order_id

    def _count_on(self) -> None:
        ids = self._kernel.orders.ids
        ids.number = max(ids.number, *map(number_of, self._greatest.values()), 0)

    def _intent(self, intent: _Intent, _: bytes) -> None:
        command = SubmitOrder(
            intent.order_id,
            intent.symbol,
            intent.side,
            intent.type,
            intent.quantity,
            intent.price,
            intent.trigger_price,
            intent.trigger_by,
            intent.trail,
            intent.time_in_force,
            intent.reduce_only,
            intent.stop,
            intent.target,
        )
        order = Order(command, intent.strategy, self.last_ns, intent.reason)
        order.reduce_only = intent.reduces
        self._kernel.orders.restore(order)
        self._number(command.order_id)

    def _request(self, change: CancelOrder | AmendOrder, _: bytes) -> None:
        """A cancellation or an amendment was about to be sent."""
        order = self._kernel.account.open_orders.get(change.order_id)
        if order is None:
            self.differences.append(f"row {self._seq}: order {change.order_id} was not open")
        elif isinstance(change, AmendOrder):
            order.take(Step.REQUEST_AMEND)
        elif order.status is not Status.CANCELLING:
            order.take(Step.REQUEST_CANCEL)

    def _marks(self, body: _Marks, _: bytes) -> None:
        self._set_marks(body.marks)
        self._kernel.losses.judge_now()

    def _prices(self, body: _Marks, _: bytes) -> None:
        self._set_marks(body.marks)

    def _net_out(self, body: _NetOut, _: bytes) -> None:
        self._set_marks(body.marks)
        self._kernel.account.net_out(body.symbol)

    def _set_marks(self, marks: Mapping[str, float | None]) -> None:
        for symbol, mark in marks.items():
            market = self._kernel.markets[symbol]
            market.mark = None if market.is_spot else mark
            market.last = mark

    def _limit(self, body: _Limit, _: bytes) -> None:
        self._kernel.change_limit(body.key, body.value)

    def _lift(self, body: _Lift, _: bytes) -> None:
        self._kernel.lift_halt(body.scope, body.reason)

    def _carried(self, halt: StandingHalt, _: bytes) -> None:
        """A restore found it in the journal that it replaced; the next run tells of it."""
        kernel = self._kernel
        assert kernel.expected is not None
        kernel.expected += kernel.gate.carry(halt, kernel.account, self.last_ns)

    def _mode(self, body: _Mode, _: bytes) -> None:
        kernel, reason = self._kernel, body.reason
        acts: dict[str, Callable[[], None]] = {
            "recover": kernel.recover,
            "start": kernel.start,
            "stop": lambda: kernel.stop(reason or ""),
            "pause": lambda: kernel.pause(reason),
            "gate": lambda: kernel.close_gate(reason),
            "degrade": lambda: kernel.degrade(reason),
            "kill": lambda: kernel.kill(reason or ""),
            "revive": lambda: kernel.revive(reason or ""),
        }
        acts[body.what]()

    def _began(self, body: _Began, _: bytes) -> None:
        self._count_on()
        self._kernel.orders.ids.skip()  # as that run did: what it named without a row must not be named again
        self._kernel.begin_run(body.limits)

    def _ended(self, body: _Proof, row: bytes) -> None:
        self._proof(body, row)
        self._kernel.end_run()

    def _proof(self, body: _Proof, _: bytes) -> None:
        if self._kernel.state_hash() == body.state_hash:
            self.proofs += 1
        else:
            self.differences.append(f"row {self._seq}: the state is another one than the run that wrote it had")


_EPOCH_ENDS = 8  # characters of an id
_WHAT = b'"what":"'
_SAYS, _ENDS = len(_WHAT), len(b'"}')


def _decoder(kind: Any) -> _Decode:
    decode: _Decode = msgspec.json.Decoder(kind).decode
    return decode


_DERIVED = (
    events.Halt,
    events.HaltLifted,
    events.DrawdownAlert,
    events.TierChanged,
    events.EmergencyStop,
    events.StateChanged,
)
_TOLD_ONLY = (events.OperatorActed, events.Discrepancy, events.Reconciled, events.LadderMoved)
_OWN_WAY: dict[type[events.Event], _Apply] = {
    **dict.fromkeys(_DERIVED, Fold._follows),
    events.FundingPaid: Fold._payment,
    events.Transferred: Fold._payment,
    events.OrderDenied: Fold._denied,
    events.CapitalAllocated: Fold._allocated,
}
_decode_marks = _decoder(_Marks)
_MODES = ("recover", "start", "stop", "pause", "gate", "degrade", "kill", "revive")
_BY_WHAT: dict[bytes, tuple[_Apply, _Decode]] = {
    **{
        kind.__name__.encode(): (_OWN_WAY.get(kind, Fold._fact), _decoder(kind))
        for kind in FACTS
        if kind not in _TOLD_ONLY
    },
    b"CancelOrder": (Fold._request, _decoder(CancelOrder)),
    b"AmendOrder": (Fold._request, _decoder(AmendOrder)),
    b"marks": (Fold._marks, _decode_marks),
    b"prices": (Fold._prices, _decode_marks),
    b"net_out": (Fold._net_out, _decoder(_NetOut)),
    b"limit": (Fold._limit, _decoder(_Limit)),
    b"lift": (Fold._lift, _decoder(_Lift)),
    b"carried": (Fold._carried, _decoder(StandingHalt)),
    b"proof": (Fold._proof, _decoder(_Proof)),
    **{name.encode(): (Fold._mode, _decoder(_Mode)) for name in _MODES},
}
_TYPED: tuple[_Apply, _Decode] = (Fold._fact, _decoder(_Mode))  # stands for whatever the row says it is
_BY_KIND: dict[str, tuple[_Apply, _Decode]] = {
    "intent": (Fold._intent, _decoder(_Intent)),
    "run_start": (Fold._began, _decoder(_Began)),
    "run_end": (Fold._ended, _decoder(_Proof)),
    "execution": (Fold._execution, _decoder(events.Execution)),
    **dict.fromkeys(
        ("input", "result", "transition", "ledger", "halt", "reset", "alarm", "mode", "adjustment"), _TYPED
    ),
}
