"""What the journal refuses, as a person is told: the journal's own sentence, and the exit code it means."""

from collections.abc import Iterator
from contextlib import contextmanager

from hean_tui.errors import EngineRunsAlready, UserError, WrongConfiguration
from infrastructure.journal.faults import AlreadyRunning, BrokenJournal, JournalFault, NoJournal, UnfitFolder


@contextmanager
def told() -> Iterator[None]:
    """Turn a fault of the journal into what ends a command."""
    try:
        yield
    except JournalFault as fault:
        raise as_user_error(fault) from None


def as_user_error(fault: JournalFault) -> UserError:
    """3 where an engine runs already, 4 where folder or storage is wrong, else 1."""
    if isinstance(fault, AlreadyRunning):
        return EngineRunsAlready(str(fault))
    if isinstance(fault, UnfitFolder | NoJournal | BrokenJournal):
        return WrongConfiguration(str(fault))
    return UserError(str(fault))
