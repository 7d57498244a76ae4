"""Round trips: what each strategy made of each position, from its first fill until it is flat again."""

from decimal import Decimal

from engine.money import ZERO

REMEMBERED_DAYS = 60
FEE_STEP = Decimal("1e-8")  # of the part of a fee that belongs to the half that closes


class Trip:
    """One position of one strategy while it is open."""

    __slots__ = ("is_told", "net", "opened_ns", "risk")

    def __init__(self, opened_ns: int, net: Decimal = ZERO) -> None:
        self.opened_ns = opened_ns
        self.net = net  # realised, without fees, with funding; what is open comes on top
        self.risk = ZERO  # what its stops would have lost when it was entered
        self.is_told = False  # that it lost as much as somebody wants to know of


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
        self.days: dict[int, float] = {}  # of the day's number: what was made

    def add(self, day: int, net: Decimal, risk: Decimal) -> None:
        """A trip is over."""
        self.trips += 1
        made = float(net)
        if risk > ZERO:
            self.outcomes.append(made / float(risk))
        if day not in self.days and len(self.days) >= REMEMBERED_DAYS:
            del self.days[next(iter(self.days))]
        self.days[day] = self.days.get(day, 0.0) + made
