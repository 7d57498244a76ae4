"""Facts of what runs wrote down: who holds the folder, whether the journal holds, and how the last run ended.

Nothing is written for it, not even what SQLite would lay beside the file for a reader, and no engine notices.
"""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

from hean_tui.doctor.fact import Fact, fine, in_the_way, worth_a_look
from infrastructure.control.holder import holder_of, is_held
from infrastructure.control.kill_flag import is_raised
from infrastructure.journal.connections import READER_PRAGMAS, explained, refuse_link, refuse_truncated, size_of
from infrastructure.journal.faults import JournalFault, Unreadable, shown
from infrastructure.journal.heads import last_told, refuse_emptied
from infrastructure.journal.opening import TAIL_ROWS
from infrastructure.journal.places import Places
from infrastructure.journal.reading import time_text
from infrastructure.journal.rows import Kind
from infrastructure.journal.schema import read_meta, schema_of
from infrastructure.journal.snapshots import newest_snapshot
from infrastructure.journal.store import read_head
from infrastructure.journal.verification import check_identity, check_tail

_UNLOCK = "hean-tui unlock kill opens what it closes"


class _Read(NamedTuple):
    """A journal, open for nothing but looking."""

    connection: sqlite3.Connection
    folder: Path
    rows: int
    is_running: bool


def journal_facts(folder: Path) -> list[Fact]:
    """Nothing where no run has ever written anything."""
    places = Places.within(folder)
    if not (places.journal.exists() or places.heads.exists()):
        return []
    running = is_held(folder)
    return [_lock(folder, running), *_of_the_journal(folder, places, running), _kill_flag(folder)]


def _lock(folder: Path, running: bool) -> Fact:
    if not running:
        return fine("lock", "free; no engine works on the folder")
    holder = holder_of(folder)
    if holder is None:
        return fine("lock", "held by an engine that is just starting or ending")
    if not holder.is_proven:
        return worth_a_look("lock", f"held by a process; that it is {holder.pid}, as the file says, cannot be proven")
    return fine("lock", f"held by process {holder.pid}, an engine that runs")


def _of_the_journal(folder: Path, places: Places, running: bool) -> list[Fact]:
    try:
        told = last_told(places.heads)  # read first: a running journal only gets longer
        if not size_of(places.journal):
            refuse_emptied(told, places.journal)
            return []
        with _opened(places, running) as connection, explained(places.journal):
            schema = schema_of(connection, places.journal)
            head = read_head(connection)
            check_tail(connection, head.seq, TAIL_ROWS)
            check_identity(connection, places, told, head, read_meta(connection))
            checked = f"the newest {min(head.seq, TAIL_ROWS):,} chained as they were written"
            read = _Read(connection, folder, head.seq, running)
            return [
                fine("journal", f"schema {schema}, {head.seq:,} rows, {checked}"),
                _snapshot(read),
                _halts(read),
                _last_run(read),
            ]
    except JournalFault as fault:
        return [in_the_way("journal", str(fault))]


@contextmanager
def _opened(places: Places, running: bool) -> Iterator[sqlite3.Connection]:
    """A reader that makes no file: what is at rest is read as it lies, else the index that is there is only read."""
    file, (log, index, _) = places.journal, places.kept_by_sqlite
    refuse_link(file)
    refuse_truncated(file)
    at_rest = not running and not size_of(log)
    if not at_rest and not index.exists():
        raise Unreadable(f"Rows wait in {shown(log)}; hean-tui journal verify reads them, and so does the next start.")
    uri = f"{file.absolute().as_uri()}?mode=ro&{'immutable' if at_rest else 'readonly_shm'}=1"
    with explained(file):
        connection = sqlite3.connect(uri, uri=True, isolation_level=None)
        try:
            for pragma in READER_PRAGMAS:
                connection.execute(f"PRAGMA {pragma}")
            connection.execute("BEGIN")  # one moment for all that is read
            yield connection
        finally:
            connection.close()


def _snapshot(read: _Read) -> Fact:
    wrong: list[str] = []
    newest = newest_snapshot(read.connection, read.folder, wrong.append)
    if wrong:
        return worth_a_look("snapshot", " ".join(wrong))
    if newest is None:
        return fine("snapshot", "none yet; a start reads every row")
    return fine(
        "snapshot", f"the state after row {newest.seq:,}; a start reads the {read.rows - newest.seq:,} behind it"
    )


def _halts(read: _Read) -> Fact:
    found = read.connection.execute("SELECT scope, reason FROM halts WHERE cleared_seq IS NULL ORDER BY set_seq")
    told = [f"{scope} ({shown(reason)})" for scope, reason in found]
    return worth_a_look("halts", f"in force: {', '.join(told)}") if told else fine("halts", "none in force")


def _last_run(read: _Read) -> Fact:
    """Only the newest rows are looked at: a run that ended in order says so with its last ones."""
    ask = read.connection.execute
    run, time_ns = ask("SELECT run, t_mono FROM journal ORDER BY seq DESC LIMIT 1").fetchone()
    kinds = ask(
        "SELECT kind FROM journal WHERE seq > ? AND kind IN (?, ?) ORDER BY seq DESC LIMIT 1",
        (read.rows - TAIL_ROWS, Kind.RUN_START, Kind.RUN_END),
    ).fetchone()
    told = f"{run}, at {time_text(time_ns)[:19]}Z of its own time"
    if read.is_running:
        return fine("last run", f"it goes on: {told}")
    if kinds is not None and kinds[0] == Kind.RUN_END:
        return fine("last run", f"ended in order: {told}")
    return worth_a_look("last run", f"crashed or was cut off: {told}; the next start finds out what happened since")


def _kill_flag(folder: Path) -> Fact:
    if not is_raised(folder):
        return fine("kill flag", "none")
    return worth_a_look("kill flag", f"raised: an engine is killed here, also after a restart; {_UNLOCK}")
