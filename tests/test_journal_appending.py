"""Appending: tickets, groups, what the database refuses, and the one end that a failure leads to."""

import os
import sqlite3
import subprocess
import sys
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path
from threading import Event, Thread, current_thread, main_thread
from typing import Any

import pytest

from infrastructure.journal import CommitFailed, Journal, JournalClosed, Kind, Opening, Places, Ticket, verify
from infrastructure.journal.ballast import BALLAST_BYTES, Ballast
from infrastructure.journal.chain import GENESIS
from infrastructure.journal.faults import TooManyWaiting, UnfitRow
from infrastructure.journal.heads import Head, last_told
from infrastructure.journal.rows import Draft
from tests.journal_stage import NOON_NS, PATIENCE_S, execution, intent, journal_in, opened

ROOT = Path(__file__).parents[1]


class Disk:
    """A disk that waits until it is told to go on, counts its commits, and can fail."""

    def __init__(self) -> None:
        self.head = Head(0, GENESIS)
        self.may_go = Event()
        self.sizes: list[int] = []
        self.failure: Exception | None = None
        self.ends: list[str] = []

    def commit(self, drafts: Sequence[Draft]) -> Head:
        assert self.may_go.wait(PATIENCE_S)
        self.sizes.append(len(drafts))
        if self.failure is not None:
            raise self.failure
        self.head = Head(self.head.seq + len(drafts), GENESIS)
        return self.head

    def close(self) -> None:
        self.ends.append("closed")

    def abandon(self) -> None:
        self.ends.append("abandoned")


class NoHeads:
    """Heads that nobody reads."""

    def add(self, head: Head) -> None:
        pass

    def sync(self) -> None:
        pass

    def close(self) -> None:
        pass


def test_a_ticket_is_settled_only_after_the_commit() -> None:
    """Until the disk says so, nothing may leave that relies on the row."""
    disk = Disk()
    journal = Journal(disk, NoHeads(), print)
    ticket = journal.append(Kind.INTENT, intent(1), NOON_NS)
    assert (ticket.seq, ticket.is_durable, ticket.is_settled) == (1, False, False)
    with pytest.raises(TimeoutError, match="row 1 was not on the disk"):
        ticket.wait(0.01)
    disk.may_go.set()
    ticket.wait(PATIENCE_S)
    assert (ticket.is_durable, ticket.failure) == (True, None)
    assert journal.close(PATIENCE_S)
    assert disk.ends == ["closed"]


def test_what_waits_for_the_disk_goes_in_groups() -> None:
    """One row that the disk is busy with, then at most 256 at a time, in the order of the calls."""
    disk = Disk()
    journal = Journal(disk, NoHeads(), print)
    first = journal.append(Kind.INPUT, 0, NOON_NS)
    while journal._queue.qsize():
        Event().wait(0.001)
    tickets = [first, *(journal.append(Kind.INPUT, n, NOON_NS) for n in range(600))]
    assert (journal.waiting, journal.next_seq) == (601, 602)
    disk.may_go.set()
    assert journal.close(PATIENCE_S)
    assert disk.sizes == [1, 256, 256, 88]
    assert [ticket.seq for ticket in tickets] == list(range(1, 602))
    assert all(ticket.is_durable for ticket in tickets)


def test_callbacks_go_where_they_are_wanted_once_for_each_commit(tmp_path: Path) -> None:
    """Such as to a loop; one that comes late is called at once, by whoever asked."""
    handed_over: list[Any] = []
    seen: list[tuple[int, bool, str]] = []

    def note(ticket: Ticket) -> None:
        seen.append((ticket.seq, ticket.is_durable, current_thread().name))

    with journal_in(tmp_path) as journal:
        journal.append(Kind.INPUT, 1, NOON_NS, when_settled=note).wait(PATIENCE_S)
        assert journal.close(PATIENCE_S)
    assert seen == [(2, True, "journal")]
    seen.clear()
    with journal_in(tmp_path) as journal:
        journal.deliver_through(handed_over.append)
        tickets = [journal.append(Kind.INPUT, n, NOON_NS, when_settled=note) for n in range(50)]
        tickets[-1].wait(PATIENCE_S)
        assert journal.close(PATIENCE_S)
    assert seen == []
    assert 1 <= len(handed_over) <= 50
    for work in handed_over:
        work()
    assert [seq for seq, _, _ in seen] == list(range(3, 53))
    tickets[0].when_settled(note)
    assert seen[-1] == (3, True, main_thread().name)


def test_many_threads_append_to_one_chain(tmp_path: Path) -> None:
    """Numbers without a gap, whoever calls."""
    with journal_in(tmp_path) as journal:
        threads = [
            Thread(target=lambda: [journal.append(Kind.INPUT, n, NOON_NS) for n in range(200)]) for _ in range(8)
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert verify(Places.within(tmp_path)).head.seq == 1 + 8 * 200


def test_what_cannot_be_written_is_refused_before_it_is_queued(tmp_path: Path) -> None:
    """The caller's mistake costs the caller a sentence, not everybody the journal."""
    with journal_in(tmp_path) as journal:
        for kind, body, time_ns in (
            ("dream", {}, NOON_NS),
            (Kind.EXECUTION, {"venue": "paper"}, NOON_NS),
            (Kind.INTENT, {**intent(1), "sign_by": 2**63}, NOON_NS),
            (Kind.INPUT, float("nan"), NOON_NS),
            (Kind.INPUT, {}, 2**63),
        ):
            with pytest.raises(UnfitRow):
                journal.append(kind, body, time_ns)
        assert journal.append(Kind.INPUT, {}, NOON_NS).seq == 2
    with pytest.raises(JournalClosed, match="was closed"):
        journal.append(Kind.INPUT, {}, NOON_NS)


def test_more_than_the_bound_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    """A disk that has stopped answering does not eat the memory."""
    monkeypatch.setattr("infrastructure.journal.journal.WAITING_MAX", 3)
    disk = Disk()
    journal = Journal(disk, NoHeads(), print)
    for n in range(3):
        journal.append(Kind.INPUT, n, NOON_NS)
    with pytest.raises(TooManyWaiting, match="3 rows wait"):
        journal.append(Kind.INPUT, 3, NOON_NS)
    disk.may_go.set()
    assert journal.close(PATIENCE_S)


def test_the_tables_beside_the_journal_follow_the_rows(tmp_path: Path) -> None:
    """Intents with their state, executions, halts that were set and cleared, snapshots."""
    with journal_in(tmp_path) as journal:
        for kind, body in (
            (Kind.INTENT, intent(1)),
            (Kind.INTENT, intent(2)),
            (Kind.RESULT, {"client_id": "H1-1", "state": "ACKED", "exchange_id": "x"}),
            (Kind.EXECUTION, execution(7)),
            (Kind.TRANSITION, {"client_id": "H1-1", "state": "FILLED"}),
            (Kind.HALT, {"scope": "tier", "level": "halt", "reason": "a loss"}),
            (Kind.HALT, {"scope": "engine", "level": "killed", "reason": "the operator"}),
            (Kind.RESET, {"scope": "tier", "person": "operator"}),
            (Kind.SNAPSHOT, {"state_hash": "ab", "file": "snapshot-9", "sha256": "cd"}),
        ):
            journal.append(kind, body, NOON_NS)
    with closing(sqlite3.connect(Places.within(tmp_path).journal)) as connection:
        assert connection.execute("SELECT client_id, state, seq FROM intents ORDER BY seq").fetchall() == [
            ("H1-1", "FILLED", 2),
            ("H1-2", "INTENT", 3),
        ]
        assert connection.execute("SELECT * FROM executions").fetchall() == [
            ("paper", "linear", "BTC/USDT:USDT", "e7", 5)
        ]
        assert connection.execute("SELECT * FROM halts ORDER BY scope").fetchall() == [
            ("engine", "killed", "the operator", 8, None),
            ("tier", "halt", "a loss", 7, 9),
        ]
        assert connection.execute("SELECT * FROM snapshots").fetchall() == [(10, "ab", "snapshot-9", "cd")]


@pytest.mark.parametrize(("kind", "body"), [(Kind.EXECUTION, execution(1)), (Kind.INTENT, intent(1))])
def test_the_database_refuses_a_second_of_what_is_unique(kind: Kind, body: dict[str, object], tmp_path: Path) -> None:
    """Also after a restart; the engine should have known, so it is the end of this journal."""
    with journal_in(tmp_path) as journal:
        journal.append(kind, body, NOON_NS)
    journal = opened(tmp_path).journal
    ticket = journal.append(kind, body, NOON_NS)
    with pytest.raises(CommitFailed, match="UNIQUE"):
        ticket.wait(PATIENCE_S)
    assert journal.close(PATIENCE_S)
    assert verify(Places.within(tmp_path)).head.seq == 2


def test_a_failed_commit_is_told_to_everybody_and_never_tried_again() -> None:
    """Whoever waits, whoever comes later, and whoever watches; what failed once is not asked a second time."""
    disk = Disk()
    disk.failure = sqlite3.OperationalError("disk I/O error")
    journal = Journal(disk, NoHeads(), print)
    failures: list[CommitFailed] = []
    settled: list[Ticket] = []
    journal.when_failed = failures.append
    tickets = [journal.append(Kind.INPUT, n, NOON_NS, when_settled=settled.append) for n in range(400)]
    disk.may_go.set()
    with pytest.raises(CommitFailed, match="disk I/O error"):
        tickets[-1].wait(PATIENCE_S)
    disk.failure = None
    with pytest.raises(JournalClosed, match="Nothing can be written any more"):
        journal.append(Kind.INPUT, 0, NOON_NS)
    assert journal.close(PATIENCE_S)
    assert len(disk.sizes) == 1
    assert disk.ends == ["abandoned"]
    assert failures == [journal.failure]
    assert settled == tickets
    assert not any(ticket.is_durable for ticket in tickets)


def test_a_full_disk_gives_the_ballast_back_and_loses_nothing_that_was_durable(tmp_path: Path) -> None:
    """SQLite's own word for a full disk; opened anew, which verifies, the journal goes on."""
    journal = opened(tmp_path).journal
    last = journal.append(Kind.INPUT, "before", NOON_NS)
    last.wait(PATIENCE_S)
    assert (tmp_path / "ballast").stat().st_size == BALLAST_BYTES
    (pages,) = journal._store._connection.execute("PRAGMA page_count").fetchone()  # type: ignore[attr-defined]
    journal._store._connection.execute(f"PRAGMA max_page_count = {pages}")  # type: ignore[attr-defined]
    big = journal.append(Kind.INPUT, "x" * 100_000, NOON_NS)
    with pytest.raises(CommitFailed, match="the disk is full") as caught:
        big.wait(PATIENCE_S)
    assert caught.value.disk_full
    assert journal.close(PATIENCE_S)
    assert not (tmp_path / "ballast").exists()
    assert verify(Places.within(tmp_path)).head.seq == last.seq
    with journal_in(tmp_path) as again:
        assert again.append(Kind.INPUT, "after", NOON_NS).seq == last.seq + 1


WRITES_UNTIL_IT_FAILS = """
import resource, sys
from pathlib import Path
from infrastructure.journal import Kind, CommitFailed, Opening, open_journal
folder = Path(sys.argv[1])
journal = open_journal(folder, Opening("r", 1, bytes(24), "1")).journal
resource.setrlimit(resource.RLIMIT_FSIZE, (300_000, 300_000))
durable = 0
try:
    for n in range(10_000):
        ticket = journal.append(Kind.INPUT, {"n": n, "room": "x" * 500}, n)
        ticket.wait(10)
        durable = ticket.seq
except CommitFailed as failure:
    journal.close(10)
    print(durable, failure)
"""


def test_a_write_that_the_system_refuses_closes_the_journal(tmp_path: Path) -> None:
    """A real error of a real file, met in the middle of work: every row that was told durable is there."""
    ended = subprocess.run(
        [sys.executable, "-c", WRITES_UNTIL_IT_FAILS, str(tmp_path)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    durable, _, sentence = ended.stdout.partition(" ")
    assert "closed" in sentence
    assert int(durable) > 10
    assert verify(Places.within(tmp_path)).head.seq >= int(durable)
    assert ended.stderr == ""


def test_each_commit_is_told_in_the_heads(tmp_path: Path) -> None:
    """The file is never ahead of the database, and after an orderly end not behind it."""
    journal = opened(tmp_path).journal
    journal.append(Kind.INPUT, 1, NOON_NS).wait(PATIENCE_S)
    told = last_told(Places.within(tmp_path).heads)
    assert told is not None
    assert told.head == journal.head == verify(Places.within(tmp_path)).head
    assert journal.close(PATIENCE_S)


def test_the_ballast_is_real_room(tmp_path: Path) -> None:
    """Blocks of the disk, not a hole in a file; held once, and given back."""
    ballast = Ballast(tmp_path)
    assert ballast.hold()
    assert (tmp_path / "ballast").stat().st_blocks * 512 >= BALLAST_BYTES
    assert ballast.hold()
    ballast.release()
    ballast.release()
    assert not (tmp_path / "ballast").exists()


def test_an_opening_without_randomness_is_a_mistake(tmp_path: Path) -> None:
    """An epoch of too few bytes, or a run without a name, is refused before a file is made."""
    from infrastructure.journal import open_journal

    for opening in (Opening("run", NOON_NS, b"few", "1"), Opening("", NOON_NS, bytes(24), "1")):
        with pytest.raises(UnfitRow):
            open_journal(tmp_path, opening)
    assert os.listdir(tmp_path) == []
