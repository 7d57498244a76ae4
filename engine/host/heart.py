"""The beat of the engine's loop, readable from any thread: how often it turned, and how long it ever stood still."""

NEVER_BEGAN = 2**63 - 1


class Heart:
    """Beaten by the engine's thread alone.

    `due_ns` is the moment at which the loop means to be back: while it rests, that lies ahead, and while it works it is
    the moment at which the work began. What lies behind it is the gap.
    """

    __slots__ = ("beats", "due_ns", "thread_id", "worst_gap_ns")

    def __init__(self) -> None:
        self.beats = 0
        self.due_ns = NEVER_BEGAN
        self.thread_id = 0
        self.worst_gap_ns = 0

    def begin(self, thread_id: int, now_ns: int) -> None:
        """The loop turns for the first time."""
        self.thread_id = thread_id
        self.due_ns = now_ns

    def beat(self, now_ns: int) -> int:
        """The loop is here; how many nanoseconds later than it meant to be."""
        gap_ns = now_ns - self.due_ns
        self.due_ns = now_ns
        self.beats += 1
        if gap_ns > self.worst_gap_ns:
            self.worst_gap_ns = gap_ns
        return gap_ns

    def rest(self, until_ns: int) -> None:
        """There is nothing to do before this moment."""
        self.due_ns = until_ns

    def end(self) -> None:
        """The loop will not turn any more, and that is no gap."""
        self.due_ns = NEVER_BEGAN

    def gap_ns(self, now_ns: int) -> int:
        """For how long the loop has been away by now."""
        return max(0, now_ns - self.due_ns)

    def forget_worst(self) -> None:
        """Begin to measure anew."""
        self.worst_gap_ns = 0
