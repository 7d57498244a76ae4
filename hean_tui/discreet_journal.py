"""A journal that no secret gets into, whoever typed one into a reason or put one into his strategy's words."""

from collections.abc import Callable
from typing import Any

from engine.ports import Journal, Ticket
from hean_tui.redaction import redactor
from infrastructure.logs.redactor import Redactor


def discreet(journal: Journal) -> Journal:
    """The same journal; where this process was told secrets, every text is looked at before it is written."""
    secrets = redactor()
    return DiscreetJournal(journal, secrets) if secrets.is_needed else journal


class DiscreetJournal:
    """Fills `engine.ports.Journal` in front of another."""

    def __init__(self, journal: Journal, secrets: Redactor) -> None:
        self._journal = journal
        self._secrets = secrets

    def append(
        self,
        kind: str,
        body: object,
        time_ns: int,
        *,
        exchange_ns: int | None = None,
        when_settled: Callable[..., None] | None = None,
    ) -> Ticket:
        """Put a row in the queue, without secrets."""
        clean = self._clean(body)
        return self._journal.append(kind, clean, time_ns, exchange_ns=exchange_ns, when_settled=when_settled)

    def _clean(self, part: Any) -> Any:
        if isinstance(part, str):
            return self._secrets.secrets(part)
        if isinstance(part, dict):
            return {self._clean(key): self._clean(value) for key, value in part.items()}
        if isinstance(part, list | tuple):
            return [self._clean(value) for value in part]
        return part
