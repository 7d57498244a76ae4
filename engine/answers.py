"""The engine's answer to a command: now or later, a sentence or a refusal."""

from collections.abc import Callable

from engine.errors import CommandRefused


class Answer:
    """Settled exactly once, on the engine's thread."""

    __slots__ = ("_waiting", "refusal", "sentence")

    def __init__(self) -> None:
        self.sentence: str | None = None
        self.refusal: CommandRefused | None = None
        self._waiting: list[Callable[[Answer], None]] = []

    @property
    def is_settled(self) -> bool:
        """Whether the command is done with."""
        return self.sentence is not None or self.refusal is not None

    def settle(self, sentence: str) -> "Answer":
        """It is done."""
        if not self.is_settled:
            self.sentence = sentence
            self._tell()
        return self

    def refuse(self, error: CommandRefused) -> "Answer":
        """It cannot be done."""
        if not self.is_settled:
            self.refusal = error
            self._tell()
        return self

    def when_settled(self, call: Callable[["Answer"], None]) -> None:
        """Call once it is settled; at once if it is already."""
        if self.is_settled:
            call(self)
        else:
            self._waiting.append(call)

    def _tell(self) -> None:
        waiting, self._waiting = self._waiting, []
        for call in waiting:
            call(self)
