"""One order and its state machine: what may follow what, and nothing else can.

*Denied* is our own word, before anything was sent; *rejected* is the venue's. *Unknown* means that no answer came: only
the venue, or a proof that it never took the order, leads out of it. A terminal order absorbs late news without moving,
except that an execution which the venue reports late still counts: it raises `filled` and leaves the status alone.
"""

from decimal import Decimal
from enum import StrEnum

from engine.commands import MARKET, OrderType, SubmitOrder
from engine.errors import IllegalTransition, InvalidOrder
from engine.money import ZERO


class Status(StrEnum):
    """Where an order is in its life."""

    PLANNED = "planned"
    DENIED = "denied"
    SUBMITTED = "submitted"
    ACCEPTED = "accepted"
    PARTLY_FILLED = "partly_filled"
    FILLED = "filled"
    CANCELLING = "cancelling"
    AMENDING = "amending"
    CANCELLED = "cancelled"
    REJECTED = "rejected"
    EXPIRED = "expired"
    UNKNOWN = "unknown"
    NOT_ACCEPTED = "not_accepted"


class Step(StrEnum):
    """What can happen to an order."""

    DENY = "deny"
    SUBMIT = "submit"
    ACCEPT = "accept"
    REJECT = "reject"
    FILL_PART = "fill part"
    FILL_ALL = "fill all"
    REQUEST_CANCEL = "request cancel"
    REQUEST_AMEND = "request amend"
    REQUEST_ANSWERED = "request answered"  # amended, or the request was refused: the order rests again
    CANCEL = "cancel"
    EXPIRE = "expire"
    LOSE = "lose"
    NOT_ACCEPT = "not accept"


_S, _T = Status, Step

# What ends an order that the venue has, whatever else is going on.
_ENDINGS = {
    _T.FILL_ALL: _S.FILLED,
    _T.CANCEL: _S.CANCELLED,
    _T.EXPIRE: _S.EXPIRED,
    _T.REJECT: _S.REJECTED,
    _T.LOSE: _S.UNKNOWN,
}
_RESTING = {
    **_ENDINGS,
    _T.FILL_PART: _S.PARTLY_FILLED,
    _T.REQUEST_CANCEL: _S.CANCELLING,
    _T.REQUEST_AMEND: _S.AMENDING,
}
# Late news that changes nothing any more.
_ABSORBED = (_T.ACCEPT, _T.REJECT, _T.REQUEST_ANSWERED, _T.CANCEL, _T.EXPIRE, _T.LOSE)


def _ended(status: Status, *late_fills: Step) -> dict[Step, Status]:
    return dict.fromkeys((*_ABSORBED, *late_fills), status)


TRANSITIONS: dict[Status, dict[Step, Status]] = {
    _S.PLANNED: {_T.DENY: _S.DENIED, _T.SUBMIT: _S.SUBMITTED},
    _S.SUBMITTED: {**_RESTING, _T.ACCEPT: _S.ACCEPTED},
    _S.ACCEPTED: {**_RESTING, _T.ACCEPT: _S.ACCEPTED, _T.REQUEST_ANSWERED: _S.ACCEPTED},
    _S.PARTLY_FILLED: {**_RESTING, _T.ACCEPT: _S.PARTLY_FILLED, _T.REQUEST_ANSWERED: _S.PARTLY_FILLED},
    _S.CANCELLING: {
        **_ENDINGS,
        _T.ACCEPT: _S.CANCELLING,
        _T.FILL_PART: _S.CANCELLING,
        _T.REQUEST_CANCEL: _S.CANCELLING,
        _T.REQUEST_ANSWERED: _S.ACCEPTED,
    },
    _S.AMENDING: {
        **_ENDINGS,
        _T.ACCEPT: _S.AMENDING,
        _T.FILL_PART: _S.AMENDING,
        _T.REQUEST_CANCEL: _S.CANCELLING,
        _T.REQUEST_ANSWERED: _S.ACCEPTED,
    },
    _S.UNKNOWN: {
        **_ENDINGS,
        _T.ACCEPT: _S.ACCEPTED,
        _T.FILL_PART: _S.PARTLY_FILLED,
        _T.REQUEST_ANSWERED: _S.UNKNOWN,
        _T.NOT_ACCEPT: _S.NOT_ACCEPTED,
    },
    _S.FILLED: _ended(_S.FILLED),
    _S.CANCELLED: _ended(_S.CANCELLED, _T.FILL_PART, _T.FILL_ALL),
    _S.EXPIRED: _ended(_S.EXPIRED, _T.FILL_PART, _T.FILL_ALL),
    _S.REJECTED: _ended(_S.REJECTED, _T.FILL_PART, _T.FILL_ALL),
    _S.DENIED: {},
    _S.NOT_ACCEPTED: _ended(_S.NOT_ACCEPTED),
}

TERMINAL = frozenset((_S.DENIED, _S.FILLED, _S.CANCELLED, _S.REJECTED, _S.EXPIRED, _S.NOT_ACCEPTED))
_PLANNED, _ACCEPTED = _S.PLANNED, _S.ACCEPTED
_FILL_PART, _FILL_ALL = _T.FILL_PART, _T.FILL_ALL
_PROTECTIVE = (OrderType.STOP_MARKET, OrderType.STOP_LIMIT, OrderType.TRAILING_STOP)
# What an order of this type cannot be without.
_NEEDS = {
    OrderType.MARKET: ("quantity",),
    OrderType.LIMIT: ("quantity", "price"),
    OrderType.STOP_MARKET: ("quantity", "trigger_price"),
    OrderType.STOP_LIMIT: ("quantity", "price", "trigger_price"),
    OrderType.TRAILING_STOP: ("quantity", "trail"),
}


def _refuse_wrong(command: SubmitOrder) -> None:
    for need in _NEEDS[command.type]:
        value: Decimal | None = getattr(command, need)
        if value is None or not value.is_finite() or value <= ZERO:
            name = need.replace("_", " ")
            raise InvalidOrder(f"the {name} of a {command.type.value} order must be above zero; it was {value}")


class Order:
    """An order of ours, from the plan to the end. It changes through its methods alone."""

    __slots__ = (
        "average_cost",
        "command",
        "created_at",
        "exchange_id",
        "filled",
        "id",
        "price",
        "quantity",
        "reason",
        "reduce_only",
        "side",
        "status",
        "strategy",
        "symbol",
        "trigger_price",
        "type",
    )

    def __init__(self, command: SubmitOrder, strategy: str, created_at: int, reason: str = "") -> None:
        quantity = command.quantity
        if command.type is not MARKET or not quantity or not quantity.is_finite() or quantity <= ZERO:
            _refuse_wrong(command)
        self.command = command
        self.id = command.order_id
        self.symbol = command.symbol
        self.side = command.side
        self.type = command.type
        self.quantity = quantity
        self.price = command.price
        self.trigger_price = command.trigger_price
        self.reduce_only = command.reduce_only
        self.strategy = strategy
        self.created_at = created_at
        self.reason = reason
        self.status = _PLANNED
        self.exchange_id: str | None = None
        self.filled = ZERO
        self.average_cost = ZERO  # the sum of quantity times price of all executions

    @property
    def leaves(self) -> Decimal:
        """What may still be filled."""
        return ZERO if self.status in TERMINAL else self.quantity - self.filled

    @property
    def average_price(self) -> Decimal | None:
        """The average price of what was filled."""
        return self.average_cost / self.filled if self.filled else None

    @property
    def is_open(self) -> bool:
        """Whether the venue has it, or may have it."""
        return self.status not in TERMINAL and self.status is not Status.PLANNED

    @property
    def is_protective(self) -> bool:
        """Whether it is a stop that can only reduce."""
        return self.reduce_only and self.type in _PROTECTIVE

    def take(self, step: Step) -> None:
        """Go where the state machine leads; raise `IllegalTransition` where it has no way."""
        following = TRANSITIONS[self.status].get(step)
        if following is None:
            raise IllegalTransition(f"order {self.id} is {self.status.value} and cannot {step.value}")
        if following is _ACCEPTED and self.filled:
            following = Status.PARTLY_FILLED
        self.status = following

    def fill(self, quantity: Decimal, price: Decimal) -> None:
        """Apply an execution. More than was ordered is refused: somebody's books are wrong.

        More than the venue said that the order is now is not: that was told out of order, and what was ordered counts
        until the venue says it again.
        """
        filled = self.filled + quantity
        size = self.quantity if filled <= self.quantity else self.command.quantity
        if quantity <= ZERO or filled > size:
            raise IllegalTransition(
                f"order {self.id} over {self.quantity} has {self.filled} filled and cannot take {quantity} more"
            )
        self.take(_FILL_ALL if filled == size else _FILL_PART)
        self.filled = filled
        self.quantity = size
        self.average_cost += quantity * price

    def amend(self, quantity: Decimal, price: Decimal | None, trigger_price: Decimal | None) -> None:
        """The venue says what the order is now. A request to cancel stays on its way; an ended order stays as it is."""
        if self.status in TERMINAL:
            return
        if quantity < self.filled:
            raise IllegalTransition(f"order {self.id} has {self.filled} filled and cannot shrink to {quantity}")
        named = self.status in (Status.CANCELLING, Status.UNKNOWN)
        self.take(Step.ACCEPT if named else Step.REQUEST_ANSWERED)
        self.quantity = quantity
        self.price = price
        self.trigger_price = trigger_price
