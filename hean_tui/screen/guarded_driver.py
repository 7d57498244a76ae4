"""A terminal driver that outlives its terminal.

Textual writes through a short queue to a thread. When that thread dies with its terminal, or the terminal stops
reading, the queue fills and the next write blocks the event loop for ever. Here output that nobody can read is
dropped, and a terminal that hung up is noticed, so that its input thread ends instead of spinning on end-of-file.
"""

import contextlib
import queue
import select
import signal
from typing import Any

from textual.drivers.linux_driver import LinuxDriver

_CLOSE_WITHIN_S = 1.0
_GONE = select.POLLHUP | select.POLLERR | select.POLLNVAL


class GuardedDriver(LinuxDriver):
    """Drops output that nobody can read instead of blocking the loop."""

    def __init__(self, app: Any, **options: Any) -> None:
        """Take over the signal that would stop the whole process, engine included."""
        super().__init__(app, **options)
        self.dropped_count = 0
        self.terminal_is_gone = False
        self._dropped_since_full_frame = False
        # Textual's handler suspends the screen and then stops the process; an engine must not be stopped by a key.
        signal.signal(signal.SIGTSTP, signal.SIG_IGN)

    @property
    def can_suspend(self) -> bool:
        """Suspending would stop the engine with the screen."""
        return False

    def write(self, data: str) -> None:
        """Queue output, unless nobody takes it out of the queue."""
        writer = self._writer_thread
        if writer is None or self.terminal_is_gone or not writer.is_alive() or writer._queue.full():
            self.dropped_count += 1
            self._dropped_since_full_frame = True
            return
        super().write(data)

    @property
    def is_unread(self) -> bool:
        """Whether a frame would be painted over one that was dropped; nobody would see it."""
        return self._dropped_since_full_frame

    def needs_full_frame(self) -> bool:
        """Whether something was dropped and there is room again; answers yes once."""
        writer = self._writer_thread
        if not self._dropped_since_full_frame or self.terminal_is_gone:
            return False
        if writer is None or not writer.is_alive() or not writer._queue.empty():
            return False
        self._dropped_since_full_frame = False
        return True

    def look_at_terminal(self) -> None:
        """Notice a terminal that hung up, and let the input thread end."""
        if self.terminal_is_gone or not self.input_tty:
            return
        poll = select.poll()
        poll.register(self.fileno, 0)
        if any(event & _GONE for _, event in poll.poll(0)):
            self._give_up_terminal()

    def _give_up_terminal(self) -> None:
        self.terminal_is_gone = True
        self.exit_event.set()

    def _run_input_thread(self) -> None:
        if not self.input_tty:
            # A pipe at its end would be read in a tight loop, and no key ever comes from it.
            self.exit_event.wait()
            return
        try:
            self.run_input_thread()
        except OSError:
            self._give_up_terminal()
        except BaseException:  # noqa: BLE001 - a thread of its own: what it cannot handle must not vanish silently
            super()._run_input_thread()

    def stop_application_mode(self) -> None:
        """Restore the terminal; a process in the background must not be stopped for trying."""
        with contextlib.suppress(ValueError):
            signal.signal(signal.SIGTTOU, signal.SIG_IGN)
        super().stop_application_mode()

    def close(self) -> None:
        """End the output thread, but wait for it only a moment: a stalled terminal may never take the rest."""
        writer = self._writer_thread
        if writer is None or not writer.is_alive():
            return
        try:
            writer._queue.put(None, timeout=_CLOSE_WITHIN_S)
        except queue.Full:
            return
        writer.join(timeout=_CLOSE_WITHIN_S)
