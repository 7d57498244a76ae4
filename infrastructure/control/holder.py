"""Which process holds a folder: what its lock file says, and whether the kernel says so too."""

import fcntl
import json
import os
import select
import signal
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

LOCK_FILE = "engine.lock"
_LONGEST = 1000  # bytes that are read of a file that anybody may have written
_PROCESSES = Path("/proc")


class Holder(NamedTuple):
    """The process that a lock file names, and whether it is proven that this process holds the lock."""

    pid: int
    is_proven: bool


def is_held(folder: Path) -> bool:
    """Whether the process that the lock file names, or another one, holds the folder now.

    The lock is only tried where that process lives: an engine that starts at this moment has not written its number
    yet, and must not find the folder taken by somebody who just looks.
    """
    pid = _written(folder)
    if pid is None or not _is_alive(pid):
        return False
    try:
        descriptor = os.open(folder / LOCK_FILE, os.O_RDONLY | os.O_CLOEXEC | os.O_NOFOLLOW)
    except OSError:
        return False
    try:
        fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    except OSError:
        return False
    finally:
        os.close(descriptor)  # a lock that was got is let go of in the same breath
    return False


def holder_of(folder: Path, listener_pid: int | None = None) -> Holder | None:
    """Who holds the folder; None where nobody does, or nobody has written down who.

    It is proven where the lock hangs on an open file of that process, or where that process, and no other, listens at
    the folder's socket.
    """
    pid = _written(folder)
    if pid is None or not is_held(folder):
        return None
    return Holder(pid, pid == listener_pid or _has_lock(pid, folder / LOCK_FILE))


def end_at_once(holder: Holder, timeout_s: float) -> bool:
    """End that one process, which cannot refuse; whether it is gone. Its number cannot become another's meanwhile."""
    if not holder.is_proven:
        return False
    if not hasattr(os, "pidfd_open"):
        os.kill(holder.pid, signal.SIGKILL)
        return True
    try:
        handle = os.pidfd_open(holder.pid)
    except ProcessLookupError:
        return True
    try:
        signal.pidfd_send_signal(handle, signal.SIGKILL)
        ended, _, _ = select.select([handle], [], [], timeout_s)
        return bool(ended)
    finally:
        os.close(handle)


def _written(folder: Path) -> int | None:
    try:
        with (folder / LOCK_FILE).open("rb") as stream:
            pid = int(json.loads(stream.read(_LONGEST))["pid"])
    except (OSError, ValueError, KeyError, TypeError):
        return None
    return pid if pid > 1 else None


def _has_lock(pid: int, file: Path) -> bool:
    """Whether one of the process's open files is the lock file, with the lock on it."""
    with suppress(OSError):
        wanted = file.stat()
        for entry in (_PROCESSES / str(pid) / "fd").iterdir():
            with suppress(OSError):
                found = entry.stat()
                if (found.st_dev, found.st_ino) == (wanted.st_dev, wanted.st_ino):
                    facts = (_PROCESSES / str(pid) / "fdinfo" / entry.name).read_text(encoding="ascii")
                    if "FLOCK" in facts:
                        return True
    return False


def _is_alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except PermissionError:
        return True
    except (OSError, OverflowError):
        return False
    return True
