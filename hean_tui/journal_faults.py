"""What the journal refuses, as a person is told: the journal's own sentence, and the exit code it means."""

from collections.abc import Iterator
from contextlib import contextmanager

from hean_tui.errors import UserError, WrongConfiguration
from hean_tui.exit_codes import ExitCode
from infrastructure.journal.faults import AlreadyRunning, BrokenJournal, JournalFault, NoJournal, UnfitFolder


class EngineRuns(UserError):
    """An engine works on that folder already."""

    exit_code = ExitCode.NO_ENGINE


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
        return EngineRuns(str(fault))
    if isinstance(fault, UnfitFolder | NoJournal | BrokenJournal):
        return WrongConfiguration(str(fault))
    return UserError(str(fault))
