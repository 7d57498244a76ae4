"""Connections to the database: the one that writes, and any number that can only read."""

import os
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple
from urllib.parse import quote

from infrastructure.journal.faults import DamagedRow, NoJournal, NotAJournal, Unreadable, shown

PAGE_SIZE = 4096
BUSY_S = 2.0
_HEADER_BYTES = 100
_MAGIC = b"SQLite format 3\x00"
PRAGMAS = (
    f"page_size = {PAGE_SIZE}",
    "journal_mode = WAL",
    "synchronous = FULL",
    "locking_mode = NORMAL",
    "foreign_keys = ON",
    "trusted_schema = OFF",
    "cell_size_check = ON",
    "mmap_size = 0",
    "wal_autocheckpoint = 1000",
)
READER_PRAGMAS = ("query_only = ON", "cell_size_check = ON", "trusted_schema = OFF")


def open_writer(file: Path) -> sqlite3.Connection:
    """The writing connection; whoever opens it sees to it that there is no second one.

    It is made by whoever opens the journal and then used by the journal's thread alone, hence no check of threads.
    """
    refuse_link(file)
    with explained(file):
        # The file is made here, so that it is its owner's alone from the first byte on; what SQLite adds follows it.
        os.close(os.open(file, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600))
        connection = sqlite3.connect(file, timeout=BUSY_S, isolation_level=None, check_same_thread=False)
        try:
            make_durable(connection)
        except BaseException:
            connection.close()
            raise
        return connection


def make_durable(connection: sqlite3.Connection) -> None:
    """Set what durability rests on, in this order, on a connection that is to write."""
    for pragma in PRAGMAS:
        connection.execute(f"PRAGMA {pragma}")
    # A change of this mode that fails is not an error to SQLite: it goes on in the mode before.
    (mode,) = connection.execute("PRAGMA journal_mode").fetchone()
    if mode != "wal":
        raise sqlite3.OperationalError("a log cannot be kept beside it")


def reader_uri(file: Path) -> str:
    """The name under which a file is opened for reading alone."""
    refuse_link(file)
    if not file.exists():
        raise NoJournal(file)
    uri = f"file:{quote(str(file.absolute()))}?mode=ro"
    if not os.access(file.parent, os.W_OK) and not size_of(_wal(file)):
        uri += "&immutable=1"  # nobody can write there, and nothing waits in the log: what lies there is all
    return uri


def open_reader(file: Path) -> sqlite3.Connection:
    """A connection that can only read, and never checkpoints."""
    uri = reader_uri(file)
    with explained(file):
        connection = sqlite3.connect(uri, uri=True, timeout=BUSY_S, isolation_level=None, check_same_thread=False)
        try:
            for pragma in READER_PRAGMAS:
                connection.execute(f"PRAGMA {pragma}")
        except BaseException:
            connection.close()
            raise
        return connection


def refuse_truncated(file: Path) -> None:
    """Compare the size that the header tells with the size there is; a log that waits may hold the rest."""
    try:
        with file.open("rb") as stream:
            header = stream.read(_HEADER_BYTES)
    except OSError as error:
        raise Unreadable(_cannot(file, error.strerror or str(error))) from None
    size = size_of(file)
    if header and not header.startswith(_MAGIC):
        raise NotAJournal(file)
    if len(header) < _HEADER_BYTES or size_of(_wal(file)):
        return
    page_size = int.from_bytes(header[16:18], "big") or 65536
    pages = int.from_bytes(header[28:32], "big")
    if size < pages * page_size:
        raise DamagedRow(
            0,
            "truncated",
            f"The journal {shown(file)} was cut: {size:,} bytes of {pages * page_size:,} are left; "
            "put a backup in its place with hean-tui db restore FILE.",
        )


def refuse_link(file: Path) -> None:
    """A journal is a file, not a link to one."""
    if file.is_symlink():
        raise Unreadable(f"The journal {shown(file)} is a symbolic link; put the real file in its place.")
    if file.exists() and not file.is_file():
        raise Unreadable(f"The journal {shown(file)} is not a file; move it away.")


class Driver(NamedTuple):
    """How the journal's file is opened: by SQLite as it comes, or by one that stands on a disk of its own."""

    open_writer: Callable[[Path], sqlite3.Connection] = open_writer
    open_reader: Callable[[Path], sqlite3.Connection] = open_reader


SQLITE = Driver()


@contextmanager
def explained(file: Path) -> Iterator[None]:
    """Turn what SQLite and the system say of a file into faults of ours."""
    try:
        yield
    except sqlite3.DatabaseError as error:
        name = getattr(error, "sqlite_errorname", None) or ""
        if name == "SQLITE_NOTADB":
            raise NotAJournal(file) from None
        if name.startswith("SQLITE_CORRUPT"):
            raise damaged_page(file) from None
        if name.startswith("SQLITE_BUSY"):
            raise Unreadable(_cannot(file, f"another program has held it for {BUSY_S:g} s")) from None
        raise Unreadable(_cannot(file, str(error))) from None
    except OSError as error:
        raise Unreadable(_cannot(file, error.strerror or str(error))) from None


def damaged_page(file: Path) -> DamagedRow:
    """The fault of a page that is known to be damaged, wherever in the file it is."""
    return DamagedRow(
        0,
        "corrupt",
        f"A page of the journal {shown(file)} is damaged; hean-tui journal verify says how far its rows hold, "
        "and hean-tui db restore FILE puts a backup in its place.",
    )


def _cannot(file: Path, reason: str) -> str:
    return f"The journal {shown(file)} cannot be used: {reason}; see to the folder, or name another with --data-dir."


def _wal(file: Path) -> Path:
    return file.with_name(file.name + "-wal")


def size_of(file: Path) -> int:
    """How many bytes a file has; none where it is not there."""
    try:
        return file.stat().st_size
    except OSError:
        return 0
