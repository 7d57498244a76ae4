"""The world's time: the engine's own timeline, with what is due at the same instant in an order that the seed draws."""

from collections.abc import Callable
from heapq import heappush
from random import Random
from typing import Any

from engine.clock import Timeline
from engine.errors import BadSchedule


class WorldTimeline(Timeline):
    """What only happens together by chance has no order of its own; whoever needs one keeps a nanosecond apart."""

    __slots__ = ("_draw",)

    def __init__(self, start_ns: int, stream: Random) -> None:
        super().__init__(start_ns)
        self._draw = stream.random

    def post(self, due_ns: int, call: Callable[..., None], *arguments: Any) -> None:
        """Put it among those that are due at that instant, anywhere."""
        if due_ns < self.now_ns:
            raise BadSchedule(f"an event for {due_ns} was set at {self.now_ns}, after its time")
        self._sequence = sequence = self._sequence + 1
        place = int(self._draw() * 4096) << 40 | sequence
        heappush(self._heap, (due_ns, place, call, arguments))
        if due_ns < self.next_ns:
            self.next_ns = due_ns
