"""A disk and the journal on it: commits take their time, fail for good, and a crash keeps what was acknowledged.

The rows are the real ones: canonical bodies, the real chain of hashes, and the uniqueness that the real tables enforce.
What the writer's thread does in a program happens here in events of the world's timeline, with the same groups.
"""

from collections.abc import Callable, Sequence
from random import Random
from typing import Any, NamedTuple

from engine.clock import Timeline
from hean_tui.sim.faults import Board
from hean_tui.sim.streams import delay_ns
from hean_tui.sim.violations import Violation
from infrastructure.journal.chain import GENESIS, row_hash
from infrastructure.journal.faults import CommitFailed, JournalClosed
from infrastructure.journal.rows import Draft, ExecutionKey, IntentKey, draft, kind_bytes

_QUICK_NS = 200_000
_USUAL_NS = 900_000
_GROUP = 256
_KEPT = 400  # of the last rows, for a report
Enter = Callable[[Callable[..., None]], None]


class StoredRow(NamedTuple):
    """A row as it lies on the disk, and since when."""

    seq: int
    run: bytes
    time_ns: int
    exchange_ns: int | None
    kind: str
    body: bytes
    hash: bytes
    durable_ns: int


class Saved(NamedTuple):
    """A state that was saved at a row, so that a start need not read those before it."""

    seq: int
    kernel: bytes
    payments: list[Any]
    told_ns: int
    watched: Any  # the second books that belong to it


class SimDisk:
    """What outlives every process."""

    def __init__(self) -> None:
        self.rows: list[StoredRow] = []
        self.intents: dict[str, tuple[StoredRow, IntentKey]] = {}
        self.executions: set[ExecutionKey] = set()
        self.saved: Saved | None = None
        self.fails_next: str | None = None  # "error" or "full": what the next commit ends in
        self.heads: list[tuple[int, bytes]] = []  # of each acknowledged commit

    @property
    def head(self) -> tuple[int, bytes]:
        """The last row's number and hash."""
        return (self.rows[-1].seq, self.rows[-1].hash) if self.rows else (0, GENESIS)

    def write(self, drafts: Sequence[Draft], run: bytes, now_ns: int) -> None:
        """All of them, chained to what is there; what the tables would refuse is a violation."""
        seq, previous = self.head
        for time_ns, exchange_ns, kind, body, fact in drafts:
            seq += 1
            previous = row_hash(previous, seq, run, time_ns, exchange_ns, kind_bytes(kind), body)
            row = StoredRow(seq, run, time_ns, exchange_ns, kind, body, previous, now_ns)
            if isinstance(fact, IntentKey):
                if fact.client_id in self.intents:
                    raise Violation("I-16", f"the client id {fact.client_id} was written for a second intent")
                self.intents[fact.client_id] = row, fact
            elif isinstance(fact, ExecutionKey):
                if fact in self.executions:
                    raise Violation("I-06", f"the execution {fact.exec_id} was written a second time")
                self.executions.add(fact)
            self.rows.append(row)

    def fail(self, why: str) -> None:
        """The next commit ends in an error or finds no room."""
        self.fails_next = why

    def verify(self) -> None:
        """Every row follows from the one before."""
        previous = GENESIS
        for number, row in enumerate(self.rows, 1):
            digest = row_hash(previous, row.seq, row.run, row.time_ns, row.exchange_ns, row.kind.encode(), row.body)
            if row.seq != number or digest != row.hash:
                raise Violation("I-41", f"row {row.seq} does not follow from the row before it")
            previous = digest

    def check(self) -> None:
        """The last head that was acknowledged is in the chain."""
        if self.heads:
            seq, digest = self.heads[-1]
            if len(self.rows) < seq or self.rows[seq - 1].hash != digest:
                raise Violation("I-41", f"row {seq} was acknowledged and is not there any more")


class SimTicket:
    """The receipt for a row; fills `engine.ports.Ticket`."""

    __slots__ = ("_callbacks", "failure", "is_durable", "seq")

    def __init__(self, seq: int) -> None:
        self.seq = seq
        self.is_durable = False
        self.failure: JournalClosed | None = None
        self._callbacks: list[Callable[..., None]] = []

    @property
    def is_settled(self) -> bool:
        """Whether it is decided, either way."""
        return self.is_durable or self.failure is not None

    def wait(self, timeout_s: float | None = None) -> None:
        """Nobody waits in an event loop."""
        raise Violation("I-46", "the engine waited for the disk instead of going on")

    def when_settled(self, callback: Callable[..., None]) -> None:
        """Be called once, on the engine's thread."""
        if self.is_settled:
            callback(self)
        else:
            self._callbacks.append(callback)

    def settle(self, failure: JournalClosed | None) -> list[Callable[..., None]]:
        """Decide it; returns who wants to know."""
        if failure is None:
            self.is_durable = True
        else:
            self.failure = failure
        callbacks, self._callbacks = self._callbacks, []
        return callbacks


class SimJournal:
    """The journal of one process on a disk; fills `engine.ports.Journal`. Dropped with its process."""

    def __init__(self, disk: SimDisk, timeline: Timeline, board: Board, stream: Random, run: str, enter: Enter) -> None:
        self._disk = disk
        self._timeline = timeline
        self._board = board
        self._stream = stream
        self._run = run.encode()
        self._enter = enter
        self._queue: list[tuple[Draft, SimTicket]] = []
        self._at_work: list[tuple[Draft, SimTicket]] = []
        self._next_seq = disk.head[0] + 1
        self._is_dropped = False
        self.failure: CommitFailed | None = None
        self.when_failed: Callable[[CommitFailed], object] | None = None
        self.when_appended: Callable[[str], None] | None = None  # fault points hear of it
        self.when_committed: Callable[[Sequence[Draft]], None] | None = None

    @property
    def next_seq(self) -> int:
        """The number the next row will have."""
        return self._next_seq

    @property
    def waiting(self) -> int:
        """How many rows are not on the disk yet."""
        return len(self._queue) + len(self._at_work)

    def append(
        self,
        kind: str,
        body: object,
        time_ns: int,
        *,
        exchange_ns: int | None = None,
        when_settled: Callable[..., None] | None = None,
    ) -> SimTicket:
        """Put a row in the queue and return at once."""
        row = draft(kind, body, time_ns, exchange_ns)
        if self.failure is not None or self._is_dropped:
            raise JournalClosed("Nothing can be written any more.")
        ticket = SimTicket(self._next_seq)
        self._next_seq += 1
        if when_settled is not None:
            ticket.when_settled(when_settled)
        self._queue.append((row, ticket))
        if not self._at_work:
            self._begin()
        if self.when_appended is not None:
            self.when_appended(kind)
        return ticket

    def drop(self) -> None:
        """The process is gone. A group that was being written is there or is not; what waited never existed."""
        if self._is_dropped:
            return
        self._is_dropped = True
        if self._at_work and self.failure is None and self._stream.random() < 0.5:
            self._disk.write([row for row, _ in self._at_work], self._run, self._timeline.now_ns)

    def _begin(self) -> None:
        self._at_work, self._queue = self._queue[:_GROUP], self._queue[_GROUP:]
        slowest = int(self._board.level("disk_slow") * 1e9)
        delay = delay_ns(self._stream, _QUICK_NS, max(_USUAL_NS, slowest))
        self._timeline.post(self._timeline.now_ns + delay, self._end)

    def _end(self) -> None:
        if self._is_dropped:
            return
        disk = self._disk
        failing, disk.fails_next = disk.fails_next, None
        if failing is not None:
            self._fail(failing)
            return
        group, self._at_work = self._at_work, []
        drafts = [row for row, _ in group]
        disk.write(drafts, self._run, self._timeline.now_ns)
        disk.heads.append(disk.head)
        if len(disk.heads) > _KEPT:
            del disk.heads[: _KEPT // 2]
        if self._queue:
            self._begin()
        if self.when_committed is not None:
            self.when_committed(drafts)
        self._settle([ticket for _, ticket in group], None)

    def _settle(self, tickets: Sequence[SimTicket], failure: JournalClosed | None) -> None:
        calls = [(callback, ticket) for ticket in tickets for callback in ticket.settle(failure)]
        if calls:
            self._enter(lambda: _call_all(calls))

    def _fail(self, why: str) -> None:
        """The end of this journal; after a failed sync nobody knows what is on the disk."""
        group = self._at_work + self._queue
        if why == "error" and self._stream.random() < 0.5:
            self._disk.write([row for row, _ in self._at_work], self._run, self._timeline.now_ns)
        failure = CommitFailed("The simulated disk failed.", disk_full=why == "full")
        self.failure = failure
        self._at_work, self._queue = [], []
        watcher = self.when_failed
        if watcher is not None:
            self._enter(lambda: _tell(watcher, failure))
        self._settle([ticket for _, ticket in group], failure)


def _tell(watcher: Callable[[CommitFailed], object], failure: CommitFailed) -> None:
    watcher(failure)


def _call_all(calls: list[tuple[Callable[..., None], SimTicket]]) -> None:
    for callback, ticket in calls:
        callback(ticket)
