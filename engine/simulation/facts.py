"""What a venue remembers of itself: plain facts, each of which can be written as JSON and read again.

Commands and reports are remembered as they are. Where they do not say it all, three more say what an order, a symbol
or the whole venue looked like afterwards.
"""

from collections.abc import Callable
from decimal import Decimal
from typing import Any

import msgspec

from engine import events
from engine.commands import AmendOrder, CancelOrder, Command, OrderType, SubmitOrder, TimeInForce
from engine.events import Event
from engine.exchange.questions import OrderTruth
from engine.orders import TERMINAL, Status


class BracketKept(msgspec.Struct, frozen=True, gc=False, omit_defaults=True):
    """The exits that an entry brought along: of which entry, and where they are or will be placed."""

    parent_id: str
    side: int
    stop: Decimal | None = None
    target: Decimal | None = None
    by_mark: bool = False


class OrderKept(Event, frozen=True, gc=False, omit_defaults=True):
    """An order after something happened to it, complete."""

    order_id: str
    symbol: str
    side: int
    type: OrderType
    quantity: Decimal
    filled: Decimal
    status: Status
    time_in_force: TimeInForce
    exchange_id: str = ""
    reason: str = ""  # why it ended
    price: Decimal | None = None
    trigger_price: Decimal | None = None
    by_mark: bool = False
    trail: Decimal | None = None
    best: Decimal | None = None  # the best price that a trailing stop has seen
    worth: Decimal | None = None  # the price at which margin is reserved for it
    reduce_only: bool = False
    is_exit: bool = False
    bracket: BracketKept | None = None
    place: str = ""
    accepted_ns: int = 0
    arrived_ns: int = 0

    @property
    def is_open(self) -> bool:
        """Whether the venue still has it."""
        return self.status not in TERMINAL

    @property
    def truth(self) -> OrderTruth:
        """What the venue answers to whoever asks for this order."""
        return OrderTruth(
            self.order_id,
            self.exchange_id,
            self.symbol,
            self.side,
            self.type,
            self.status,
            self.quantity,
            self.filled,
            self.price,
            self.trigger_price,
            self.reduce_only,
            self.reason,
        )


class SymbolSet(Event, frozen=True, gc=False):
    """How a symbol may be traded from now on."""

    symbol: str
    leverage: Decimal
    is_trading: bool


class PositionKept(msgspec.Struct, frozen=True, gc=False):
    """All figures of a position."""

    symbol: str
    quantity: Decimal
    cost: Decimal
    realised: Decimal
    fees: Decimal
    funding: Decimal


class VenueKept(Event, frozen=True):
    """The whole venue at a moment: whoever remembers this needs nothing from before, but for the history."""

    deposits: Decimal
    cash: Decimal
    realised: Decimal
    fees: Decimal
    funding: Decimal
    positions: tuple[PositionKept, ...]  # those that are not flat first, in the order in which they were opened
    orders: tuple[OrderKept, ...]  # in the order in which they were accepted
    queued: tuple[str, ...]  # in the order in which they came to where they are, place by place
    symbols: tuple[SymbolSet, ...]
    announced: tuple[events.FundingRate, ...]
    seen: tuple[str, ...]
    numbers: dict[str, int]


Fact = Event | Command


class Happening(msgspec.Struct, frozen=True):
    """A cause and all its consequences, in their order. It is remembered whole or not at all."""

    ts: int
    facts: tuple[Fact, ...]

    def body(self) -> dict[str, Any]:
        """What a journal writes of it."""
        facts = [
            {"what": type(fact).__name__, **msgspec.to_builtins(fact, builtin_types=(Decimal,))} for fact in self.facts
        ]
        return {"ts": self.ts, "facts": facts}


_KINDS: tuple[type[Fact], ...] = (
    SubmitOrder,
    CancelOrder,
    AmendOrder,
    events.OrderAccepted,
    events.OrderRejected,
    events.OrderAmended,
    events.RequestRefused,
    events.OrderTriggered,
    events.OrderCancelled,
    events.OrderExpired,
    events.Execution,
    events.FundingPaid,
    events.FundingRate,
    events.Transferred,
    OrderKept,
    SymbolSet,
    VenueKept,
)
_DECODE: dict[str, Callable[[msgspec.Raw], Any]] = {kind.__name__: msgspec.json.Decoder(kind).decode for kind in _KINDS}


class _Body(msgspec.Struct):
    ts: int
    facts: list[msgspec.Raw]


class _What(msgspec.Struct):
    what: str


_decode_body = msgspec.json.Decoder(_Body).decode
_decode_what = msgspec.json.Decoder(_What).decode


def happening_of(body: bytes) -> Happening:
    """What a journal wrote, as it was; raises `msgspec.MsgspecError` or `KeyError` for what is no happening."""
    read = _decode_body(body)
    return Happening(read.ts, tuple(_DECODE[_decode_what(raw).what](raw) for raw in read.facts))
