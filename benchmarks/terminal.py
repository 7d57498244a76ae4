"""A terminal of our own: a program runs on it, and what it writes is taken at once and stamped with its time."""

from __future__ import annotations

import fcntl
import os
import pty
import select
import struct
import subprocess
import termios
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Final, Self

from benchmarks.figures import now_ns

ROOT: Final = Path(__file__).resolve().parents[1]
COLUMNS, ROWS = 120, 40
FRAME_END: Final = b"\x1b[?2026l"  # the end of a synchronised update: one a frame
_ASKS_FOR_FRAMES: Final = b"\x1b[?2026$p"
_HAS_FRAMES: Final = b"\x1b[?2026;2$y"
_CHUNK: Final = 1 << 16
_GIVEN_TO_END_S: Final = 5.0


class ProgramEnded(Exception):
    """The program on the terminal ended before it wrote what was waited for."""


class Terminal:
    """120 columns, 40 rows, and a program of which nobody sees anything but its bytes."""

    def __init__(self, command: Sequence[str], environment: Mapping[str, str]) -> None:
        ours, theirs = pty.openpty()
        fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", ROWS, COLUMNS, 0, 0))
        colours = {"TERM": "xterm-256color", "COLORTERM": "truecolor"}
        self._ours = ours
        self.written = bytearray()
        self.started_ns = now_ns()
        self._program = subprocess.Popen(
            command,
            cwd=ROOT,
            stdin=theirs,
            stdout=theirs,
            stderr=theirs,
            env={**os.environ, **colours, **environment},
            start_new_session=True,
        )
        os.close(theirs)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def read_until(self, is_there: Callable[[bytearray], bool], within_s: float) -> int:
        """Read until it is there, and say how many ns after the start of the program that was."""
        ends_ns = now_ns() + int(within_s * 1e9)
        while not is_there(self.written):
            left_s = (ends_ns - now_ns()) / 1e9
            if left_s <= 0:
                raise TimeoutError(f"nothing of the kind was written within {within_s:g} s: {self._last_words()}")
            if not self._read(left_s):
                raise ProgramEnded(f"the program ended first: {self._last_words()}")
        return now_ns() - self.started_ns

    def read_to_the_end(self, within_s: float) -> None:
        """Read until the program ends."""
        ends_ns = now_ns() + int(within_s * 1e9)
        while (left_s := (ends_ns - now_ns()) / 1e9) > 0:
            if not self._read(left_s):
                return
        raise TimeoutError(f"the program did not end within {within_s:g} s: {self._last_words()}")

    def close(self) -> None:
        """End the program, if it has not done so itself."""
        if self._program.poll() is None:
            self._program.kill()
        self._program.wait(_GIVEN_TO_END_S)
        os.close(self._ours)

    def _read(self, within_s: float) -> bool:
        """Take what is there, and answer the one question that matters here; False when nothing will come any more."""
        readable, _, _ = select.select([self._ours], [], [], within_s)
        if not readable:
            return True
        try:
            taken = os.read(self._ours, _CHUNK)
        except OSError:  # how Linux says that nobody holds the other end
            return False
        self.written += taken
        if _ASKS_FOR_FRAMES in taken:
            os.write(self._ours, _HAS_FRAMES)
        return bool(taken)

    def _last_words(self) -> str:
        return repr(bytes(self.written[-200:]))
