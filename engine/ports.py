"""The roles that other packages fill: what the engine needs from a market, a venue and a disk."""

from collections.abc import Callable
from typing import Protocol

from engine.commands import Command
from engine.exchange.questions import Question, Reply


class DepthSource(Protocol):
    """The liquidity of others, asked for at the moment it is needed instead of pushed at every change."""

    def levels(self, symbol: str, side: int, now_ns: int) -> list[tuple[int, int]]:
        """(price in ticks, size in lots), best first: what stands on the bid (+1) or the ask (-1) side now."""
        ...


class Exchange(Protocol):
    """Where orders go. Whatever comes back comes as an event or a reply, late, twice, or never."""

    def send(self, command: Command) -> None:
        """Send a command; what becomes of it is told in events."""
        ...

    def ask(self, question: Question, answer: Callable[[Reply], None]) -> None:
        """Ask for the exchange's own truth; the answer is called on the engine's thread, at most once."""
        ...


class Ticket(Protocol):
    """The receipt for a row on its way to the disk."""

    seq: int
    is_durable: bool

    @property
    def is_settled(self) -> bool:
        """Whether it is decided: durable, or never to be."""
        ...

    def wait(self, timeout_s: float | None = None) -> None:
        """Block until the row is durable; raises if it never will be. For runs at full speed alone."""
        ...

    def when_settled(self, callback: Callable[..., None]) -> None:
        """Be called once, on the engine's thread, when it is decided."""
        ...


class Journal(Protocol):
    """Where rows are written before anything relies on them."""

    def append(
        self,
        kind: str,
        body: object,
        time_ns: int,
        *,
        exchange_ns: int | None = None,
        when_settled: Callable[..., None] | None = None,
    ) -> Ticket:
        """Put a row in the queue and return at once; the order of calls is the order of rows."""
        ...
