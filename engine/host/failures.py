"""How often a task failed lately: a task may stumble, and one that keeps stumbling is something else."""

from collections import deque

from engine.clock import SECOND_NS

WINDOW_NS = 300 * SECOND_NS
TOO_MANY = 3


class Failures:
    """Counts what happened within the last five minutes."""

    __slots__ = ("_moments",)

    def __init__(self) -> None:
        self._moments: deque[int] = deque(maxlen=TOO_MANY)

    def add(self, now_ns: int) -> int:
        """One more; how many there were within the window, up to `TOO_MANY`."""
        self._moments.append(now_ns)
        return sum(1 for moment in self._moments if now_ns - moment <= WINDOW_NS)
