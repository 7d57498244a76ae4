"""Opening the journal of a folder: look at what is there without touching it, then take it up, or say why not."""

import sqlite3
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from infrastructure.journal.backups import copy_database, replaced_at_the_end
from infrastructure.journal.ballast import Ballast
from infrastructure.journal.connections import SQLITE, Driver, explained, open_writer, size_of
from infrastructure.journal.faults import DOES_NOT_HOLD, NoJournal, UnfitRow, shown
from infrastructure.journal.heads import Heads, Told, last_told, refuse_emptied
from infrastructure.journal.journal import Journal
from infrastructure.journal.places import Places
from infrastructure.journal.quarantine import copied_aside
from infrastructure.journal.rows import Kind, draft
from infrastructure.journal.schema import STEPS, migrate, read_meta
from infrastructure.journal.store import Store, read_head
from infrastructure.journal.verification import check_identity, check_pages, check_tail, look

ENTROPY_BYTES = 24
TAIL_ROWS = 10_000  # read at every opening; all of them by `verify`
PAGES_CHECKED_BYTES = 512 * 1024 * 1024  # longer ones are left to the check in the background: a start has to be quick
_EPOCHS = 32**5  # as many as five characters of a client id can name
_RUN_BYTES_MAX = 200


class Opening(NamedTuple):
    """Who opens a journal, when, and what randomness a new one may use."""

    run: str
    now_ns: int
    entropy: bytes  # at least ENTROPY_BYTES of it; only a new or restored journal draws from it
    program: str  # the version that opens it, which an older program will be told to ask for


class Opened(NamedTuple):
    """A journal that is open for writing, and what it said of itself."""

    journal: Journal
    epoch: int
    instance: str
    is_new: bool
    has_ballast: bool


class Migration(NamedTuple):
    """The schema that was found, the one there is now, and where the copy from before lies, if one was needed."""

    found: int
    now: int
    copy: Path | None


def open_journal(folder: Path, opening: Opening, steps: Sequence[str] = STEPS, driver: Driver = SQLITE) -> Opened:
    """Open or make the journal of a folder whose lock the caller holds.

    What is found amiss is left as it was, and copied aside besides: a person decides what becomes of it.
    """
    check_opening(opening.run, opening.entropy)
    places = Places.within(folder)
    told = last_told(places.heads)
    try:
        found = _found(places, told, steps)
    except DOES_NOT_HOLD as fault:
        fault.args = (f"{fault} {copied_aside(folder)}",)
        raise
    if not found:
        _make(places, opening, steps, driver)
        found = len(steps)
    connection = driver.open_writer(places.journal)
    try:
        with explained(places.journal):
            if found < len(steps):
                copy_database(connection, places.before_migration(found))
                migrate(connection, found, opening.program, steps)
            return _take_up(connection, folder, places, opening, driver)
    except BaseException:
        connection.close()
        raise


def bring_up_to_date(folder: Path, program: str, steps: Sequence[str] = STEPS) -> Migration:
    """Do what the next opening would do to a journal of an older version, and nothing else."""
    places = Places.within(folder)
    found = _found(places, last_told(places.heads), steps)
    if not found:
        raise NoJournal(places.journal)
    if found == len(steps):
        return Migration(found, found, None)
    connection = open_writer(places.journal)
    try:
        with explained(places.journal):
            copy_database(connection, places.before_migration(found))
            migrate(connection, found, program, steps)
    finally:
        connection.close()
    return Migration(found, len(steps), places.before_migration(found))


def check_opening(run: str, entropy: bytes) -> None:
    """Refuse what a caller may not leave out."""
    if len(entropy) < ENTROPY_BYTES:
        raise UnfitRow(f"A journal needs {ENTROPY_BYTES} random bytes, and there were {len(entropy)}.")
    if not 0 < len(run.encode()) <= _RUN_BYTES_MAX:
        raise UnfitRow(f"The name of a run was {shown(run)}; it has 1 to {_RUN_BYTES_MAX} bytes.")


def draw_epoch(entropy: bytes) -> int:
    """An account epoch: random, so that no two journals ever use the same client ids."""
    return int.from_bytes(entropy[:8], "big") % _EPOCHS


def _found(places: Places, told: Told | None, steps: Sequence[str]) -> int:
    """The schema of what is there, 0 where nothing is; read only, so that what is amiss stays as it was."""
    there = look(places, steps)
    if there is None:
        refuse_emptied(told, places.journal)
        return 0
    connection, found = there
    try:
        with explained(places.journal):
            if size_of(places.journal) <= PAGES_CHECKED_BYTES:
                check_pages(connection, places.journal)
            head = read_head(connection)
            if head.seq or told is not None:
                check_identity(connection, places, told, head, read_meta(connection))
                check_tail(connection, head.seq, TAIL_ROWS)
    finally:
        connection.close()
    return found


def _make(places: Places, opening: Opening, steps: Sequence[str], driver: Driver) -> None:
    """A new journal takes its name once it is whole, so that one whose making was cut short is simply made again."""
    birth = {
        "instance": opening.entropy[8:ENTROPY_BYTES].hex(),
        "epoch": str(draw_epoch(opening.entropy)),
        "epoch_seq": "1",
        "openings": "0",
    }
    with replaced_at_the_end(places.journal) as part, explained(places.journal):
        for left_behind in (*Places.alone(part).kept_by_sqlite, *places.kept_by_sqlite):
            left_behind.unlink(missing_ok=True)  # of a making that was cut short: it would be taken for this one's log
        connection = driver.open_writer(part)
        try:
            migrate(connection, 0, opening.program, steps, birth)
            connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()  # closing would hide that it failed
        finally:
            connection.close()


def _take_up(connection: sqlite3.Connection, folder: Path, places: Places, opening: Opening, driver: Driver) -> Opened:
    meta = read_meta(connection)
    epoch, openings = int(meta["epoch"]), int(meta["openings"]) + 1
    store = Store(connection, places.journal, opening.run, driver)
    is_new = not store.head.seq
    store.commit(
        [draft(Kind.ANCHOR, {"epoch": epoch, "instance": meta["instance"]}, opening.now_ns)] if is_new else [],
        {"openings": str(openings)},
    )
    ballast = Ballast(folder)
    has_ballast = ballast.hold()
    heads = Heads(places.heads, meta["instance"], openings)
    heads.add(store.head)
    heads.sync()
    return Opened(Journal(store, heads, ballast.release), epoch, meta["instance"], is_new, has_ballast)
