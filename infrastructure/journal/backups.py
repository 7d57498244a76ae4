"""Copies of the database: a backup while it is in use, and a backup taken in under a new epoch."""

import os
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from infrastructure.journal.connections import explained
from infrastructure.journal.faults import Unreadable, shown

_PAGES_AT_ONCE = 256


def copy_database(source: sqlite3.Connection, target: Path) -> None:
    """A consistent copy in one file, whole or not there; the source can be written to meanwhile."""
    with replaced_at_the_end(target) as part, explained(target):
        copy = sqlite3.connect(part, isolation_level=None)
        try:
            # One read from beginning to end: otherwise the copy would begin again with each row that comes meanwhile.
            source.execute("BEGIN")
            try:
                source.execute("SELECT count(*) FROM meta").fetchone()
                source.backup(copy, pages=_PAGES_AT_ONCE)
            finally:
                source.execute("ROLLBACK")
            copy.execute("PRAGMA journal_mode = DELETE")  # one file, nothing beside it
        finally:
            copy.close()


@contextmanager
def replaced_at_the_end(target: Path) -> Iterator[Path]:
    """A private file to write into, which takes the target's name only once it is complete and on the disk."""
    part = target.with_name(target.name + ".part")
    try:
        os.close(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600))
        try:
            yield part
            _sync(part)
            part.replace(target)
            _sync(target.parent)
        finally:
            part.unlink(missing_ok=True)
    except OSError as error:
        raise Unreadable(
            f"The file {shown(target)} could not be written ({error.strerror}); name another place."
        ) from None


def _sync(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
