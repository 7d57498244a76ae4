"""What the venue says: events on their way to us, and the numbers it gives to orders and executions."""

from collections.abc import Callable

from engine.clock import Timeline
from engine.events import Event


class Reports:
    """The way back from the venue. Answers arrive in the order in which they were given."""

    __slots__ = ("_deliver", "_executions", "_liquidations", "_orders", "_prefix", "_report_ns", "_timeline", "tell")

    def __init__(self, timeline: Timeline, deliver: Callable[[Event], None], report_ns: int, prefix: str) -> None:
        self._timeline = timeline
        self._deliver = deliver
        self._report_ns = report_ns
        self._prefix = prefix
        self._orders = 0
        self._executions = 0
        self._liquidations = 0
        self.tell: Callable[[Event], None] = self._tell_later if report_ns else deliver

    def _tell_later(self, event: Event) -> None:
        timeline = self._timeline
        timeline.post(timeline.now_ns + self._report_ns, self._deliver, event)

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
        self._liquidations += 1
        return f"liquidation-{self._liquidations}"
