"""What can be wrong with a journal or its folder, each as a named fact with one sentence and the way out.

JournalFault
├── UnfitRow            a row that cannot be written: unknown kind, a number that is none, a field that is missing
├── TooManyWaiting      more rows wait for the disk than the journal takes
├── JournalClosed       nothing can be appended any more
│   └── CommitFailed    and this is the commit or sync that closed it; it is never tried again
├── AlreadyRunning      another process works on the folder
├── UnfitFolder         the folder is not private, not ours, a link, or on a network
├── NoJournal           there is none
└── BrokenJournal       there is one, and it cannot be trusted or read
    ├── Unreadable      permissions, a lock that is never released, the disk itself
    ├── NotAJournal     a file of something else, or of nothing
    ├── NewerSchema     a later version of the program wrote it
    ├── DamagedRow      a row or a page is not what was written
    ├── JournalEmptied  the database is gone or empty, and its heads say that it was not
    ├── HeadsMissing    rows are there, and the file of their heads is not
    ├── OtherDatabase   a different journal lies in its place
    ├── OlderCopy       an earlier copy of this journal was put back
    └── TailCut         rows that were durable are missing at the end
"""

from pathlib import Path

from engine.errors import NotWritten

_LONGEST_SHOWN = 400


def shown(value: object) -> str:
    """A value from outside in quotes, on one line and without control characters."""
    text = "".join(letter if letter.isprintable() else "?" for letter in str(value))
    return f'"{text if len(text) <= _LONGEST_SHOWN else text[: _LONGEST_SHOWN - 3] + "..."}"'


class JournalFault(Exception):
    """The root of everything the journal refuses with a sentence."""


class UnfitRow(JournalFault, ValueError):
    """A row that cannot be written."""


class TooManyWaiting(JournalFault, NotWritten):
    """More rows wait for the disk than the journal takes."""


class JournalClosed(JournalFault, NotWritten):
    """Nothing can be appended any more in this run."""


class CommitFailed(JournalClosed):
    """A commit or sync failed; what it held may or may not be on the disk, and nobody tries again."""

    def __init__(self, sentence: str, *, disk_full: bool) -> None:
        super().__init__(sentence)
        self.disk_full = disk_full


class AlreadyRunning(JournalFault):
    """Another process holds the folder."""

    def __init__(self, folder: Path, pid: int | None) -> None:
        holder = "another process" if pid is None else f"process {pid}"
        super().__init__(
            f"An engine is running on the folder {shown(folder)} already ({holder}); "
            "end that one first, or name another folder with --data-dir."
        )
        self.pid = pid


class UnfitFolder(JournalFault):
    """The folder cannot hold a journal."""


class NoJournal(JournalFault):
    """No journal is there."""

    def __init__(self, file: Path) -> None:
        super().__init__(f"There is no journal {shown(file)}; name the data folder that has one with --data-dir.")


class BrokenJournal(JournalFault):
    """A journal that cannot be trusted or read."""


class Unreadable(BrokenJournal):
    """The file is there and cannot be read or opened."""


class NotAJournal(BrokenJournal):
    """A file that is something else."""

    def __init__(self, file: Path) -> None:
        super().__init__(f"{shown(file)} is not a journal of this program; move it away, or name another data folder.")


class NewerSchema(BrokenJournal):
    """A later version of the program wrote it."""

    def __init__(self, file: Path, found: int, known: int, program: str) -> None:
        super().__init__(
            f"The journal {shown(file)} has schema {found} and this program knows {known}; "
            f"use hean-tui {program} or later. The file was left as it is."
        )
        self.found = found


class DamagedRow(BrokenJournal):
    """A row or a page that is not what was written: which, and why."""

    def __init__(self, seq: int, why: str, sentence: str) -> None:
        super().__init__(sentence)
        self.seq = seq
        self.why = why


class JournalEmptied(BrokenJournal):
    """The database is gone or empty, and its heads say that it was not."""


class HeadsMissing(BrokenJournal):
    """Rows are there, and the file of their heads is not."""


class OtherDatabase(BrokenJournal):
    """A different journal lies in its place."""


class OlderCopy(BrokenJournal):
    """An earlier copy of this journal was put back."""


class TailCut(BrokenJournal):
    """Rows that were durable are missing at the end."""


# It can be read, and it is not what was written; what cannot be read at all may be whole.
DOES_NOT_HOLD = (DamagedRow, JournalEmptied, HeadsMissing, OtherDatabase, OlderCopy, TailCut)
