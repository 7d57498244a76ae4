"""Takes records from any thread at once; a thread of its own writes them.

A slow disk, a full one or none at all slows down nothing but the log. What finds no room any more is dropped and
counted: the log informs, the books are elsewhere. Nothing here takes a lock that somebody may hold while he writes, so
that also a signal handler may log.
"""

import logging
import threading
from collections.abc import Callable
from contextlib import suppress
from queue import SimpleQueue

import structlog

from engine.host import system

WAITING_MAX = 10_000
END_WITHIN_S = 5.0
_LOOK_AGAIN_S = 0.01
_log = logging.getLogger(__name__)
Work = Callable[[], None]


class Writer(logging.Handler):
    """The one handler of the root logger; what really writes stands behind it."""

    def __init__(self, inner: logging.Handler, waiting_max: int = WAITING_MAX) -> None:
        super().__init__()
        self.inner = inner
        self._most = waiting_max
        self._items: SimpleQueue[logging.LogRecord | Work | None] = SimpleQueue()
        self._counting = threading.Lock()
        self._dropped = 0
        self._thread = system.spawn("log", self._write_all)

    def createLock(self) -> None:  # noqa: N802  the name is that of the library
        """No lock: whoever logs must not wait for whoever writes."""
        self.lock = None

    def emit(self, record: logging.LogRecord) -> None:
        """Put a record in the queue, finished as far as it can change or points at anything."""
        if record.exc_info and record.exc_info[0] is not None:
            record.exception = logging.Formatter().formatException(record.exc_info)
        record.exc_info = None
        if record.args:
            record.msg, record.args = _message(record), None
        if threading.get_ident() == self._thread.ident:
            self._write(record)
        else:
            record.context = structlog.contextvars.get_contextvars()
            self.hand_over(record)

    def hand_over(self, item: logging.LogRecord | Work) -> bool:
        """A record to write, or work that logs, to be done on the log's thread; whether there was room for it."""
        if self._offer(item):
            return True
        with self._counting:
            self._dropped += 1
        return False

    def dropped(self) -> int:
        """How much found no room so far."""
        return self._dropped

    def drain(self, within_s: float = END_WITHIN_S) -> bool:
        """Wait until everything up to now is written; whether it is. Not for the engine's thread."""
        done = threading.Event()
        deadline_ns = system.monotonic_ns() + int(within_s * 1e9)
        while not self._offer(done.set):
            if not self._thread.is_alive() or system.monotonic_ns() >= deadline_ns:
                return False
            done.wait(_LOOK_AGAIN_S)
        return done.wait(max(0.0, (deadline_ns - system.monotonic_ns()) / 1e9))

    def close(self) -> None:
        """Write what is there, say how much is missing, and end; a disk that hangs is not waited for long."""
        self._items.put(None)
        self._thread.join(END_WITHIN_S)
        super().close()

    def _offer(self, item: logging.LogRecord | Work) -> bool:
        # Threads that look at the same moment may put one item each beyond the limit: it is a bound, not a promise.
        if self._items.qsize() >= self._most:
            return False
        self._items.put(item)
        return True

    # --- on the log's own thread

    def _write_all(self) -> None:
        while (item := self._items.get()) is not None:
            if isinstance(item, logging.LogRecord):
                self._write(item)
                continue
            try:
                item()
            except Exception as error:  # noqa: BLE001 - one fact that has no words must not silence the others
                self._say(logging.ERROR, f"something could not be put into words ({type(error).__name__})")
        if self._dropped:
            self._say(logging.WARNING, f"{self._dropped} facts are missing here: the log was slower than the engine")
        with suppress(OSError):  # what a full disk did not take cannot be written on the way out either
            self.inner.close()

    def _say(self, level: int, sentence: str) -> None:
        self._write(_log.makeRecord(_log.name, level, __file__, 0, sentence, (), None))

    def _write(self, record: logging.LogRecord) -> None:
        self.inner.handle(record)


def installed() -> Writer | None:
    """The writer that records go to now, where there is one."""
    return next((handler for handler in logging.getLogger().handlers if isinstance(handler, Writer)), None)


def _message(record: logging.LogRecord) -> str:
    try:
        return record.getMessage()
    except Exception as error:  # noqa: BLE001 - a mistake in a log call is no reason to stop
        return f"{record.msg} (its numbers are missing: {type(error).__name__})"
