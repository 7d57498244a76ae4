"""The tables beside the journal: what each kind of row changes in them, written in the row's own transaction."""

import sqlite3
from collections.abc import Callable, Iterable, Sequence
from typing import Any

from infrastructure.journal.rows import (
    ExecutionKey,
    HaltCleared,
    HaltSet,
    IntentKey,
    OrderState,
    SnapshotTaken,
)

NEW_INTENT = "INTENT"  # may have been sent: whoever finds it after a crash has to ask
Facts = Sequence[tuple[int, Any]]  # the number of the row, and what it says
_AT_ONCE = (256, 64, 16, 4, 1)


def insert(connection: sqlite3.Connection, table: str, rows: Sequence[Sequence[Any]]) -> None:
    """Insert rows with as few statements as can be.

    The interpreter's lock is given away at each statement, and a busy engine takes up to half a millisecond to give
    it back; 256 rows in one statement wait once.
    """
    if not rows:
        return
    one = f"({', '.join('?' * len(rows[0]))})"
    at = 0
    for size in _AT_ONCE:
        while len(rows) - at >= size:
            values = [value for row in rows[at : at + size] for value in row]
            connection.execute(f"INSERT INTO {table} VALUES {', '.join([one] * size)}", values)  # noqa: S608 - our names
            at += size


def project(connection: sqlite3.Connection, facts: Iterable[tuple[int, Any]]) -> None:
    """Bring the tables up to these rows; equal kinds in a row are written together, and their order is kept."""
    waiting: list[tuple[int, Any]] = []
    for seq, fact in facts:
        if waiting and type(waiting[0][1]) is not type(fact):
            _write(connection, waiting)
            waiting = []
        waiting.append((seq, fact))
    if waiting:
        _write(connection, waiting)


def _write(connection: sqlite3.Connection, facts: Facts) -> None:
    projector = _PROJECTORS.get(type(facts[0][1]))
    if projector is not None:
        projector(connection, facts)


def _executions(connection: sqlite3.Connection, facts: Facts) -> None:
    insert(connection, "executions", [(f.venue, f.category, f.symbol, f.exec_id, seq) for seq, f in facts])


def _intents(connection: sqlite3.Connection, facts: Facts) -> None:
    insert(
        connection,
        "intents",
        [(f.client_id, f.intent, f.leg, f.gen, f.payload_hash, f.sign_by, NEW_INTENT, seq) for seq, f in facts],
    )


def _states(connection: sqlite3.Connection, facts: Facts) -> None:
    connection.executemany(
        "UPDATE intents SET state = ? WHERE client_id = ?", [(f.state, f.client_id) for _, f in facts]
    )


def _halts(connection: sqlite3.Connection, facts: Facts) -> None:
    connection.executemany(
        "INSERT INTO halts VALUES(?, ?, ?, ?, NULL) ON CONFLICT(scope) DO UPDATE SET "
        "level = excluded.level, reason = excluded.reason, set_seq = excluded.set_seq, cleared_seq = NULL",
        [(f.scope, f.level, f.reason, seq) for seq, f in facts],
    )


def _resets(connection: sqlite3.Connection, facts: Facts) -> None:
    connection.executemany("UPDATE halts SET cleared_seq = ? WHERE scope = ?", [(seq, f.scope) for seq, f in facts])


def _snapshots(connection: sqlite3.Connection, facts: Facts) -> None:
    insert(connection, "snapshots", [(seq, f.state_hash, f.file, f.sha256) for seq, f in facts])


_PROJECTORS: dict[type, Callable[[sqlite3.Connection, Facts], None]] = {
    ExecutionKey: _executions,
    IntentKey: _intents,
    OrderState: _states,
    HaltSet: _halts,
    HaltCleared: _resets,
    SnapshotTaken: _snapshots,
}
