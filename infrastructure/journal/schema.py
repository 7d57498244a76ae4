"""The tables of the journal, how a new one is made, and how an older one is brought up to date.

The truth is `journal`; the other tables are read out of it and written in the same transaction, so that the database
itself refuses a second identical execution or client id.
"""

import sqlite3
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path

from engine.faultpoints import reach
from infrastructure.journal.connections import explained
from infrastructure.journal.faults import NewerSchema, NotAJournal

APPLICATION_ID = 0x4845414E  # "HEAN", in the header of the file

_TABLES = """
CREATE TABLE journal(
    seq INTEGER PRIMARY KEY, run TEXT NOT NULL, t_mono INTEGER NOT NULL, t_exch INTEGER,
    kind TEXT NOT NULL, body BLOB NOT NULL, hash BLOB NOT NULL) STRICT;
CREATE TABLE executions(
    venue TEXT NOT NULL, category TEXT NOT NULL, symbol TEXT NOT NULL, exec_id TEXT NOT NULL, seq INTEGER NOT NULL,
    PRIMARY KEY(venue, category, symbol, exec_id)) STRICT, WITHOUT ROWID;
CREATE TABLE intents(
    client_id TEXT PRIMARY KEY, intent INTEGER NOT NULL, leg TEXT NOT NULL, gen INTEGER NOT NULL,
    payload_hash TEXT NOT NULL, sign_by INTEGER NOT NULL, state TEXT NOT NULL, seq INTEGER NOT NULL
    ) STRICT, WITHOUT ROWID;
CREATE TABLE halts(
    scope TEXT PRIMARY KEY, level TEXT NOT NULL, reason TEXT NOT NULL, set_seq INTEGER NOT NULL,
    cleared_seq INTEGER) STRICT, WITHOUT ROWID;
CREATE TABLE snapshots(
    seq INTEGER PRIMARY KEY, state_hash TEXT NOT NULL, file TEXT NOT NULL, sha256 TEXT NOT NULL) STRICT;
CREATE TABLE meta(key TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT, WITHOUT ROWID;
"""
# Step n leads from schema n to n + 1; what a step says is never changed once it was published.
STEPS = (_TABLES,)


def schema_of(connection: sqlite3.Connection, file: Path, steps: Sequence[str] = STEPS) -> int:
    """The schema that a file has; 0 for an empty one, and a refusal for what this program cannot read."""
    with explained(file):
        (application,) = connection.execute("PRAGMA application_id").fetchone()
        (tables,) = connection.execute("SELECT count(*) FROM sqlite_master").fetchone()
        if application == 0 and tables == 0:
            return 0
        if application != APPLICATION_ID:
            raise NotAJournal(file)
        meta = read_meta(connection)
    found = int(meta["schema"])
    if found > len(steps):
        raise NewerSchema(file, found, len(steps), meta["program"])
    return found


def migrate(
    connection: sqlite3.Connection,
    found: int,
    program: str,
    steps: Sequence[str] = STEPS,
    birth: Mapping[str, str] | None = None,
) -> None:
    """Run the steps that are missing, all in one transaction; a new journal is told who it is in the same one."""
    statements = [text for step in steps[found:] for text in step.split(";") if text.strip()]
    connection.execute("BEGIN IMMEDIATE")
    try:
        for number, statement in enumerate(statements, 1):
            reach(f"migrate.step_{number}")
            connection.execute(statement)
        connection.execute(f"PRAGMA application_id = {APPLICATION_ID}")
        write_meta(connection, {**(birth or {}), "schema": str(len(steps)), "program": program})
        connection.execute("COMMIT")
    except BaseException:
        with suppress(sqlite3.Error):  # where the disk is full, SQLite has rolled back already
            connection.execute("ROLLBACK")
        raise


def read_meta(connection: sqlite3.Connection) -> dict[str, str]:
    """What the journal says of itself."""
    return dict(connection.execute("SELECT key, value FROM meta"))


def write_meta(connection: sqlite3.Connection, values: Mapping[str, str]) -> None:
    """Set what the journal says of itself; inside the caller's transaction."""
    connection.executemany(
        "INSERT INTO meta VALUES(?, ?) ON CONFLICT(key) DO UPDATE SET value = excluded.value", list(values.items())
    )
