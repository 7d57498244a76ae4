"""The durable journal: append-only, chained by hashes, on the disk before anything that relies on it leaves."""

from infrastructure.journal.faults import (
    AlreadyRunning,
    BrokenJournal,
    CommitFailed,
    DamagedRow,
    JournalClosed,
    JournalFault,
    NoJournal,
    UnfitFolder,
)
from infrastructure.journal.folder import check_folder
from infrastructure.journal.journal import Journal
from infrastructure.journal.lock import FolderLock
from infrastructure.journal.opening import ENTROPY_BYTES, Opened, Opening, open_journal
from infrastructure.journal.places import Places
from infrastructure.journal.rows import Kind
from infrastructure.journal.ticket import Ticket
from infrastructure.journal.verification import Verdict, verify

__all__ = [
    "ENTROPY_BYTES",
    "AlreadyRunning",
    "BrokenJournal",
    "CommitFailed",
    "DamagedRow",
    "FolderLock",
    "Journal",
    "JournalClosed",
    "JournalFault",
    "Kind",
    "NoJournal",
    "Opened",
    "Opening",
    "Places",
    "Ticket",
    "UnfitFolder",
    "Verdict",
    "check_folder",
    "open_journal",
    "verify",
]
