"""The faults there are, in which ranges they are drawn, and the board that says which of them hold at this moment."""

from collections.abc import Callable
from enum import StrEnum

import msgspec

from engine.clock import Timeline

S = 1_000_000_000


class Shape(StrEnum):
    """How a fault is drawn."""

    RATE = "rate"  # a level that holds in parts of the run
    EVERY = "every"  # comes again and again, so many seconds apart on average
    COUNT = "count"  # so many times in the whole run
    ONCE = "once"  # one value for the whole run


class Kind(msgspec.Struct, frozen=True):
    """One kind of fault: its shape, the range of its figure, and how long one occurrence lasts, in seconds."""

    shape: Shape
    low: float
    high: float
    lasts: tuple[float, float] = (0.0, 0.0)


KINDS: dict[str, Kind] = {
    # the network
    "request_loss": Kind(Shape.RATE, 0.0, 0.2),
    "response_loss": Kind(Shape.RATE, 0.0, 0.2),
    "duplicates": Kind(Shape.RATE, 0.0, 0.5),
    "reorder": Kind(Shape.RATE, 0.0, 0.3),
    "slow": Kind(Shape.RATE, 0.05, 8.0),  # the longest delay of a message, in seconds
    "stream_drop": Kind(Shape.EVERY, 20, 600, (0.1, 15)),
    "partition": Kind(Shape.EVERY, 30, 3600, (1, 120)),
    "half_partition": Kind(Shape.EVERY, 60, 3600, (1, 60)),  # one of the links alone
    "clog": Kind(Shape.EVERY, 60, 1800, (0.5, 20)),  # nothing is lost, and nothing moves
    "swizzle": Kind(Shape.EVERY, 300, 3600, (5, 60)),  # links cut one by one, restored in another order
    "feed_stall": Kind(Shape.EVERY, 60, 1800, (1, 60)),
    # the exchange
    "index_delay": Kind(Shape.RATE, 0.0, 3.0),
    "rate_limit": Kind(Shape.EVERY, 60, 1200, (1, 10)),
    "outage": Kind(Shape.COUNT, 0, 2, (2, 90)),
    "symbol_halt": Kind(Shape.COUNT, 0, 2, (5, 120)),
    "adl": Kind(Shape.COUNT, 0, 2),
    "manual_trade": Kind(Shape.COUNT, 0, 2),
    "manual_cancel": Kind(Shape.COUNT, 0, 2),
    "orphan": Kind(Shape.COUNT, 0, 2),  # an order with a name of ours that no row knows
    # the disk
    "disk_slow": Kind(Shape.RATE, 0.0005, 2.0),  # the longest commit, in seconds
    "disk_error": Kind(Shape.COUNT, 0, 1),
    "disk_full": Kind(Shape.COUNT, 0, 1),
    # the clock
    "clock_offset": Kind(Shape.ONCE, -3.0, 3.0),
    "clock_jump": Kind(Shape.EVERY, 120, 1800),
    "suspend": Kind(Shape.EVERY, 60, 1800, (0.2, 40)),
    # the process
    "kill": Kind(Shape.EVERY, 30, 600, (0.2, 8)),
    "kill_at_point": Kind(Shape.EVERY, 60, 600, (0.2, 8)),
    # the operator
    "operator": Kind(Shape.EVERY, 60, 1800),
    # the market
    "trend": Kind(Shape.EVERY, 120, 1800, (20, 300)),
    "gap": Kind(Shape.COUNT, 0, 3),
    "burst": Kind(Shape.COUNT, 0, 2, (1, 5)),
    "crossed": Kind(Shape.EVERY, 60, 1800, (0.5, 10)),
    "garbage": Kind(Shape.EVERY, 60, 1800, (0.5, 10)),  # NaN, infinity, zero and worse in the feed
}
# Each is for itself, whatever else is switched off: a run without them would be no run of its profile.
MARKET = ("trend", "gap", "burst", "crossed", "garbage")


class Fault(msgspec.Struct, frozen=True):
    """One drawn fault. `pick` seeds whatever it still has to draw, so that dropping another changes nothing here."""

    name: str
    from_ns: int  # since the beginning of the run
    until_ns: int
    value: float
    pick: int

    def sentence(self) -> str:
        """For a report."""
        span = f"{self.from_ns / S:.3f} s"
        if self.until_ns > self.from_ns:
            span += f" to {self.until_ns / S:.3f} s"
        return f"{self.name} {self.value:.4g} at {span}"


class Board:
    """Which faults hold now."""

    __slots__ = ("_begins", "levels", "seen")

    def __init__(self) -> None:
        self.levels: dict[str, float] = {}
        self.seen: dict[str, int] = {}
        self._begins: dict[str, Callable[[Fault], None]] = {}

    def on(self, name: str, begin: Callable[[Fault], None]) -> None:
        """Who carries a fault out when its moment comes."""
        self._begins[name] = begin

    def level(self, name: str) -> float:
        """The figure of a rate; 0 where it does not hold."""
        return self.levels.get(name, 0.0)

    def arm(self, timeline: Timeline, start_ns: int, faults: list[Fault]) -> None:
        """Put every fault on the timeline."""
        for fault in faults:
            if KINDS[fault.name].shape is Shape.ONCE:
                self._begin(fault)
                continue
            timeline.post(start_ns + fault.from_ns, self._begin, fault)
            if KINDS[fault.name].shape is Shape.RATE:
                timeline.post(start_ns + fault.until_ns, self._end, fault)

    def calm(self) -> None:
        """From now on nothing goes wrong any more."""
        self.levels.clear()
        self._begins.clear()

    def _begin(self, fault: Fault) -> None:
        self.seen[fault.name] = self.seen.get(fault.name, 0) + 1
        if KINDS[fault.name].shape is Shape.RATE:
            self.levels[fault.name] = fault.value
        elif fault.name in self._begins:
            self._begins[fault.name](fault)

    def _end(self, fault: Fault) -> None:
        self.levels.pop(fault.name, None)
