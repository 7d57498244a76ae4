"""The writing end of the database: rows in, one transaction, one sync. Whoever has it is the only writer."""

import sqlite3
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path

from engine.faultpoints import reach
from infrastructure.journal.chain import GENESIS, row_hash
from infrastructure.journal.connections import SQLITE, Driver
from infrastructure.journal.heads import Head
from infrastructure.journal.projections import insert, project
from infrastructure.journal.rows import Draft, kind_bytes
from infrastructure.journal.schema import write_meta


class Store:
    """Chains rows to the last one and commits them; knows neither threads nor queues."""

    def __init__(self, connection: sqlite3.Connection, file: Path, run: str, driver: Driver = SQLITE) -> None:
        self._connection = connection
        self._driver = driver
        self._file = file
        self._run = run
        self._run_bytes = run.encode()
        self._keeper: sqlite3.Connection | None = None
        self.head = read_head(connection)

    def commit(self, drafts: Sequence[Draft], meta: Mapping[str, str] | None = None) -> Head:
        """Write the rows, or none of them; when this comes back they are on the disk."""
        seq, previous = self.head
        run = self._run
        rows = []
        facts = []
        for time_ns, exchange_ns, kind, body, fact in drafts:
            seq += 1
            previous = row_hash(previous, seq, self._run_bytes, time_ns, exchange_ns, kind_bytes(kind), body)
            rows.append((seq, run, time_ns, exchange_ns, kind, body, previous))
            if fact is not None:
                facts.append((seq, fact))
        connection = self._connection
        connection.execute("BEGIN IMMEDIATE")
        if meta:
            write_meta(connection, meta)
        insert(connection, "journal", rows)
        project(connection, facts)
        connection.execute("COMMIT")
        self.head = Head(seq, previous)
        return self.head

    def close(self) -> None:
        """End it in order; what is in the log goes into the database."""
        reach("checkpoint")
        self._connection.close()

    def abandon(self) -> None:
        """Let go after a failure, without another write or sync.

        The last connection to close would copy the log into the database. A reader that stays keeps it from that.
        """
        with suppress(Exception):
            self._keeper = self._driver.open_reader(self._file)
            self._keeper.execute("SELECT count(*) FROM meta").fetchone()
            self._connection.close()


def read_head(connection: sqlite3.Connection) -> Head:
    """The last row there is."""
    row = connection.execute("SELECT seq, hash FROM journal ORDER BY seq DESC LIMIT 1").fetchone()
    return Head(*row) if row else Head(0, GENESIS)


def hash_at(connection: sqlite3.Connection, seq: int) -> bytes | None:
    """The hash of one row, None where it is not there."""
    row: tuple[bytes] | None = connection.execute("SELECT hash FROM journal WHERE seq = ?", (seq,)).fetchone()
    return row[0] if row else None
