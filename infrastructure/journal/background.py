"""The whole check of a journal while the engine runs: in a process of its own, with low priority."""

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

from engine.host import system
from infrastructure.journal.faults import DOES_NOT_HOLD, JournalFault
from infrastructure.journal.places import Places
from infrastructure.journal.verification import verify

_ROOT = Path(__file__).parents[2]
_PROGRAM = (
    "import sys; sys.path.insert(0, sys.argv[1]); "
    "from infrastructure.journal.background import check_alone; check_alone(sys.argv[2])"
)
_HOLDS, _DOES_NOT, _UNKNOWN = 0, 1, 2
_NICENESS = 15


class BackgroundCheck:
    """Reads every row once; `when_done` hears None if all of them hold, else the sentence that says what does not.

    It is called on a thread of the check. Where the check itself could not be made, such as on a disk that is full,
    nothing is known and nobody is called.
    """

    def __init__(self, folder: Path, when_done: Callable[[str | None], object]) -> None:
        self._when_done = when_done
        self._process = subprocess.Popen(  # noqa: S603 - our own program
            [sys.executable, "-c", _PROGRAM, str(_ROOT), str(folder)],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
        )
        self._thread = system.spawn("journal check", self._wait)

    def stop(self) -> None:
        """Give it up, if it is not done; the program ends."""
        self._process.kill()
        self._thread.join()

    def wait(self, timeout_s: float) -> bool:
        """Whether it is done within the time."""
        self._thread.join(timeout_s)
        return not self._thread.is_alive()

    def _wait(self) -> None:
        told, _ = self._process.communicate()
        if self._process.returncode == _HOLDS:
            self._when_done(None)
        elif self._process.returncode == _DOES_NOT:
            self._when_done(told.decode("utf-8", "replace"))


def check_alone(folder: str) -> None:
    """The work of the other process."""
    os.nice(_NICENESS)
    try:
        verify(Places.within(Path(folder)), readers_max=0)
    except DOES_NOT_HOLD as fault:
        sys.stdout.buffer.write(str(fault).encode())
        sys.stdout.flush()
        raise SystemExit(_DOES_NOT) from None
    except JournalFault:
        raise SystemExit(_UNKNOWN) from None
