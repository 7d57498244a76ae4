"""An order as the venue keeps it: counted in whole ticks and lots, with its place in the market."""

from decimal import Decimal
from enum import Enum

import msgspec

from engine.commands import OrderType, TimeInForce


class Place(Enum):
    """Where an order is."""

    NOWHERE = 0  # not taken in yet, or gone
    WAITING = 1  # for the first price after its arrival
    RESTING = 2  # in the book
    WATCHING = 3  # for its trigger


NOWHERE, WAITING, RESTING, WATCHING = Place  # found faster here than on the class, for every order


class Bracket:
    """The stop and the target that an order brings along; they come to life with its first fill."""

    __slots__ = ("by_mark", "parent_id", "side", "stop", "stop_ticks", "target", "target_ticks")

    def __init__(self, parent_id: str, side: int, stop_ticks: int, target_ticks: int, by_mark: bool) -> None:
        self.parent_id = parent_id
        self.side = side  # of the exits
        self.stop_ticks = stop_ticks  # 0: no stop
        self.target_ticks = target_ticks  # 0: no target
        self.by_mark = by_mark
        self.stop: VenueOrder | None = None
        self.target: VenueOrder | None = None

    def sibling(self, order: "VenueOrder") -> "VenueOrder | None":
        """The other of the two, if it is alive."""
        return self.target if order.type is OrderType.STOP_MARKET else self.stop

    def release(self, order: "VenueOrder") -> None:
        """An exit is gone; nobody holds on to it, so that its memory is free at once."""
        if order is self.stop:
            self.stop = None
        elif order is self.target:
            self.target = None


class VenueOrder(msgspec.Struct, eq=False):
    """One live order. Signed figures are never used: `side` is +1 or -1."""

    order_id: str
    side: int
    type: OrderType
    lots: int
    ticks: int = 0  # the limit; 0 for none
    trigger_ticks: int = 0  # 0 for none
    trail_ticks: int = 0
    by_mark: bool = False
    time_in_force: TimeInForce = TimeInForce.GTC
    reduce_only: bool = False
    arrived_ns: int = 0
    exchange_id: str = ""
    filled: int = 0
    place: Place = Place.NOWHERE
    ahead: int = 0  # lots of others that trade before it at its price
    best_ticks: int = 0  # the best price a trailing stop has seen
    worth_ticks: int = 0  # the price at which margin is reserved; 0 while no price is known
    bracket: Bracket | None = None  # what it brings along, or, for an exit, what it belongs to
    is_exit: bool = False  # it was brought along
    young: bool = False  # placed inside the bar that is being replayed

    @property
    def left(self) -> int:
        """Lots that are still to be filled."""
        return self.lots - self.filled

    @property
    def is_conditional(self) -> bool:
        """Whether it waits for a trigger before it trades."""
        return self.trigger_ticks > 0 or self.trail_ticks > 0


class OpenOrder(msgspec.Struct, frozen=True, gc=False, kw_only=True):
    """What the venue says of an open order when it is asked."""

    order_id: str
    exchange_id: str
    symbol: str
    side: int
    type: OrderType
    quantity: Decimal
    filled: Decimal
    price: Decimal | None
    trigger_price: Decimal | None
    time_in_force: TimeInForce
    reduce_only: bool
    ts: int
