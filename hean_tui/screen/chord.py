"""The two presses of the kill switch as a small state machine, without a clock of its own."""

from enum import StrEnum

DEBOUNCE_S = 0.3
WINDOW_S = 10.0


class Press(StrEnum):
    """What a press of the key means."""

    CLOSE = "close"
    FLATTEN = "flatten"
    ECHO = "echo"  # a stuck or bouncing key


class GateChord:
    """First press closes, a second one within ten seconds flattens; a key that repeats is one press."""

    def __init__(self) -> None:
        """Start with nothing pressed."""
        self._last_s: float | None = None
        self._closed_s: float | None = None

    def press(self, now_s: float) -> Press:
        """Take a press at this moment of the screen's clock."""
        before, self._last_s = self._last_s, now_s
        if before is not None and now_s - before < DEBOUNCE_S:
            return Press.ECHO
        if self._closed_s is not None and now_s - self._closed_s <= WINDOW_S:
            return Press.FLATTEN
        self._closed_s = now_s
        return Press.CLOSE

    def left_s(self, now_s: float) -> float:
        """How long a second press still flattens."""
        return 0.0 if self._closed_s is None else max(WINDOW_S - (now_s - self._closed_s), 0.0)

    def forget(self) -> None:
        """The gate was opened again: the next press is a first one."""
        self._closed_s = None
