"""The kernel's clock: time is what the last event said, and timers are events like any other."""

from collections.abc import Callable
from heapq import heappop, heappush
from typing import Any

from engine.errors import BadSchedule

NEVER = 2**63 - 1
SECOND_NS = 1_000_000_000


class Timer:
    """A call that is due at a moment; cancelling it is cheap and final."""

    __slots__ = ("_call",)

    def __init__(self, call: Callable[..., None]) -> None:
        self._call: Callable[..., None] | None = call

    def cancel(self) -> None:
        """Make sure it will not be called."""
        self._call = None

    def fire(self, *arguments: Any) -> None:
        """Its moment has come."""
        if self._call is not None:
            self._call(*arguments)


class Timeline:
    """A clock with timers. It only moves when told to, never backwards.

    `next_ns` is a plain attribute because the driver compares it with every tick: nothing is called before it.
    Timers of the same moment fire in the order in which they were set.
    """

    __slots__ = ("_heap", "_sequence", "next_ns", "now_ns")

    def __init__(self, start_ns: int) -> None:
        self.now_ns = start_ns
        self.next_ns = NEVER
        self._heap: list[tuple[int, int, Callable[..., None], tuple[Any, ...]]] = []
        self._sequence = 0

    def at(self, due_ns: int, call: Callable[..., None], *arguments: Any) -> Timer:
        """Call at a moment that has not passed."""
        timer = Timer(call)
        self.post(due_ns, timer.fire, *arguments)
        return timer

    def post(self, due_ns: int, call: Callable[..., None], *arguments: Any) -> None:
        """The same for what is never cancelled, such as a message on its way."""
        if due_ns < self.now_ns:
            raise BadSchedule(f"a timer for {due_ns} was set at {self.now_ns}, after its time")
        self._sequence = sequence = self._sequence + 1
        heappush(self._heap, (due_ns, sequence, call, arguments))
        if due_ns < self.next_ns:
            self.next_ns = due_ns

    def after(self, delay_ns: int, call: Callable[..., None], *arguments: Any) -> Timer:
        """Call when so much time has passed."""
        return self.at(self.now_ns + delay_ns, call, *arguments)

    def every(self, period_ns: int, call: Callable[[], None]) -> None:
        """Call at each multiple of the period (of UTC, not of the start), for ever."""
        first = (self.now_ns // period_ns + 1) * period_ns
        self.post(first, self._repeat, period_ns, call)

    def _repeat(self, period_ns: int, call: Callable[[], None]) -> None:
        self.post(self.now_ns + period_ns, self._repeat, period_ns, call)
        call()

    def advance(self, to_ns: int) -> None:
        """Fire everything due until a moment (itself included), each at its own time; then it is that moment."""
        heap = self._heap
        while heap and heap[0][0] <= to_ns:
            due_ns, _, call, arguments = heappop(heap)
            self.next_ns = heap[0][0] if heap else NEVER
            if due_ns > self.now_ns:
                self.now_ns = due_ns
            call(*arguments)
        if to_ns > self.now_ns:
            self.now_ns = to_ns
