"""What a start needs from those who know the account, the market data and the policies; the defaults are paper's."""

from collections.abc import Callable
from dataclasses import dataclass

from engine.answers import Answer


def _nothing_to_check(answer: Answer) -> None:
    answer.settle("a paper account: no key, no rights, no modes to check")


def _always_there(answer: Answer) -> None:
    answer.settle("the venue is in this process")


def _ignore(_: int) -> None:
    """Nothing is signed."""


def _always_fresh() -> str | None:
    return None


def _arm(doubts: tuple[str, ...]) -> str:
    return f"not armed: {'; '.join(doubts)}" if doubts else "armed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Outside:
    """The parts of the steps that are not the same for every exchange. All of them may be called again."""

    # Adds the offset, in nanoseconds, to our time before anything is signed.
    set_offset: Callable[[int], None] = _ignore
    # Settles when this is the account of the journal, in the modes we need; refuses otherwise, and the start ends.
    check_account: Callable[[Answer], None] = _nothing_to_check
    # Settles when the exchange's own news come in, through `CatchUp.deliver`.
    open_stream: Callable[[Answer], None] = _always_there
    # Covers a position with a stop, or says why it need not be; None where nobody can.
    protect: Callable[[str, Answer], None] | None = None
    # Closes a position that could not be protected; None where nobody may.
    flatten: Callable[[tuple[str, ...], Answer], None] | None = None
    # Ends a kill or a halt that the last run did not get to the end of; None when there is none.
    finish: Callable[[Answer], None] | None = None
    # Why market data cannot be relied on yet, or None.
    stale: Callable[[], str | None] = _always_fresh
    # Begins to work, or keeps safe and says why; it is told what speaks against it.
    arm: Callable[[tuple[str, ...]], str] = _arm
