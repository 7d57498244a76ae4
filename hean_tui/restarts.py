"""How often a program may be started again: a crash is one thing, and a crash that repeats itself is another."""

MOST = 3
WINDOW_NS = 300 * 1_000_000_000


class Restarts:
    """Three within five minutes, and no fourth."""

    def __init__(self) -> None:
        self._moments: list[int] = []

    def allows(self, now_ns: int) -> bool:
        """Whether it may be started once more; if so, this counts as one."""
        self._moments = [moment for moment in self._moments if now_ns - moment < WINDOW_NS]
        if len(self._moments) >= MOST:
            return False
        self._moments.append(now_ns)
        return True

    @property
    def count(self) -> int:
        """How many there were lately."""
        return len(self._moments)
