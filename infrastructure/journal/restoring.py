"""Taking a backup in: the journal of a folder is replaced by it, under a new epoch, and what was there is kept."""

import itertools
import os
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import NamedTuple

from infrastructure.journal.backups import copy_database, replaced_at_the_end
from infrastructure.journal.connections import explained, open_writer
from infrastructure.journal.faults import NoJournal, Unreadable, shown
from infrastructure.journal.heads import Head, Heads, last_told
from infrastructure.journal.opening import check_opening, draw_epoch
from infrastructure.journal.places import Places
from infrastructure.journal.reading import open_for_reading
from infrastructure.journal.rows import Kind, draft
from infrastructure.journal.schema import read_meta
from infrastructure.journal.store import Store
from infrastructure.journal.verification import verify

_LAST_TIME = "SELECT t_mono FROM journal ORDER BY seq DESC LIMIT 1"


Halts = Callable[[int], Iterable[object]]  # the bodies of their rows, at an engine time


def _no_halts(_: int) -> Iterable[object]:
    return ()


class Restored(NamedTuple):
    """What is in place now, and where the journal that was there before has gone."""

    head: Head
    epoch: int
    replaced: Path | None


def back_up(folder: Path, target: Path) -> Head:
    """A verified copy of a folder's journal in one file; the journal can be in use."""
    if target.exists() or target.is_symlink():
        raise Unreadable(f"{shown(target)} is there already; name a file that is not.")
    connection = open_for_reading(Places.within(folder))
    try:
        copy_database(connection, target)
    finally:
        connection.close()
    return verify(Places.alone(target), has_heads=False).head


def restore(folder: Path, backup: Path, run: str, entropy: bytes, halts: Halts = _no_halts) -> Restored:
    """Put a backup in the journal's place; the caller holds the folder's lock.

    `halts` is asked for those of the journal that is replaced: a row of each follows the one of the restore.

    The order of the steps is such that a process that dies between two of them leaves a folder that refuses to open,
    never one that begins an empty journal; the same command again then finishes the work.
    """
    check_opening(run, entropy)
    places = Places.within(folder)
    if not backup.exists():
        raise NoJournal(backup)
    if backup.resolve() in [file.resolve() for file in places.all_files]:
        raise Unreadable(f"{shown(backup)} is the journal in use; copy it elsewhere, and restore the copy.")
    verify(Places.alone(backup), has_heads=False)
    told = last_told(places.heads)
    with replaced_at_the_end(places.restored) as part:
        _copy(backup, part)
        head, epoch, openings, instance = _renew(part, run, entropy, told.openings if told else 0, halts)
    replaced = _set_aside(folder, places)
    places.restored.replace(places.journal)
    if replaced is not None and places.heads.exists():
        places.heads.replace(replaced / places.heads.name)
    heads = Heads(places.heads, instance, openings)
    with explained(places.heads):
        heads.add(head)
        heads.sync()
    heads.close()
    return Restored(head, epoch, replaced)


def _copy(backup: Path, part: Path) -> None:
    connection = open_for_reading(Places.alone(backup))
    try:
        copy_database(connection, part)
    finally:
        connection.close()


def _renew(part: Path, run: str, entropy: bytes, openings_told: int, halts: Halts) -> tuple[Head, int, int, str]:
    """Give the copy an epoch of its own, so that no client id of the time since the backup can come again."""
    connection = open_writer(part)
    try:
        with explained(part):
            meta = read_meta(connection)
            before = int(meta["epoch"])
            epoch = draw_epoch(entropy)
            epoch = epoch if epoch != before else epoch ^ 1
            openings = max(int(meta["openings"]), openings_told) + 1
            store = Store(connection, part, run)
            # Engine time stands still meanwhile: a simulated day goes on where it was.
            (time_ns,) = connection.execute(_LAST_TIME).fetchone()
            body = {"epoch": epoch, "instance": meta["instance"], "restored": True, "epoch_before": before}
            head = store.commit(
                [draft(Kind.ANCHOR, body, time_ns), *(draft(Kind.HALT, halt, time_ns) for halt in halts(time_ns))],
                {"epoch": str(epoch), "epoch_seq": str(store.head.seq + 1), "openings": str(openings)},
            )
            connection.execute("PRAGMA journal_mode = DELETE")  # everything in the one file, which is renamed next
            return head, epoch, openings, meta["instance"]
    finally:
        connection.close()


def _set_aside(folder: Path, places: Places) -> Path | None:
    """Move the database and what SQLite keeps beside it into a folder of their own; the heads stay until the end."""
    there = [file for file in places.all_files[:-1] if file.exists()]
    if not there and not places.heads.exists():
        return None
    with explained(places.journal):
        replaced = next(place for number in itertools.count(1) if not (place := folder / f"replaced-{number}").exists())
        replaced.mkdir(mode=0o700)
        for file in there:
            os.replace(file, replaced / file.name)
        return replaced
