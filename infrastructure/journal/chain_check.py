"""Recomputing the chain row by row, and naming the first row that is not what was written."""

import sqlite3
import struct
from collections.abc import Callable, Sequence

from infrastructure.journal.chain import GENESIS, StoredRow, follows, row_hash
from infrastructure.journal.faults import DamagedRow
from infrastructure.journal.heads import Head

Visited = tuple[int, str, int, bytes]  # number, kind, time and body of a row
Visit = Callable[[Sequence[Visited]], object]  # some rows that hold, in their order
START = Head(0, GENESIS)
_AT_ONCE = 1024
_NEARBY = 1000
LAST_NUMBER = 2**63 - 1  # where the number of the last row cannot be read: as far as there are rows
_COLUMNS = "seq, run, t_mono, t_exch, kind, body, hash"
# Each piece is a read of its own: what was appended never changes, and a long read would keep the log from shrinking.
_PIECE = f"SELECT {_COLUMNS} FROM journal WHERE seq > ? AND seq <= ? ORDER BY seq LIMIT ?"  # noqa: S608 - our own names
# What hashing says of values that no row can have; a damaged page can hold anything.
_NO_ROW = (TypeError, ValueError, struct.error)


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
            good = len(rows) if _holds(previous, seq, rows) else _good_ones(previous, seq, rows)
            if visit is not None:
                visit([(row[0], row[4].decode(), row[2], row[5]) for row in rows[:good]])
            if good < len(rows):
                raise _first_wrong(connection, seq + good, rows[good])
            seq, previous = rows[-1][0], rows[-1][6]
        return Head(seq, previous)
    finally:
        connection.text_factory = text_factory


def _holds(previous: bytes, seq: int, rows: list[StoredRow]) -> bool:
    try:
        return follows(previous, seq, rows)
    except _NO_ROW:
        return False


def _good_ones(previous: bytes, seq: int, rows: list[StoredRow]) -> int:
    """How many rows hold before the first that does not."""
    for good, row in enumerate(rows):
        if not _holds(previous, seq + good, [row]):
            return good
        previous = row[6]
    return len(rows)


def _first_wrong(connection: sqlite3.Connection, last_good: int, row: StoredRow) -> DamagedRow:
    if row[0] != last_good + 1:
        missing = last_good + 1
        return DamagedRow(missing, "gap", f"Row {missing:,} is missing: row {row[0]:,} follows row {last_good:,}.")
    return _wrong_row(connection, row)


def _piece(connection: sqlite3.Connection, after: int, up_to: int) -> list[StoredRow]:
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


def _wrong_row(connection: sqlite3.Connection, row: StoredRow) -> DamagedRow:
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
