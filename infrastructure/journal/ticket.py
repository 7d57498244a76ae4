"""The receipt for a row: it has its number at once, and it is settled when the row is on the disk, or never will be."""

from collections.abc import Callable
from threading import Condition

from infrastructure.journal.faults import JournalClosed


class Ticket:
    """One row on its way. Only after `is_durable` may anything leave that relies on the row."""

    __slots__ = ("_callbacks", "_changed", "failure", "is_durable", "seq")

    def __init__(self, seq: int, changed: Condition) -> None:
        self.seq = seq
        self.is_durable = False
        self.failure: JournalClosed | None = None
        self._changed = changed
        self._callbacks: list[Callable[[Ticket], None]] = []

    @property
    def is_settled(self) -> bool:
        """Whether it is decided, either way."""
        return self.is_durable or self.failure is not None

    def when_settled(self, callback: Callable[["Ticket"], None]) -> None:
        """Be called once, wherever the journal delivers to; at once, and here, if it is settled already."""
        with self._changed:
            if not self.is_settled:
                self._callbacks.append(callback)
                return
        callback(self)

    def call_when_settled(self, callback: Callable[["Ticket"], None]) -> None:
        """The same for a ticket that nobody else has yet, with the journal's lock held."""
        self._callbacks.append(callback)

    def wait(self, timeout_s: float | None = None) -> None:
        """Wait for the disk; raises what closed the journal, or TimeoutError. Never to be called by an engine."""
        with self._changed:
            if not self._changed.wait_for(lambda: self.is_settled, timeout_s):
                raise TimeoutError(f"row {self.seq} was not on the disk within {timeout_s} s")
        if self.failure is not None:
            raise self.failure

    def settle(self, failure: JournalClosed | None) -> list[Callable[["Ticket"], None]]:
        """Decide it, with the journal's lock held; returns who wants to know."""
        if failure is None:
            self.is_durable = True
        else:
            self.failure = failure
        callbacks, self._callbacks = self._callbacks, []
        return callbacks
