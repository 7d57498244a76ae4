"""Takes commands to the exchange: when their row is on the disk, while they are young, and while the door is open.

What cannot leave ends at once and by name, for it is proven that it was never sent. What has left and is not answered
in time is not sent again and not given up: it is unknown, and the inquiry finds out.
"""

from collections.abc import Callable

from engine import events
from engine.bus import Bus
from engine.clock import Timeline
from engine.commands import AmendOrder, CancelOrder, Command, OrderType, SubmitOrder, TimeInForce
from engine.exchange.catching_up import Find
from engine.exchange.door import Door
from engine.exchange.inquiry import Inquiry
from engine.exchange.patience import Patience
from engine.faultpoints import reach
from engine.orders import Order, Status
from engine.ports import Exchange, Ticket
from engine.refusals import Refusal

NOT_SENT = "NotSent"
_AT_ONCE = (TimeInForce.IOC, TimeInForce.FOK)
_SENT = {SubmitOrder: "send.done", CancelOrder: "cancel.sent", AmendOrder: "amend.sent"}
_ABSENT = (Refusal.UNKNOWN_ORDER, Refusal.ORDER_CLOSED)


class _Parcel:
    """One command on its way out."""

    __slots__ = ("command", "epoch", "frees_a_stop", "is_over", "sign_by_ns", "ticket")

    def __init__(
        self, command: Command, ticket: Ticket | None, epoch: int, sign_by_ns: int, frees_a_stop: bool
    ) -> None:
        self.command = command
        self.ticket = ticket
        self.epoch = epoch
        self.sign_by_ns = sign_by_ns
        self.frees_a_stop = frees_a_stop  # it cancels a stop that protected nothing when this was decided
        self.is_over = False  # it has left, or never will


class Courier:
    """The only one who hands anything to the exchange."""

    def __init__(
        self,
        timeline: Timeline,
        bus: Bus,
        exchange: Exchange,
        inquiry: Inquiry,
        door: Door,
        patience: Patience,
        *,
        find: Find,
        adds_risk: Callable[[Order], bool],
        protects: Callable[[Order], bool],
        cancel: Callable[[Order], None],
    ) -> None:
        self._timeline = timeline
        self._bus = bus
        self._exchange = exchange
        self._inquiry = inquiry
        self._door = door
        self._patience = patience
        self._find = find
        self._adds_risk = adds_risk
        self._protects = protects
        self._cancel = cancel
        self._waiting: dict[str, _Parcel] = {}  # orders whose row is not on the disk yet
        self._requests: dict[str, _Parcel] = {}  # the last cancellation or amendment of an order that is under way
        bus.subscribe(events.RequestRefused, self._on_refused)

    def send(self, command: Command, ticket: Ticket | None) -> None:
        """Take a command that was decided just now; without a ticket there is no row and there will be none."""
        now = self._timeline.now_ns
        sign_by_ns = now + self._patience.sign_ns
        parcel = _Parcel(command, ticket, self._door.epoch, sign_by_ns, self._frees_a_stop(command))
        if isinstance(command, CancelOrder):
            waiting = self._waiting.pop(command.order_id, None)
            if waiting is not None:
                waiting.is_over = True
                self._never_sent(waiting, "it was cancelled before it left")
                return
        if ticket is None or ticket.is_settled or (self._door.is_killed and not self._is_risky(command)):
            self._leave(parcel)
            return
        if isinstance(command, SubmitOrder):
            self._waiting[command.order_id] = parcel
            self._timeline.post(parcel.sign_by_ns, self._expire, parcel)
        ticket.when_settled(lambda _: self._leave(parcel))

    def stream_lost(self, reason: str) -> None:
        """The exchange's own news may be missing from now on."""
        self._inquiry.stream.lost(reason)

    def stream_back(self) -> None:
        """They come again; what was missed is read now."""
        self._inquiry.stream.back()

    def lost(self, event: events.OrderUnknown) -> None:
        """An adapter cannot say what became of an order: it is looked for from now on, not only when silence tells."""
        order = self._find(event.order_id)
        if order is None or not order.is_open or order.status is Status.UNKNOWN:
            return
        if order.exchange_id is None and not order.filled:
            self._inquiry.lose(order, event.reason, self._again(order))
        else:
            self._inquiry.look(order, self._again(order))  # the stream has told of it meanwhile

    # --- leaving

    def _leave(self, parcel: _Parcel) -> None:
        if parcel.is_over:
            return
        parcel.is_over = True
        if isinstance(parcel.command, SubmitOrder):
            self._waiting.pop(parcel.command.order_id, None)
        refusal = self._unfit(parcel)
        if refusal is None:
            reach("send.before")
            refusal = self._shut_out(parcel)  # last of all: nothing may come between this and the hand-over
        if refusal is None:
            self._hand_over(parcel)
        else:
            self._never_sent(parcel, refusal)

    def _unfit(self, parcel: _Parcel) -> str | None:
        """Why a command must not leave, whatever the door says."""
        ticket = parcel.ticket
        if ticket is not None and ticket.is_durable:
            reach("intent.committed")
        elif not self._door.is_killed or self._is_risky(parcel.command):
            return "it was not sent: its row could not be written"
        if self._timeline.now_ns > parcel.sign_by_ns and not isinstance(parcel.command, CancelOrder):
            return self._too_old()
        if parcel.frees_a_stop and not self._frees_a_stop(parcel.command):
            return "it was not sent: meanwhile there is a position again, which this stop protects"
        return None

    def _shut_out(self, parcel: _Parcel) -> str | None:
        door = self._door
        if door.closed is None and door.epoch == parcel.epoch:
            return None
        if not self._is_risky(parcel.command):
            return None
        return f"it was not sent: {door.closed or 'the gate was closed in between'}"

    def _hand_over(self, parcel: _Parcel) -> None:
        command = parcel.command
        if not isinstance(command, SubmitOrder):
            self._requests[command.order_id] = parcel
        try:
            self._exchange.send(command)
        except Exception as error:  # noqa: BLE001 - whatever an adapter raises, bytes may have left before
            self._unanswered(parcel, f"sending failed half way: {error}")
            return
        reach(_SENT[type(command)])
        self._timeline.post(self._timeline.now_ns + self._patience.answer_ns, self._look_back, parcel)

    # --- what never left

    def _expire(self, parcel: _Parcel) -> None:
        """The row is still not on the disk, and a decision does not wait: a slow disk never makes an order late."""
        if not parcel.is_over:
            parcel.is_over = True
            self._waiting.pop(parcel.command.order_id, None)
            self._never_sent(parcel, self._too_old())

    def _too_old(self) -> str:
        return f"it was not sent: its row was not on the disk within {self._patience.sign_ns / 1e9:g} s"

    def _never_sent(self, parcel: _Parcel, reason: str) -> None:
        command, now = parcel.command, self._timeline.now_ns
        name = command.order_id, command.symbol
        if isinstance(command, SubmitOrder):
            # The table leads to this end through `unknown`; nobody asks, for the answer is here.
            self._bus.publish(events.OrderUnknown(now, *name, reason))
            self._bus.publish(events.OrderNotAccepted(now, *name, reason))
        else:
            self._bus.publish(events.RequestRefused(now, *name, NOT_SENT, reason))

    # --- what left

    def _look_back(self, parcel: _Parcel) -> None:
        """It left a while ago: there should have been news."""
        waited = self._patience.answer_ns / 1e9
        self._unanswered(parcel, f"no answer came within {waited:g} s")

    def _unanswered(self, parcel: _Parcel, reason: str) -> None:
        command = parcel.command
        order = self._find(command.order_id)
        again = None if order is None else self._again(order)
        is_last = self._requests.get(command.order_id) is parcel
        if is_last:
            del self._requests[command.order_id]
        if order is None or not order.is_open or order.status is Status.UNKNOWN:
            return
        if isinstance(command, SubmitOrder):
            if order.exchange_id is None and not order.filled:
                self._inquiry.lose(order, reason, again)
            elif command.type is OrderType.MARKET or command.time_in_force in _AT_ONCE:
                self._inquiry.look(order, again)  # it was taken, and should have been over long ago
        elif is_last and order.status in (Status.CANCELLING, Status.AMENDING):
            self._inquiry.lose(order, reason, again)

    def _frees_a_stop(self, command: Command) -> bool:
        """Whether it cancels a stop that protects nothing at this moment."""
        if not isinstance(command, CancelOrder):
            return False
        order = self._find(command.order_id)
        return order is not None and order.is_protective and not self._protects(order)

    def _again(self, order: Order) -> Callable[[Order], None] | None:
        """What makes a cancellation again that is lost now, as far as what it was decided on still holds."""
        if order.status is not Status.CANCELLING:
            return None
        parcel = self._requests.get(order.id)
        return self.free_again if parcel is not None and parcel.frees_a_stop else self.cancel_again

    def _is_risky(self, command: Command) -> bool:
        """Whether a command can add risk; what nobody knows can."""
        if isinstance(command, CancelOrder):
            return False
        order = self._find(command.order_id)
        return order is None or self._adds_risk(order)

    def cancel_again(self, order: Order) -> None:
        """A cancellation that was lost is made again, once the order was seen to rest."""
        if order.status is not Status.CANCELLING:
            self._cancel(order)

    def free_again(self, order: Order) -> None:
        """The same, unless it is a stop that protects a position by now."""
        if not self._protects(order):
            self.cancel_again(order)

    def _on_refused(self, event: events.RequestRefused) -> None:
        """A cancellation of an order that the exchange does not have now: it may come, or be over; never assume."""
        parcel = self._requests.get(event.order_id)
        if parcel is None or not isinstance(parcel.command, CancelOrder) or event.code not in _ABSENT:
            return
        del self._requests[event.order_id]
        order = self._find(event.order_id)
        if order is not None and order.is_open:
            self._inquiry.look(order, self.free_again if parcel.frees_a_stop else self.cancel_again)
