"""Reading a journal from its first row to its last, and naming the first that is not what was written."""

import sqlite3
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path
from typing import NamedTuple

from engine.host import system
from infrastructure.journal.bodies import plain_body
from infrastructure.journal.chain import GENESIS
from infrastructure.journal.chain_check import LAST_NUMBER, Visit, check_chain
from infrastructure.journal.chain_parts import READERS_MAX, check_in_parts
from infrastructure.journal.connections import (
    damaged_page,
    explained,
    open_reader,
    refuse_link,
    refuse_truncated,
    size_of,
)
from infrastructure.journal.faults import DamagedRow, JournalFault, NoJournal, shown
from infrastructure.journal.heads import Head, Told, compare, last_told, refuse_emptied
from infrastructure.journal.places import Places
from infrastructure.journal.rows import Kind
from infrastructure.journal.schema import STEPS, read_meta, schema_of
from infrastructure.journal.store import hash_at, read_head


class Verdict(NamedTuple):
    """A journal that holds, from its first row to its last."""

    head: Head
    epoch: int
    schema: int
    instance: str


def verify(
    places: Places, visit: Visit | None = None, *, has_heads: bool = True, readers_max: int = READERS_MAX
) -> Verdict:
    """Read every row, or raise the fault of the first that is not what was written. Needs no lock and stops nobody.

    A long journal is read by other processes too, at most so many; `visit` sees every row, in order.
    """
    told = last_told(places.heads) if has_heads else None  # read first: a running journal only gets longer
    there = look(places)
    if there is None:
        refuse_emptied(told, places.journal)
        raise NoJournal(places.journal)
    connection, _ = there
    try:
        pages = _PagesBeside(places.journal)
        with explained(places.journal):
            meta = read_meta(connection)
            last = check_in_parts(connection, places.journal, _up_to(connection, told), visit, readers_max)
            check_identity(connection, places, told, last, meta, has_heads=has_heads)
            pages.join()
        return Verdict(last, int(meta["epoch"]), int(meta["schema"]), meta["instance"])
    finally:
        connection.close()


def look(places: Places, steps: Sequence[str] = STEPS) -> tuple[sqlite3.Connection, int] | None:
    """A reader of what is there and its schema; None where nothing was ever written."""
    file = places.journal
    refuse_link(file)
    if not size_of(file):
        return None
    connection = open_reader(file)
    try:
        refuse_truncated(file)
        found = schema_of(connection, file, steps)
    except BaseException:
        connection.close()
        raise
    if found:
        return connection, found
    connection.close()
    return None


def check_tail(connection: sqlite3.Connection, up_to: int, rows: int) -> None:
    """Recompute the end of the chain."""
    before = max(0, up_to - rows)
    there = hash_at(connection, before) if before else GENESIS
    if there is None:
        raise DamagedRow(before, "gap", f"Row {before:,} is missing.")
    check_chain(connection, Head(before, there), up_to)


def check_identity(
    connection: sqlite3.Connection,
    places: Places,
    told: Told | None,
    last: Head,
    meta: dict[str, str],
    *,
    has_heads: bool = True,
) -> None:
    """Whether this is the journal whose heads were told, and whether its epoch is the one in its rows."""
    found = Told(last, meta["instance"], int(meta["openings"]))
    if has_heads:
        compare(told, found, None if told is None else hash_at(connection, told.head.seq), places.journal)
    row = connection.execute("SELECT kind, body FROM journal WHERE seq = ?", (int(meta["epoch_seq"]),)).fetchone()
    drawn = plain_body(row[1]).get("epoch") if row is not None and row[0] == Kind.ANCHOR else None
    if str(drawn) != meta["epoch"]:
        raise DamagedRow(
            int(meta["epoch_seq"]),
            "epoch",
            f"The journal says that the epoch of its order names is {shown(meta['epoch'])}, and its rows say {drawn}; "
            "put a backup in its place with hean-tui db restore FILE.",
        )


def check_pages(connection: sqlite3.Connection, file: Path) -> None:
    """Whether every page of the file is sound, also those that no row of the journal lies on."""
    (answer,) = connection.execute("PRAGMA quick_check(1)").fetchone()
    if answer != "ok":
        raise damaged_page(file)


class _PagesBeside:
    """The pages checked while the rows are read: SQLite lets go of the interpreter for it."""

    def __init__(self, file: Path) -> None:
        self._file = file
        self._fault: Exception | None = None
        self._thread = system.spawn("pages", self._check)

    def join(self) -> None:
        """Wait for the answer; raise what was found."""
        self._thread.join()
        if self._fault is not None:
            raise self._fault

    def _check(self) -> None:
        try:
            with closing(open_reader(self._file)) as connection:
                check_pages(connection, self._file)
        except (JournalFault, sqlite3.Error, OSError) as fault:
            self._fault = fault


def _up_to(connection: sqlite3.Connection, told: Told | None) -> int:
    try:
        return read_head(connection).seq
    except sqlite3.DatabaseError:  # the last page is damaged; reading from the front will say which row that begins at
        return told.head.seq if told is not None else LAST_NUMBER
