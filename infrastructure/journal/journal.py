"""The journal as the engine sees it: `append` returns at once, and a thread of its own sees to the disk."""

import errno
import logging
import sqlite3
from collections.abc import Callable, Sequence
from contextlib import suppress
from functools import partial
from queue import Empty, SimpleQueue
from threading import Condition
from typing import Protocol

from engine.host import system
from infrastructure.journal.faults import CommitFailed, JournalClosed, TooManyWaiting
from infrastructure.journal.heads import Head
from infrastructure.journal.rows import Draft, draft
from infrastructure.journal.ticket import Ticket

BATCH_ROWS = 256  # about two milliseconds of work before the sync
WAITING_MAX = 65_536
Callback = Callable[[Ticket], None]
Deliver = Callable[[Callable[[], object]], object]
_LOG = logging.getLogger(__name__)


class CommittingStore(Protocol):
    """What writes: `Store`, or a simulated disk."""

    head: Head

    def commit(self, drafts: Sequence[Draft]) -> Head:
        """Write the rows and come back when they are on the disk."""

    def close(self) -> None:
        """End it in order."""

    def abandon(self) -> None:
        """Let go of it without another write."""


class HeadsFile(Protocol):
    """Where the head of each commit is told: `Heads`, or a simulated one."""

    def add(self, head: Head) -> None:
        """Tell of a head that is on the disk."""

    def sync(self) -> None:
        """See to it that this outlives a power loss."""

    def close(self) -> None:
        """Let go of it."""


class Journal:
    """Rows are committed in groups: all that waits when the disk is free again goes in one transaction, one sync."""

    def __init__(self, store: CommittingStore, heads: HeadsFile, when_disk_is_full: Callable[[], object]) -> None:
        self._store = store
        self._heads = heads
        self._when_disk_is_full = when_disk_is_full
        self._queue: SimpleQueue[tuple[Draft, Ticket] | None] = SimpleQueue()
        self._changed = Condition()
        self._next_seq = store.head.seq + 1
        self._ending = False
        self._deliver: Deliver = _at_once
        self.head = store.head  # the last row that is on the disk
        self.failure: CommitFailed | None = None
        self.when_failed: Callable[[CommitFailed], object] | None = None
        self._thread = system.spawn("journal", self._work)

    @property
    def next_seq(self) -> int:
        """The number the next row will have, for a body that names it; true as long as one thread appends."""
        return self._next_seq

    @property
    def waiting(self) -> int:
        """How many rows are not on the disk yet."""
        return self._next_seq - 1 - self.head.seq

    def deliver_through(self, deliver: Deliver) -> None:
        """Have callbacks run elsewhere, such as through a loop's `call_soon_threadsafe`: one call for each commit."""
        self._deliver = deliver

    def append(
        self,
        kind: str,
        body: object,
        time_ns: int,
        *,
        exchange_ns: int | None = None,
        when_settled: Callback | None = None,
    ) -> Ticket:
        """Put a row in the queue and return at once; open to any thread. The order of calls is the order of rows."""
        row = draft(kind, body, time_ns, exchange_ns)
        with self._changed:
            if self.failure is not None:
                raise JournalClosed(f"Nothing can be written any more: {self.failure}")
            if self._ending:
                raise JournalClosed("The journal was closed; nothing can be written any more.")
            if self.waiting >= WAITING_MAX:
                raise TooManyWaiting(f"{self.waiting:,} rows wait for the disk; wait until it has caught up.")
            ticket = Ticket(self._next_seq, self._changed)
            self._next_seq += 1
            if when_settled is not None:
                ticket.call_when_settled(when_settled)
            self._queue.put((row, ticket))
        return ticket

    def close(self, timeout_s: float | None = None) -> bool:
        """Write what waits, end in order, and say whether that came to pass within the time."""
        with self._changed:
            if not self._ending:
                self._ending = True
                self._queue.put(None)
        self._thread.join(timeout_s)
        return not self._thread.is_alive()

    # --- the journal's thread

    def _work(self) -> None:
        while True:
            batch, is_last = self._take()
            if batch and not self._commit(batch):
                return
            if is_last:
                break
        self._end_in_order()

    def _take(self) -> tuple[list[tuple[Draft, Ticket]], bool]:
        batch: list[tuple[Draft, Ticket]] = []
        item = self._queue.get()
        while item is not None:
            batch.append(item)
            if len(batch) == BATCH_ROWS:
                return batch, False
            try:
                item = self._queue.get_nowait()
            except Empty:
                return batch, False
        return batch, True

    def _commit(self, batch: Sequence[tuple[Draft, Ticket]]) -> bool:
        try:
            head = self._store.commit([row for row, _ in batch])
        except Exception as error:  # noqa: BLE001 - whatever it was, rows may be missing, and nobody may go on
            self._fail(error, [ticket for _, ticket in batch])
            return False
        try:
            self._heads.add(head)
        except OSError as error:
            self.head = head
            self._settle([ticket for _, ticket in batch], None)
            self._fail(error, [])
            return False
        self.head = head
        self._settle([ticket for _, ticket in batch], None)
        return True

    def _settle(self, tickets: Sequence[Ticket], failure: JournalClosed | None) -> None:
        with self._changed:
            calls = [(callback, ticket) for ticket in tickets for callback in ticket.settle(failure)]
            self._changed.notify_all()
        if calls:
            self._hand_over(partial(_call_all, calls))

    def _fail(self, error: Exception, tickets: list[Ticket]) -> None:
        """The end of this journal: told to everybody who waits, and to whoever watches it."""
        disk_full = _is_disk_full(error)
        if disk_full:
            with suppress(OSError):
                self._when_disk_is_full()
        reason = "the disk is full" if disk_full else str(error)
        failure = CommitFailed(
            f"The journal could not be written ({reason}) and is closed; "
            "nothing risky is sent until it was verified and opened anew.",
            disk_full=disk_full,
        )
        with self._changed:
            self.failure = failure
            self._ending = True
        with suppress(Empty):
            while True:
                item = self._queue.get_nowait()
                if item is not None:
                    tickets.append(item[1])
        watcher = self.when_failed
        if watcher is not None:
            self._hand_over(partial(watcher, failure))
        self._settle(tickets, failure)
        self._store.abandon()
        self._heads.close()

    def _end_in_order(self) -> None:
        try:
            self._store.close()
            self._heads.sync()
        except (OSError, sqlite3.Error):
            _LOG.warning("the journal is complete, and closing it failed", exc_info=True)
        self._heads.close()

    def _hand_over(self, work: Callable[[], object]) -> None:
        try:
            self._deliver(work)
        except RuntimeError:
            _LOG.debug("nobody listens to the journal any more", exc_info=True)


def _at_once(work: Callable[[], object]) -> None:
    work()


def _call_all(calls: Sequence[tuple[Callback, Ticket]]) -> None:
    for callback, ticket in calls:
        try:
            callback(ticket)
        except Exception:  # noqa: BLE001 - the next one is not to blame
            _LOG.exception("a callback of row %s failed", ticket.seq)


def _is_disk_full(error: Exception) -> bool:
    if isinstance(error, sqlite3.Error):
        return getattr(error, "sqlite_errorname", "") == "SQLITE_FULL"
    return isinstance(error, OSError) and error.errno in (errno.ENOSPC, errno.EDQUOT)
