"""Where the socket lies, and the name by which a socket call reaches it however long the folder's path is."""

import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from hashlib import sha256
from pathlib import Path

SOCKET = "control.sock"
LONGEST_NAME = 103  # bytes; what the shortest `sun_path` of the systems we know holds beside its end
_OWN_FILES = Path("/proc/self/fd")
_SHORT = Path("/tmp")  # noqa: S108 - the folder in it is private and checked, and the name is found again by anybody


@contextmanager
def reachable(folder: Path) -> Iterator[str]:
    """The name to bind or connect to, good for as long as this lasts.

    A name that is too long goes through the descriptor of its folder; where there is no such way, through a short
    private folder whose name both sides can compute.
    """
    name = os.fspath(folder / SOCKET)
    if len(os.fsencode(name)) <= LONGEST_NAME:
        yield name
    elif _OWN_FILES.is_dir():
        descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        try:
            yield f"{_OWN_FILES}/{descriptor}/{SOCKET}"
        finally:
            os.close(descriptor)
    else:
        yield os.fspath(stand_in(folder))


def stand_in(folder: Path) -> Path:
    """The short place of a folder's socket, in a private folder that is made where it is missing."""
    home = _SHORT / f"hean-tui-{os.geteuid()}"
    home.mkdir(mode=0o700, exist_ok=True)
    facts = home.lstat()
    if not stat.S_ISDIR(facts.st_mode) or facts.st_uid != os.geteuid() or stat.S_IMODE(facts.st_mode) & 0o077:
        raise PermissionError(1, "it is not a private folder of ours", os.fspath(home))
    return home / f"{sha256(os.fsencode(folder.absolute())).hexdigest()[:16]}.sock"
