"""The order desk: every order of ours from the gate to its end, and every execution into the books, once."""

from collections.abc import Callable
from itertools import islice
from typing import Any

import msgspec

from engine import events
from engine.account import EXTERNAL, Account
from engine.bus import Bus
from engine.client_ids import ClientIds
from engine.clock import Timeline
from engine.commands import AmendOrder, CancelOrder, Command, OrderType, SubmitOrder
from engine.errors import CommandRefused, IllegalTransition
from engine.faultpoints import reach
from engine.gate import Denial, OrderRequest, RiskGate, grows
from engine.money import plain
from engine.orders import Order, Status, Step
from engine.record.recorder import Recorder

_SUBMIT, _ACCEPT, _FILLED = Step.SUBMIT, Step.ACCEPT, Status.FILLED
_REMEMBERED_ORDERS = 1_000
_REMEMBERED_EXECUTIONS = 50_000

_NOT_REDUCE_ONLY = "NotReduceOnly"
# What is wrong with the order as it was given; all other refusals are about growing, and what only closes may pass.
_ABOUT_THE_ORDER = frozenset(
    (
        *("HeldByAnother", "NothingToReduce", "NoPrice", "OffLot", "BelowMinimumQuantity", "AboveMaximumQuantity"),
        *("PriceOutOfRange", "OffTick", "BelowMinimumNotional"),
    )
)


class OrderDesk:
    """Owns the orders; nothing else changes one."""

    def __init__(
        self,
        bus: Bus,
        timeline: Timeline,
        account: Account,
        gate: RiskGate,
        ids: ClientIds,
        send: Callable[[Command], None],
        recorder: Recorder | None = None,
    ) -> None:
        self._bus = bus
        self._timeline = timeline
        self._account = account
        self._gate = gate
        self.ids = ids
        self._send = send
        self._recorder = recorder
        self.frozen: Callable[[str], str | None] = _never_frozen  # why nothing may grow in a symbol
        self.half_refused: Denial | None = None  # why of the last order that was halved the other half did not leave
        self.is_killed = False  # everything is being closed: strategies place nothing, persons only what reduces
        self.evidence: Callable[[Order], dict[str, Any]] | None = None  # what an order was decided on, for its row
        # Known by id: when the newer are as many as have to be remembered, the older are forgotten all at once.
        self.executions: set[str] = set()
        self.older_executions: set[str] = set()
        self.recent: dict[str, Order] = {}  # that ended; the newest so many, and up to as many older ones
        self.duplicates = 0
        self.tells = True  # of fills, to whoever acts on them
        self.counts = dict.fromkeys(("orders", "fills", "denied", "rejected", "discrepancies"), 0)
        for kind, handler in (
            (events.OrderAccepted, self._on_accepted),
            (events.OrderRejected, self._on_rejected),
            (events.Execution, self._on_execution),
            (events.OrderAmended, self._on_amended),
            (events.RequestRefused, self._on_request_refused),
            (events.OrderCancelled, self._on_cancelled),
            (events.OrderExpired, self._on_expired),
            (events.OrderUnknown, self._on_unknown),
            (events.OrderNotAccepted, self._on_not_accepted),
        ):
            bus.subscribe(kind, handler)

    # --- what we ask for

    def place(self, request: OrderRequest) -> Order:
        """Let the gate judge a request and send it, or keep it as denied."""
        reach("decision")
        account = self._account
        if (request.stop is not None or request.target is not None) and not grows(request, account):
            request = msgspec.structs.replace(request, stop=None, target=None)  # nothing is entered that they could end
        denial = self._closed(request) or self._gate.check(request, account, self._timeline.now_ns)
        if denial is not None:
            half = self._closing_half(request, denial)
            if half is not None:
                if denial.code != _NOT_REDUCE_ONLY:
                    self.refuse(
                        request, Denial(denial.code, denial.sentence, denial.numbers, "the half that closes passes")
                    )
                order = self.place(half)
                self.half_refused = denial
                return order
        order_id = self.ids.next(request.strategy)
        is_spot = account.markets[request.symbol].is_spot
        command = SubmitOrder(
            order_id,
            request.symbol,
            request.side,
            request.type,
            request.quantity,
            request.price,
            request.trigger_price,
            request.trigger_by,
            request.trail,
            request.time_in_force,
            request.reduce_only and not is_spot,  # a spot exchange knows no positions to reduce
            request.stop,
            request.target,
        )
        now = self._timeline.now_ns
        order = Order(command, request.strategy, now, request.reason)
        order.reduce_only = request.reduce_only
        if denial is not None:
            self.deny(order, denial)
            return order
        order.take(_SUBMIT)
        self._gate.passed(order)
        account.open_orders[order_id] = order
        self.counts["orders"] += 1
        bus = self._bus
        if events.OrderApproved in bus.heard:
            bus.publish(events.OrderApproved(now, order_id, request.symbol, request.strategy, request.quantity))
        if events.OrderSubmitted in bus.heard:
            bus.publish(events.OrderSubmitted(now, order_id, request.symbol))
        if self._recorder is None:
            self._send(command)
        else:
            self._recorder.intent(order, None if self.evidence is None else self.evidence(order))
        return order

    def restore(self, order: Order) -> None:
        """Take up an order that an earlier run wrote down; whether it was sent is for others to find out."""
        order.take(_SUBMIT)
        self._gate.passed(order)
        self._account.open_orders[order.id] = order
        self.counts["orders"] += 1

    def deny(self, order: Order, denial: Denial) -> None:
        """Refuse before anything was sent."""
        order.take(Step.DENY)
        order.reason = denial.told
        self.counts["denied"] += 1
        self._remember(order)
        self._tell_denied(order.id, order.symbol, order.strategy, denial)

    def refuse(self, wish: events.Signal | OrderRequest, denial: Denial) -> None:
        """Refuse a wish that did not even become an order."""
        self.counts["denied"] += 1
        self._tell_denied(self.ids.next(wish.strategy), wish.symbol, wish.strategy, denial)

    def _tell_denied(self, order_id: str, symbol: str, strategy: str, denial: Denial) -> None:
        now, code = self._timeline.now_ns, denial.code
        self._bus.publish(
            events.OrderDenied(now, order_id, symbol, strategy, code, denial.told, denial.numbers, denial.passes)
        )

    def cancel(self, order: Order, because: str = "") -> None:
        """Ask the venue to take an order back; asking twice is one request."""
        if order.status in (Status.CANCELLING, Status.UNKNOWN):
            return
        if not order.is_open:
            raise CommandRefused(f"order {order.id} is {order.status.value} already")
        order.take(Step.REQUEST_CANCEL)
        self._ask(order, CancelOrder(order.id, order.symbol), because)

    def amend(self, order: Order, change: AmendOrder) -> None:
        """Ask the venue to change a resting order."""
        order.take(Step.REQUEST_AMEND)
        self._ask(order, change)

    def _ask(self, order: Order, command: CancelOrder | AmendOrder, because: str = "") -> None:
        if self._recorder is None:
            self._send(command)
        else:
            self._recorder.request(order, command, because)

    def cancel_entries(self) -> None:
        """Ask for everything to be taken back that could still make a position larger."""
        for order in list(self._account.open_orders.values()):
            if not order.reduce_only:
                self.cancel(order)

    def _closing_half(self, request: OrderRequest, denial: Denial) -> OrderRequest | None:
        """Of a denied order that would turn a position around, the part that only closes it: exits always pass."""
        account = self._account
        if denial.code == _NOT_REDUCE_ONLY:  # beside one that closes everything it could turn the position around
            return msgspec.structs.replace(request, reduce_only=True, stop=None, target=None)
        held = account.held(request.symbol)
        if denial.code in _ABOUT_THE_ORDER or request.type is not OrderType.MARKET or held * request.side >= 0:
            return None
        quantity = account.closable(request.symbol)
        if not quantity or quantity >= request.quantity or request.reduce_only:
            return None
        return msgspec.structs.replace(request, quantity=quantity, reduce_only=True, stop=None, target=None)

    def _closed(self, request: OrderRequest) -> Denial | None:
        account = self._account
        reason = account.entries_closed
        if not request.reduce_only:
            holder = account.holder(request.symbol)
            if holder is not None and holder != request.strategy:
                words = f"{request.symbol} is in the hands of {holder}"
                return Denial("HeldByAnother", words, (), "one strategy a symbol at a time")
            if reason is None:
                reason = self.frozen(request.symbol)
                if reason is None:
                    return None
        if not grows(request, account):
            if not request.reduce_only and not account.markets[request.symbol].is_spot:
                return Denial(_NOT_REDUCE_ONLY, reason or "", (), "only reduce-only orders pass")
            return None
        if request.reduce_only:
            held = account.held(request.symbol)
            words = f"a reduce-only order must not go beyond the {plain(held)} {request.symbol} held"
            return Denial("NothingToReduce", words, (("held", held),))
        return Denial("EntriesClosed", reason or "", (), "only orders that reduce a position pass")

    def _exit_of(self, order_id: str) -> Order | None:
        """A stop or target that the venue made of an entry's wish, `ID.stop` or `ID.target`, when the entry filled.

        The venue says its size in an amendment that follows; until then it is that of the entry.
        """
        parent_id, _, leg = order_id.partition(".")
        parent = self.find(parent_id)
        if parent is None or not leg:
            return None
        is_stop = leg.startswith("stop")
        command = SubmitOrder(
            order_id,
            parent.symbol,
            -parent.side,
            OrderType.STOP_MARKET if is_stop else OrderType.LIMIT,
            parent.quantity,
            None if is_stop else parent.command.target,
            parent.command.stop if is_stop else None,
            reduce_only=True,
        )
        reason = f"{'stop' if is_stop else 'target'} of {parent_id}"
        order = Order(command, parent.strategy, self._timeline.now_ns, reason)
        order.take(_SUBMIT)
        self._account.open_orders[order_id] = order
        return order

    # --- what the venue tells

    def find(self, order_id: str) -> Order | None:
        """An order of ours that is open, or that ended lately."""
        return self._account.open_orders.get(order_id) or self.recent.get(order_id)

    def _on_accepted(self, event: events.OrderAccepted) -> None:
        order_id = event.order_id
        order = self.find(order_id) or self._exit_of(order_id)
        if order is None:
            self.discrepancy(f"the venue accepted order {event.order_id}, which is not ours")
            return
        order.exchange_id = event.exchange_id
        order.take(_ACCEPT)

    def _on_rejected(self, event: events.OrderRejected) -> None:
        if self._end(event.order_id, Step.REJECT, event.sentence):
            self.counts["rejected"] += 1

    def _on_cancelled(self, event: events.OrderCancelled) -> None:
        self._end(event.order_id, Step.CANCEL, event.code)

    def _on_expired(self, event: events.OrderExpired) -> None:
        self._end(event.order_id, Step.EXPIRE, event.code)

    def _on_unknown(self, event: events.OrderUnknown) -> None:
        order = self.find(event.order_id)
        if order is not None:
            order.take(Step.LOSE)
            if order.status is Status.UNKNOWN:
                order.reason = event.reason

    def _on_not_accepted(self, event: events.OrderNotAccepted) -> None:
        order = self.find(event.order_id)
        if order is not None and order.filled:
            raise IllegalTransition(
                f"order {order.id} has {order.filled} filled and cannot be one the venue never took"
            )
        self._end(event.order_id, Step.NOT_ACCEPT, event.reason or "the venue never took it")

    def _on_amended(self, event: events.OrderAmended) -> None:
        order = self.find(event.order_id)
        if order is None:
            self.discrepancy(f"the venue amended order {event.order_id}, which is not ours")
        else:
            order.amend(event.quantity, event.price, event.trigger_price)
            if order.quantity == order.filled and order.is_open:
                self._end(order.id, Step.CANCEL, order.reason)

    def _on_request_refused(self, event: events.RequestRefused) -> None:
        order = self.find(event.order_id)
        if order is not None:
            order.take(Step.REQUEST_ANSWERED)

    def _on_execution(self, event: events.Execution) -> None:
        """Money that moved is booked, whatever the order's life says of it; what does not fit is told afterwards."""
        if event.execution_id in self.executions or event.execution_id in self.older_executions:
            self.duplicates += 1
            return
        self.executions.add(event.execution_id)
        if len(self.executions) >= _REMEMBERED_EXECUTIONS:
            self.older_executions, self.executions = self.executions, set()
        self.counts["fills"] += 1
        account = self._account
        account.now_ns = event.ts
        order = account.open_orders.get(event.order_id) or self.recent.get(event.order_id)
        misfit: IllegalTransition | None = None
        if order is None:
            strategy, whole = self._stranger(event), True
        else:
            try:
                order.fill(event.quantity, event.price)
            except IllegalTransition as error:
                misfit = error
            strategy, whole = order.strategy, order.status is _FILLED
            if whole:
                self._close(order)
        stop = None if order is None or order.reduce_only else order.command.stop
        account.fill(
            strategy, event.symbol, event.side, event.quantity, event.price, event.fee, event.fee_currency, stop
        )
        if event.kind == "liquidation":
            account.net_out(event.symbol)
        if self.tells:
            self._tell_fill(event, strategy, events.OrderFilled if whole else events.OrderPartlyFilled)
        if misfit is not None:
            raise misfit

    def _tell_fill(
        self, event: events.Execution, strategy: str, told: type[events.OrderFilled] | type[events.OrderPartlyFilled]
    ) -> None:
        publish, ts, symbol = self._bus.publish, event.ts, event.symbol
        side, quantity, price = event.side, event.quantity, event.price
        publish(told(ts, event.order_id, symbol, strategy, side, quantity, price, event.fee, event.maker, event.kind))
        position = self._account.ledger.positions[symbol]
        publish(events.PositionChanged(ts, symbol, position.quantity, position.entry_price, position.realised))

    def _stranger(self, event: events.Execution) -> str:
        """An execution of no order of ours: a liquidation closes what its holder held; the rest is somebody else's."""
        if event.kind == "liquidation":
            for (strategy, symbol), share in self._account.owned.items():
                if symbol == event.symbol and share.quantity * event.side < 0:
                    return strategy
        self.discrepancy(f"an execution of {event.quantity} {event.symbol} belongs to no order of ours")
        return EXTERNAL

    # --- the end of an order

    def _end(self, order_id: str, step: Step, reason: str) -> bool:
        """End an order of ours; whether this was what ended it."""
        order = self.find(order_id)
        if order is None:
            self.discrepancy(f"the venue ended order {order_id}, which is not ours")
            return False
        was_open = order.is_open
        order.take(step)
        if was_open:
            order.reason = reason
            self._close(order)
        return was_open

    def _close(self, order: Order) -> None:
        if self._account.open_orders.pop(order.id, None) is not None:
            self._remember(order)
            reach("terminal")

    def _remember(self, order: Order) -> None:
        self.recent[order.id] = order
        if len(self.recent) >= 2 * _REMEMBERED_ORDERS:
            self.recent = dict(islice(self.recent.items(), _REMEMBERED_ORDERS, None))

    def discrepancy(self, sentence: str) -> None:
        """Count and tell what the venue says and our books cannot explain."""
        self.counts["discrepancies"] += 1
        self._bus.publish(events.ErrorOccurred(self._timeline.now_ns, "venue", sentence))


def _never_frozen(_: str) -> str | None:
    return None
