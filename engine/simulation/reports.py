"""What the venue says: events on their way to us, and the numbers it gives to orders and executions."""

from collections.abc import Callable, Mapping

from engine.clock import Timeline
from engine.events import Event


class Reports:
    """The way back from the venue. Answers arrive in the order in which they were given."""

    __slots__ = ("_executions", "_numbers", "_orders", "_prefix", "_report_ns", "_timeline", "deliver", "tell")

    def __init__(self, timeline: Timeline, deliver: Callable[[Event], None], report_ns: int, prefix: str) -> None:
        self._timeline = timeline
        self._report_ns = report_ns
        self._prefix = prefix
        self._orders = 0
        self._executions = 0
        self._numbers: dict[str, int] = {}  # of what nobody ordered from here, by its name
        self.deliver = deliver
        self.tell: Callable[[Event], None] = self._tell_later if report_ns else deliver

    def _tell_later(self, event: Event) -> None:
        timeline = self._timeline
        timeline.post(timeline.now_ns + self._report_ns, self.deliver, event)

    def next_exchange_id(self) -> str:
        """The venue's own name for the next order."""
        self._orders += 1
        return f"{self._prefix}o{self._orders}"

    def next_execution_id(self) -> str:
        """The venue's own name for the next execution, never used twice."""
        self._executions += 1
        return f"{self._prefix}e{self._executions}"

    def next_liquidation_id(self) -> str:
        """The order id that the next liquidation is told under; no client can have chosen it."""
        return self.next_outside_id("liquidation")

    def next_outside_id(self, name: str) -> str:
        """The order id of something that no client of ours ordered: a liquidation, a trade by hand."""
        number = self._numbers[name] = self._numbers.get(name, 0) + 1
        return f"{name}-{number}"

    # --- numbers go on where an earlier venue of the same memory stopped

    def recall_exchange_id(self, exchange_id: str) -> None:
        """This name was given before."""
        self._orders = max(self._orders, number_of(exchange_id))

    def recall_execution_id(self, execution_id: str) -> None:
        """This execution was told before."""
        self._executions = max(self._executions, number_of(execution_id))

    def recall_order_id(self, order_id: str) -> None:
        """This order was there before, perhaps under an id of the venue's own."""
        name, _, number = order_id.rpartition("-")
        if name in OUTSIDE and number.isdecimal():
            self._numbers[name] = max(self._numbers.get(name, 0), int(number))

    def recall_numbers(self, numbers: Mapping[str, int]) -> None:
        """What `numbers` once said."""
        for name, number in numbers.items():
            if name == "orders":
                self._orders = max(self._orders, number)
            elif name == "executions":
                self._executions = max(self._executions, number)
            else:
                self._numbers[name] = max(self._numbers.get(name, 0), number)

    @property
    def numbers(self) -> dict[str, int]:
        """How far each count has got."""
        return {"orders": self._orders, "executions": self._executions, **self._numbers}


OUTSIDE = ("liquidation", "adl", "hand")


def number_of(name: str) -> int:
    """The number at the end of a name that was given here."""
    digits = len(name) - len(name.rstrip("0123456789"))
    return int(name[-digits:]) if digits else 0
