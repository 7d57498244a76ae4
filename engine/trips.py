"""Round trips: what each strategy made of each position, from its first fill until it is flat again."""

from collections.abc import Callable, Mapping
from decimal import Decimal

import msgspec

from engine.ledger import Position
from engine.money import ZERO

REMEMBERED_DAYS = 60
FEE_STEP = Decimal("1e-8")  # of the part of a fee that belongs to the half that closes


class Trip(msgspec.Struct, eq=False, gc=False):
    """One position of one strategy while it is open."""

    opened_ns: int
    net: Decimal = ZERO  # realised, without fees, with funding; what is open comes on top
    risk: Decimal = ZERO  # what its stops would have lost when it was entered
    is_told: bool = False  # that it lost as much as somebody wants to know of


class Closed:
    """One that is over, and lost so much that it has to be told."""

    __slots__ = ("net", "strategy", "symbol")

    def __init__(self, strategy: str, symbol: str, net: Decimal) -> None:
        self.strategy = strategy
        self.symbol = symbol
        self.net = net


class Track:
    """A strategy's own record."""

    __slots__ = ("days", "outcomes", "trips")

    def __init__(self) -> None:
        self.trips = 0  # ever
        self.outcomes: list[float] = []  # what was made over what was at risk, until somebody reads it
        self.days: dict[int, Decimal] = {}  # by when the day ends: what was made

    def add(self, day_ends_ns: int, net: Decimal, risk: Decimal) -> None:
        """A trip is over."""
        self.trips += 1
        if risk > ZERO:
            self.outcomes.append(float(net) / float(risk))
        days = self.days
        if day_ends_ns in days:
            days[day_ends_ns] += net
            return
        if len(days) >= REMEMBERED_DAYS:
            del days[next(iter(days))]
        days[day_ends_ns] = net


class Together:
    """All open trips of one symbol: a strategy's, and what was traded elsewhere beside it, or against it.

    A trade made elsewhere that closes one of ours leaves two shares that the mark moves against each other; only what
    they lost together was lost.
    """

    __slots__ = ("cost", "first", "is_told", "quantity", "trips")

    def __init__(self, first: tuple[str, str], trip: Trip, share: Position) -> None:
        self.first = first  # whose trip it was before anybody else came
        self.quantity = share.quantity
        self.cost = share.cost - trip.net  # what has to come back until nothing is lost
        self.trips = [trip]
        self.is_told = trip.is_told

    def add(self, trip: Trip, share: Position) -> None:
        """Another one in the same symbol."""
        self.quantity += share.quantity
        self.cost += share.cost - trip.net
        self.trips.append(trip)
        self.is_told = self.is_told or trip.is_told

    def tell(self, *, is_told: bool) -> None:
        """That somebody was told, or can be told again."""
        for trip in self.trips:
            trip.is_told = is_told

    def loss(self, mark: Callable[[str], Decimal]) -> Decimal:
        """Of now; what is closed needs no mark."""
        return self.cost - self.quantity * mark(self.first[1]) if self.quantity else self.cost


def by_symbol(trips: Mapping[tuple[str, str], Trip], owned: Mapping[tuple[str, str], Position]) -> dict[str, Together]:
    """The trips that are open."""
    found: dict[str, Together] = {}
    for key, trip in trips.items():
        one = found.get(key[1])
        if one is None:
            found[key[1]] = Together(key, trip, owned[key])
        else:
            one.add(trip, owned[key])
    return found
