"""A journal that keeps its rows in a list, in the very form that the disk would get."""

from collections.abc import Callable
from typing import Any

from engine.errors import NotWritten
from engine.record.folding import FoldedRow
from infrastructure.journal.rows import draft


class MemoryTicket:
    """A row is durable as soon as it is there."""

    def __init__(self, seq: int) -> None:
        self.seq = seq
        self.is_durable = True
        self.is_settled = True

    def wait(self, timeout_s: float | None = None) -> None:
        """There is nothing to wait for."""

    def when_settled(self, callback: Callable[..., None]) -> None:
        """It is."""
        callback(self)


class MemoryJournal:
    """Fills `engine.ports.Journal`."""

    def __init__(self) -> None:
        self.rows: list[FoldedRow] = []
        self.is_broken = False

    @property
    def next_seq(self) -> int:
        """The number the next row will have."""
        return len(self.rows) + 1

    def append(
        self,
        kind: str,
        body: object,
        time_ns: int,
        *,
        exchange_ns: int | None = None,
        when_settled: Callable[..., None] | None = None,
    ) -> MemoryTicket:
        """Keep a row."""
        if self.is_broken:
            raise NotWritten("the disk is full")
        row = draft(kind, body, time_ns, exchange_ns)
        self.rows.append(FoldedRow(len(self.rows) + 1, kind, time_ns, row.body))
        return MemoryTicket(len(self.rows))

    def of(self, kind: str) -> list[dict[str, Any]]:
        """What the rows of a kind say."""
        from infrastructure.journal.bodies import plain_body

        return [plain_body(row.body) for row in self.rows if row.kind == kind]
