"""Recording the market: `record` costs the engine next to nothing, and a thread of its own sees to the disk.

The tape may lose its last second, and says so: each start marks a gap from what is there to what comes. What does not
fit, because the disk is slow, full or failing, is dropped, counted, and marked when there is room again. Nobody waits
for the tape, and trading does not depend on it.
"""

import errno
import logging
import os
from collections import deque
from contextlib import suppress
from io import FileIO
from pathlib import Path
from threading import Event as Signal

from engine.events import Event
from engine.host import system
from infrastructure.tape.blocks import Gap, block_of, gap_block
from infrastructure.tape.hours import HOUR_NS, file_of, hours_of, prune
from infrastructure.tape.reading import whole_until

TAPE_FOLDER = "tape"
EVERY_S = 1.0
WAITING_MAX = 65_536
HOURS_KEPT = 24 * 14
BYTES_KEPT = 2 * 1024**3
_AT_ONCE = 500  # a quarter of a millisecond of encoding, in which the engine does not get its turn
_LOG = logging.getLogger(__name__)


class MarketTape:
    """What the market tells, on its way to the disk."""

    def __init__(
        self, folder: Path, *, every_s: float = EVERY_S, hours_kept: int = HOURS_KEPT, bytes_kept: int = BYTES_KEPT
    ) -> None:
        self._folder = folder / TAPE_FOLDER
        self._every_s = every_s
        self._kept = (hours_kept, bytes_kept)
        self._waiting: deque[Event | Gap] = deque()
        self._ending = Signal()
        self._hour = -1
        self._file: FileIO | None = None
        self._last_ns: int | None = None  # the last moment that is on the tape
        self._is_first = True
        self._refused = 0  # counted by the engine's thread alone
        self._failed = 0  # these by the tape's
        self._marked = 0  # of both, what a gap on the tape tells of
        self._why_failed = ""
        self.recorded = 0
        self.trouble: str | None = None  # why nothing can be written at the moment
        self._thread = system.spawn("tape", self._work)

    def record(self, event: Event) -> None:
        """Take an event in, or count it as dropped; never waits."""
        if len(self._waiting) < WAITING_MAX:
            self._waiting.append(event)
        else:
            self._refused += 1

    def mark_gap(self, from_ns: int, to_ns: int, reason: str) -> None:
        """Say that something was not heard, such as while a stream was down."""
        if len(self._waiting) < WAITING_MAX:
            self._waiting.append(Gap(from_ns, to_ns, 0, reason))

    @property
    def dropped(self) -> int:
        """How many events the tape will never have."""
        return self._refused + self._failed

    def close(self, timeout_s: float | None = None) -> bool:
        """Write what waits and say whether that came to pass within the time."""
        self._ending.set()
        self._thread.join(timeout_s)
        return not self._thread.is_alive()

    # --- the tape's thread

    def _work(self) -> None:
        while not self._ending.wait(self._every_s):
            self._write_what_waits()
        self._write_what_waits()
        self._let_go()

    def _write_what_waits(self) -> None:
        waiting = self._waiting
        taken = 0
        try:
            while waiting:
                piece = self._next_piece()
                taken = sum(not isinstance(one, Gap) for one in piece)
                self._write(piece)
                taken = 0
            if self._file is not None:
                os.fdatasync(self._file.fileno())
            self.trouble = None
        except OSError as error:
            reason = error.strerror or str(error)
            if self.trouble is None:
                _LOG.warning("the market tape in %s cannot be written: %s", self._folder, reason)
            self.trouble = reason
            self._failed += taken
            self._why_failed = f"the tape could not be written: {reason}"
            self._let_go()

    def _next_piece(self) -> list[Event | Gap]:
        """Some of what waits, of one hour."""
        waiting = self._waiting
        hour = _moment(waiting[0]) // HOUR_NS
        piece: list[Event | Gap] = []
        while waiting and len(piece) < _AT_ONCE and _moment(waiting[0]) // HOUR_NS == hour:
            piece.append(waiting.popleft())
        return piece

    def _write(self, piece: list[Event | Gap]) -> None:
        begin_ns = _moment(piece[0])
        file = self._open(begin_ns)
        if self._is_first and self._last_ns is not None:
            # After a crash time goes on at the last row of the journal, which may be before what the tape heard last.
            begun, ended = sorted((self._last_ns, begin_ns))
            _put(file, gap_block(Gap(begun, ended, 0, "the program was not recording")))
        self._is_first = False
        dropped = self.dropped
        if dropped > self._marked:
            last_ns = begin_ns if self._last_ns is None else self._last_ns
            reason = self._why_failed or "the disk could not keep up"
            _put(file, gap_block(Gap(last_ns, begin_ns, dropped - self._marked, reason)))
            self._marked, self._why_failed = dropped, ""
        events: list[Event] = []
        for one in piece:
            if isinstance(one, Gap):
                _put_events(file, events)
                events = []
                _put(file, gap_block(one))
            else:
                events.append(one)
        _put_events(file, events)
        self.recorded += sum(not isinstance(one, Gap) for one in piece)
        self._last_ns = max(_moment(one) for one in piece)

    def _open(self, ts: int) -> FileIO:
        if self._file is not None and ts // HOUR_NS == self._hour:
            return self._file
        self._let_go()
        self._folder.mkdir(mode=0o700, exist_ok=True)
        prune(self._folder, *self._kept)
        if self._is_first:
            self._last_ns = _newest(self._folder)
        path = file_of(self._folder, ts)
        flags = os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW
        file = FileIO(os.open(path, flags, 0o600), "r+")
        try:
            end, _ = whole_until(file.readall())
            file.truncate(end)  # what a power loss left of a block
            file.seek(end)
        except OSError:
            file.close()
            raise
        self._file, self._hour = file, ts // HOUR_NS
        return file

    def _let_go(self) -> None:
        if self._file is not None:
            with suppress(OSError):
                self._file.close()
            self._file = None


def _put(file: FileIO, block: bytes) -> None:
    if file.write(block) != len(block):  # a full disk takes what fits; the rest of the block would never follow
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


def _put_events(file: FileIO, events: list[Event]) -> None:
    if events:
        _put(file, block_of(events))


def _moment(one: Event | Gap) -> int:
    return one.from_ns if isinstance(one, Gap) else one.ts


def _newest(folder: Path) -> int | None:
    """The last moment of the newest hour that has a whole block."""
    for file in reversed(hours_of(folder)):
        _, header = whole_until(file.read_bytes())
        if header is not None:
            return header.last_ns
    return None
