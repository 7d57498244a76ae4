"""Two processes, one job: which signals reached both, and which the parent alone, so that none is passed on twice."""

WITHIN_NS = 300_000_000


class SignalEcho:
    """What the parent got, what the child says it heard, and what the parent has to pass on."""

    def __init__(self) -> None:
        self._waiting: list[tuple[int, int]] = []  # got here, and not heard of there yet
        self._early: list[tuple[int, int]] = []  # heard of there, and not here yet
        self._sent: list[int] = []  # passed on, and to be heard of

    def arrived(self, number: int, now_ns: int) -> None:
        """The parent got a signal."""
        self._early = [(other, at) for other, at in self._early if now_ns - at <= WITHIN_NS]
        for echo in self._early:
            if echo[0] == number:
                self._early.remove(echo)
                return
        self._waiting.append((number, now_ns))

    def heard(self, number: int, now_ns: int) -> None:
        """The child says that it got one."""
        if number in self._sent:
            self._sent.remove(number)
            return
        for waiting in self._waiting:
            if waiting[0] == number:
                self._waiting.remove(waiting)
                return
        self._early.append((number, now_ns))

    def due(self, now_ns: int) -> list[int]:
        """What the child has not heard of by itself within its time: to be passed on now."""
        due = [number for number, at in self._waiting if now_ns - at > WITHIN_NS]
        self._waiting = [(number, at) for number, at in self._waiting if now_ns - at <= WITHIN_NS]
        self._sent += due
        return due
