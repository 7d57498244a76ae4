"""The second copy of a kill: a file in the data folder, for the case that nothing else can be written."""

import json
import os
from pathlib import Path

from engine.host import system

FLAG_FILE = "kill.flag"


def raise_flag(folder: Path, reason: str) -> bool:
    """Leave the flag, durable; an older one is as good. Whether it is there now."""
    file = folder / FLAG_FILE
    try:
        descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)
    except FileExistsError:
        return True
    except OSError:
        return False
    try:
        # The file's name alone is the message; what is in it is for people, and a full disk may keep it empty.
        os.write(descriptor, json.dumps({"time_ns": system.wall_ns(), "reason": reason}).encode())
        os.fsync(descriptor)
    except OSError:
        return True
    finally:
        os.close(descriptor)
    try:
        _sync(folder)
    except OSError:
        return True
    return True


def is_raised(folder: Path) -> bool:
    """Whether somebody left the flag."""
    return os.path.lexists(folder / FLAG_FILE)


def lower_flag(folder: Path) -> None:
    """Take it away; only for whoever may lift a kill."""
    (folder / FLAG_FILE).unlink(missing_ok=True)
    _sync(folder)


def _sync(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
