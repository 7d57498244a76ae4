"""Reading a journal from its first row to its last, and naming the first that is not what was written."""

import sqlite3
import struct
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import NamedTuple

from infrastructure.journal.bodies import plain_body
from infrastructure.journal.chain import GENESIS, row_hash
from infrastructure.journal.connections import (
    damaged_page,
    explained,
    open_reader,
    refuse_link,
    refuse_truncated,
    size_of,
)
from infrastructure.journal.faults import DamagedRow, NoJournal, shown
from infrastructure.journal.heads import Head, Told, compare, last_told, refuse_emptied
from infrastructure.journal.places import Places
from infrastructure.journal.rows import Kind
from infrastructure.journal.schema import STEPS, read_meta, schema_of
from infrastructure.journal.store import hash_at, read_head

Visit = Callable[[int, bytes, bytes], object]  # number, kind and body of a row
START = Head(0, GENESIS)
_AT_ONCE = 1024
_NEARBY = 1000
_LAST_NUMBER = 2**63 - 1
_COLUMNS = "seq, run, t_mono, t_exch, kind, body, hash"
# Each piece is a read of its own: what was appended never changes, and a long read would keep the log from shrinking.
_PIECE = f"SELECT {_COLUMNS} FROM journal WHERE seq > ? AND seq <= ? ORDER BY seq LIMIT ?"  # noqa: S608 - our own names
# What hashing says of values that no row can have; a damaged page can hold anything.
_NO_ROW = (TypeError, ValueError, struct.error)
_Row = tuple[int, bytes, int, int | None, bytes, bytes, bytes]


class Verdict(NamedTuple):
    """A journal that holds, from its first row to its last."""

    head: Head
    epoch: int
    schema: int
    instance: str


def verify(places: Places, visit: Visit | None = None, *, has_heads: bool = True) -> Verdict:
    """Read every row, or raise the fault of the first that is not what was written. Needs no lock and stops nobody."""
    told = last_told(places.heads) if has_heads else None  # read first: a running journal only gets longer
    there = look(places)
    if there is None:
        refuse_emptied(told, places.journal)
        raise NoJournal(places.journal)
    connection, _ = there
    try:
        with explained(places.journal):
            meta = read_meta(connection)
            last = check_chain(connection, START, _up_to(connection, told), visit)
            check_identity(connection, places, told, last, meta, has_heads=has_heads)
            check_pages(connection, places.journal)
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


def _up_to(connection: sqlite3.Connection, told: Told | None) -> int:
    try:
        return read_head(connection).seq
    except sqlite3.DatabaseError:  # the last page is damaged; reading from the front will say which row that begins at
        return told.head.seq if told is not None else _LAST_NUMBER


def check_chain(connection: sqlite3.Connection, start: Head, up_to: int, visit: Visit | None = None) -> Head:
    """Recompute the chain from a trusted row on; returns the last row."""
    seq, previous = start
    text_factory = connection.text_factory
    connection.text_factory = bytes  # what is hashed are bytes, and damaged text need not be text at all
    try:
        while seq < up_to:
            rows = _piece(connection, seq, up_to)
            if not rows:
                raise DamagedRow(seq + 1, "gap", f"Row {seq + 1:,} is missing, and so is all behind it.")
            for row in rows:
                if row[0] != seq + 1:
                    raise DamagedRow(seq + 1, "gap", f"Row {seq + 1:,} is missing: row {row[0]:,} follows row {seq:,}.")
                try:
                    digest = row_hash(previous, *row[:6])
                except _NO_ROW:
                    digest = b""
                if digest != row[6]:
                    raise _wrong_row(connection, row)
                seq, previous = row[0], digest
                if visit is not None:
                    visit(seq, row[4], row[5])
        return Head(seq, previous)
    finally:
        connection.text_factory = text_factory


def _piece(connection: sqlite3.Connection, after: int, up_to: int) -> list[_Row]:
    try:
        return connection.execute(_PIECE, (after, up_to, _AT_ONCE)).fetchall()
    except sqlite3.DatabaseError as error:
        last = _last_readable(connection, after, up_to)
        raise DamagedRow(
            last + 1,
            "corrupt",
            f"Row {last + 1:,} cannot be read ({error}); a page is damaged. The rows before it are in order.",
        ) from None


def _last_readable(connection: sqlite3.Connection, after: int, up_to: int) -> int:
    last = after
    try:
        for row in connection.execute(_PIECE, (after, up_to, _AT_ONCE)):
            last = row[0]
    except sqlite3.DatabaseError:
        pass
    return last


def _wrong_row(connection: sqlite3.Connection, row: _Row) -> DamagedRow:
    """Whether a row stands in the wrong place, or is not what was written."""
    seq = row[0]
    wrong = DamagedRow(
        seq, "hash", f"Row {seq:,} is not what was written: its hash does not follow from row {seq - 1:,}."
    )
    try:
        row_hash(GENESIS, *row[:6])
    except _NO_ROW:
        return wrong
    before: bytes | None = None
    for other, there in connection.execute(
        "SELECT seq, hash FROM journal WHERE seq >= ? AND seq <= ? ORDER BY seq", (seq - _NEARBY, seq + _NEARBY)
    ):
        # What was row `other` followed its predecessor or, if neighbours changed places, what stands there now.
        for previous in (before, there):
            if previous is not None and other != seq and row_hash(previous, other, *row[1:6]) == row[6]:
                return DamagedRow(seq, "order", f"Row {seq:,} is out of order: it was written as row {other:,}.")
        before = there
    return wrong
