"""One engine for each data folder: a lock that the kernel takes back when the process ends, however it ends."""

import fcntl
import json
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from hean_tui.errors import EngineRunsAlready, WrongConfiguration
from hean_tui.wording import quoted

LOCK_FILE = "engine.lock"
_LONGEST = 1000  # bytes that are read of a file that anybody may have written


@contextmanager
def locked(folder: Path) -> Iterator[None]:
    """Hold the folder while an engine runs in it; refuse it in one sentence where another engine does."""
    file = folder / LOCK_FILE
    try:
        descriptor = os.open(file, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)
    except OSError as error:
        raise WrongConfiguration(f"The lock {quoted(file)} cannot be taken ({error.strerror}).") from None
    try:
        _take(descriptor, folder)
        yield
    finally:
        os.close(descriptor)  # the file stays: removing it would let two engines lock two files of one name


def _take(descriptor: int, folder: Path) -> None:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        raise EngineRunsAlready(
            f"An engine runs in {quoted(folder)} already ({_holder(descriptor)}); "
            "end it, or name another folder with --data-dir."
        ) from None
    except OSError as error:
        raise WrongConfiguration(f"The folder {quoted(folder)} cannot be locked ({error.strerror}).") from None
    with suppress(OSError):  # the number is for people; the lock holds without it, also on a full disk
        os.ftruncate(descriptor, 0)
        os.pwrite(descriptor, json.dumps({"pid": os.getpid()}).encode("ascii"), 0)


def _holder(descriptor: int) -> str:
    # Whoever took the lock a moment ago may not have written yet.
    try:
        return f"process {int(json.loads(os.pread(descriptor, _LONGEST, 0))['pid'])}"
    except (OSError, ValueError, KeyError, TypeError):
        return "a process that has just begun"
