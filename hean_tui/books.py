"""The books of a data folder: its journal, open for one run, and what earlier runs wrote into it."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from hashlib import sha256
from pathlib import Path
from threading import Lock

from engine import events
from engine.client_ids import base32
from engine.faultpoints import reach
from engine.host import system
from engine.record.folding import FoldedRow
from hean_tui import __version__
from hean_tui.journal_faults import told
from hean_tui.run_facts import RunFacts, SavedRuns, facts_of, saved_runs
from infrastructure.control.kill_flag import is_raised, lower_flag, raise_flag
from infrastructure.journal import ENTROPY_BYTES, Journal, Kind, Opening, Places, check_folder, open_journal
from infrastructure.journal.faults import JournalFault
from infrastructure.journal.reading import bodies_of, last_time_ns, open_for_reading, rows
from infrastructure.journal.snapshots import newest_snapshot, save_snapshot

_log = logging.getLogger(__name__)
_CLOSE_WITHIN_S = 10.0


class Books:
    """One folder's journal. Earlier runs are read in pieces, as often as somebody asks."""

    def __init__(self, folder: Path, journal: Journal, epoch: int, run: str) -> None:
        self._folder = folder
        self._last_seq = journal.head.seq  # what was there when it was opened
        self.journal = journal
        self._flag: str | None = None  # why a kill is to be found beside the journal
        self._at_the_flag = Lock()
        self.epoch = epoch
        self.run = run
        self.saved: SavedRuns | None = None
        self.saved_seq = 0
        self.saved_hash = ""
        connection = open_for_reading(Places.within(folder))
        try:
            snapshot = newest_snapshot(connection, folder)
            if snapshot is not None:
                self.saved, self.saved_seq, self.saved_hash = (
                    saved_runs(snapshot.state),
                    snapshot.seq,
                    snapshot.state_hash,
                )
            known = [] if self.saved is None else self.saved.runs
            later = bodies_of(connection, Kind.RUN_START, self.saved_seq)
            self.runs: list[RunFacts] = [*known, *(facts_of(body) for body in later)]
            self.went_to_ns = last_time_ns(connection) if self.runs else None  # the engine time of the last row
        finally:
            connection.close()

    def earlier(self, after: int = 0) -> Iterator[FoldedRow]:
        """The rows of earlier runs behind a number, in their order."""
        return rows_of(Places.within(self._folder), self._last_seq, after)

    @property
    def has_kill_flag(self) -> bool:
        """Whether somebody left the second copy of a kill."""
        return is_raised(self._folder)

    def keep_kill_flag(self, event: events.EmergencyStop | events.StateChanged) -> None:
        """A kill leaves its flag beside the journal, off the engine's thread; whoever lifts it takes the flag away."""
        if isinstance(event, events.EmergencyStop):
            self._flag = event.reason
        elif event.before == "killed":
            self._flag = None
        else:
            return
        system.spawn("kill flag", self._set_flag)

    def _set_flag(self) -> None:
        """As it is wanted now, whichever of two threads comes last."""
        with self._at_the_flag:
            if self._flag is None:
                lower_flag(self._folder)
            else:
                raise_flag(self._folder, self._flag)

    def save(self, seq: int, state: bytes, state_hash: str, time_ns: int) -> None:
        """Keep the state after a row in a file of its own; it takes as long as the disk does."""
        try:
            reach("snapshot.write")
            written = save_snapshot(self._folder, seq, state)
            body = {"state_hash": state_hash, "file": written.file, "sha256": written.sha256}
            self.journal.append(Kind.SNAPSHOT, body, time_ns)
        except (OSError, JournalFault):
            _log.warning("a snapshot could not be kept; the next start reads more rows", exc_info=True)


def runs_of(places: Places) -> list[RunFacts]:
    """What each run that a journal tells of was made of."""
    connection = open_for_reading(places)
    try:
        return [facts_of(body) for body in bodies_of(connection, Kind.RUN_START)]
    finally:
        connection.close()


def rows_of(places: Places, last_seq: int | None = None, after: int = 0) -> Iterator[FoldedRow]:
    """The rows that a journal has now, behind a number and up to one."""
    connection = open_for_reading(places)
    try:
        for piece in rows(connection, places, after):
            for row in piece:
                if last_seq is not None and row.seq > last_seq:
                    return
                yield FoldedRow._make(row)
    finally:
        connection.close()


@contextmanager
def open_books(folder: Path, seed: int, start_ns: int) -> Iterator[Books]:
    """Open the journal of a folder that is locked; whatever is wrong with it is said before anything happens.

    What a new journal draws at random comes from the seed, so that equal runs have equal order names.
    """
    entropy = sha256(f"account epoch {seed}".encode()).digest()[:ENTROPY_BYTES]
    run = base32(int.from_bytes(sha256(f"{seed} {start_ns}".encode()).digest()[:8], "big"), 8)
    with told():
        reach("recovery.step_2")
        check_folder(folder)
        reach("recovery.step_3")
        opened = open_journal(folder, Opening(run, start_ns, entropy, __version__))
        try:
            books = Books(folder, opened.journal, opened.epoch, run)
        except BaseException:
            opened.journal.close(_CLOSE_WITHIN_S)
            raise
    try:
        yield books
    finally:
        opened.journal.close(_CLOSE_WITHIN_S)
