"""Rows as those who come later read them: in their order, in pieces, without stopping whoever writes."""

import sqlite3
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import NamedTuple

from infrastructure.journal.connections import explained
from infrastructure.journal.faults import NoJournal
from infrastructure.journal.heads import Head, last_told, refuse_emptied
from infrastructure.journal.places import Places
from infrastructure.journal.schema import read_meta
from infrastructure.journal.store import read_head
from infrastructure.journal.verification import look

_AT_ONCE = 4096
_SECOND_NS = 1_000_000_000
_COLUMNS = "seq, kind, t_mono, body"


class Row(NamedTuple):
    """A row without what only the chain needs."""

    seq: int
    kind: str
    time_ns: int
    body: bytes


class Summary(NamedTuple):
    """The newest row, and what the journal says of itself."""

    head: Head
    kind: str
    time_ns: int
    epoch: int
    instance: str
    schema: int


def open_for_reading(places: Places) -> sqlite3.Connection:
    """A connection to a journal that is there and of a schema that is known."""
    there = look(places)
    if there is None:
        refuse_emptied(last_told(places.heads), places.journal)
        raise NoJournal(places.journal)
    return there[0]


def summary(places: Places) -> Summary:
    """What the journal ends with at the moment."""
    connection = open_for_reading(places)
    try:
        with explained(places.journal):
            meta = read_meta(connection)
            head = read_head(connection)
            if not head.seq:
                raise NoJournal(places.journal)
            kind, time_ns = connection.execute("SELECT kind, t_mono FROM journal WHERE seq = ?", (head.seq,)).fetchone()
    finally:
        connection.close()
    return Summary(head, kind, time_ns, int(meta["epoch"]), meta["instance"], int(meta["schema"]))


def rows(connection: sqlite3.Connection, places: Places, after: int = 0) -> Iterator[list[Row]]:
    """All rows there are now behind a number, in pieces: each is a short read, and what is there never changes."""
    with explained(places.journal):
        last = read_head(connection).seq
    while after < last:
        with explained(places.journal):
            found = connection.execute(
                f"SELECT {_COLUMNS} FROM journal WHERE seq > ? AND seq <= ? ORDER BY seq LIMIT ?",  # noqa: S608 - ours
                (after, last, _AT_ONCE),
            ).fetchall()
        if not found:
            return
        yield [Row._make(row) for row in found]
        after = found[-1][0]


def bodies_of(connection: sqlite3.Connection, kind: str, after: int = 0) -> list[bytes]:
    """The bodies of all rows of a kind that is rare, behind a number."""
    found = connection.execute("SELECT body FROM journal WHERE kind = ? AND seq > ? ORDER BY seq", (kind, after))
    return [body for (body,) in found]


def last_time_ns(connection: sqlite3.Connection) -> int:
    """The engine time of the newest row."""
    row = connection.execute("SELECT t_mono FROM journal ORDER BY seq DESC LIMIT 1").fetchone()
    return int(row[0]) if row else 0


def time_text(time_ns: int) -> str:
    """A moment as ISO 8601 UTC, with every nanosecond that it has."""
    second, rest = divmod(time_ns, _SECOND_NS)
    text = f"{datetime.fromtimestamp(second, UTC):%Y-%m-%dT%H:%M:%S}"
    return f"{text}.{rest:09d}Z" if rest else f"{text}Z"
