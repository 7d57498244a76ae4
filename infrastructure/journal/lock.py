"""One engine for each folder: a lock that the kernel takes back when the process ends, however it ends."""

import fcntl
import os
from pathlib import Path
from threading import Event

import msgspec

from engine.host import system
from infrastructure.journal.connections import explained
from infrastructure.journal.faults import AlreadyRunning

LOCK_FILE = "engine.lock"
_BOOT_ID = Path("/proc/sys/kernel/random/boot_id")
SHORT_LIVED = "a kill without its engine"  # is done in moments; who starts meanwhile waits for it
_WAITS_NS = 10 * 1_000_000_000
_TRIES = 10
_PAUSE_S = 0.02


class Holder(msgspec.Struct, frozen=True):
    """Who holds a folder: written into the lock file after the lock was taken."""

    pid: int
    boot: str
    run: str


class FolderLock:
    """`flock`, not `lockf`: that one is lost as soon as anything else in the process opens and closes the file."""

    def __init__(self, folder: Path, run: str) -> None:
        self._folder = folder
        self._file = folder / LOCK_FILE
        with explained(self._file):
            flags = os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW
            self._descriptor = os.open(self._file, flags, 0o600)
        try:
            self._take(Holder(os.getpid(), _boot_id(), run))
        except BaseException:
            os.close(self._descriptor)
            raise

    def release(self) -> None:
        """Let the next one in; the file stays, its content is nobody's any more."""
        os.close(self._descriptor)

    def _take(self, holder: Holder) -> None:
        with explained(self._file):
            waits_until_ns = system.monotonic_ns() + _WAITS_NS
            while not self._is_free():
                found = holder_of(self._file)
                if found is None or found.run != SHORT_LIVED or system.monotonic_ns() > waits_until_ns:
                    raise AlreadyRunning(self._folder, self._pid_of_holder())
                Event().wait(_PAUSE_S)
            os.fchmod(self._descriptor, 0o600)
            os.ftruncate(self._descriptor, 0)
            os.pwrite(self._descriptor, msgspec.json.encode(holder), 0)

    def _is_free(self) -> bool:
        try:
            fcntl.flock(self._descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        return True

    def _pid_of_holder(self) -> int | None:
        # Whoever has just taken the lock may not have written yet, and what is there may be of one that has died.
        for _ in range(_TRIES):
            found = holder_of(self._file)
            if found is not None and _is_alive(found.pid):
                return found.pid
            Event().wait(_PAUSE_S)
        return None


def holder_of(file: Path) -> Holder | None:
    """What a lock file says; whether that process still holds it is another question."""
    try:
        return msgspec.json.decode(file.read_bytes(), type=Holder)
    except (OSError, msgspec.DecodeError):
        return None


def _is_alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except PermissionError:
        return True
    except (OSError, OverflowError):
        return False
    return True


def _boot_id() -> str:
    try:
        return _BOOT_ID.read_text(encoding="ascii").strip()
    except OSError:
        return ""
