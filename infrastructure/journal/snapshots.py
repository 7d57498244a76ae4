"""Snapshots of the state beside the journal, so that a start does not have to read every row since the first.

A snapshot is a file of its own, whole or not there, and counts only once a row of the journal names it with its hash.
Its name says up to which row it goes. One that is missing or not what was written costs time and nothing else: the
one before it is taken, and more rows are read.
"""

import logging
import os
import re
import sqlite3
from collections.abc import Callable
from contextlib import suppress
from hashlib import sha256
from pathlib import Path
from typing import NamedTuple

from engine.faultpoints import reach
from infrastructure.journal.backups import replaced_at_the_end
from infrastructure.journal.connections import explained
from infrastructure.journal.faults import shown

SNAPSHOT_FOLDER = "snapshots"
KEPT = 3
_NAME = re.compile(r"state-(\d{1,19})\.snapshot", re.ASCII)
_LOG = logging.getLogger(__name__)


class Written(NamedTuple):
    """What the journal's row has to say of the file."""

    file: str
    sha256: str


class Snapshot(NamedTuple):
    """The state after a row, as it was saved."""

    seq: int
    state: bytes
    state_hash: str


def save_snapshot(folder: Path, seq: int, state: bytes) -> Written:
    """Write the state after row `seq` and come back when it is on the disk; older files beyond three are removed.

    It takes as long as the disk does, so it belongs on a thread that nobody waits for. The row that names the file,
    `{"state_hash", "file", "sha256"}`, is the caller's to append, and comes after this.
    """
    place = folder / SNAPSHOT_FOLDER
    with explained(place):
        place.mkdir(mode=0o700, exist_ok=True)
    name = f"state-{seq}.snapshot"
    with replaced_at_the_end(place / name) as part:
        part.write_bytes(state)
        reach("snapshot.write")
    _forget_old_ones(place)
    return Written(name, sha256(state).hexdigest())


def newest_snapshot(
    connection: sqlite3.Connection, folder: Path, notice: Callable[[str], object] = _LOG.warning
) -> Snapshot | None:
    """The newest one that is what was written; `notice` is told of each that is not."""
    found = connection.execute("SELECT state_hash, file, sha256 FROM snapshots ORDER BY seq DESC LIMIT ?", (KEPT,))
    for state_hash, file, digest in found.fetchall():
        named = _NAME.fullmatch(file)
        if named is None:
            notice(f"The snapshot {shown(file)} has a name that no snapshot has; an earlier one is used.")
            continue
        state = _read(folder / SNAPSHOT_FOLDER / file)
        if state is not None and sha256(state).hexdigest() == digest:
            return Snapshot(int(named[1]), state, state_hash)
        wrong = "is gone or cannot be read" if state is None else "is not what was written"
        notice(f"The snapshot {shown(file)} {wrong}; an earlier one is used, and more rows are read.")
    return None


def _read(file: Path) -> bytes | None:
    try:
        descriptor = os.open(file, os.O_RDONLY | os.O_CLOEXEC | os.O_NOFOLLOW)
        with open(descriptor, "rb") as stream:
            return stream.read()
    except OSError:
        return None


def snapshots_beyond(place: Path, kept: int) -> list[Path]:
    """The files of a folder of snapshots that are older than the newest few."""
    numbered = [(int(named[1]), file) for file in place.glob("state-*") if (named := _NAME.fullmatch(file.name))]
    return [file for _, file in sorted(numbered, reverse=True)[kept:]]


def _forget_old_ones(place: Path) -> None:
    cut_short = place.glob("state-*.snapshot.part")  # there is one writer, and it has just finished
    for file in (*snapshots_beyond(place, KEPT), *cut_short):
        with suppress(OSError):
            file.unlink()
