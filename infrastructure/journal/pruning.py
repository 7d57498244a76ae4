"""What may be removed from a data folder to make room. Rows of the journal never are: each one holds up the next."""

import re
import shutil
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

from infrastructure.journal.quarantine import quarantines
from infrastructure.journal.snapshots import KEPT, SNAPSHOT_FOLDER, snapshots_beyond
from infrastructure.tape.hours import hours_of
from infrastructure.tape.recording import TAPE_FOLDER

TAPE_HOURS_KEPT = 24
_OLD_LOG = re.compile(r".+\.log[.-]\d.*", re.ASCII)  # what rotation has put aside, never the log in use


class Prunable(NamedTuple):
    """Something that can go, what it is, and the room it takes."""

    path: Path
    what: str
    size: int


def prunable(folder: Path) -> list[Prunable]:
    """Everything that nothing relies on; the newest of each kind stays."""
    return [
        Prunable(path, what, _size(path))
        for what, find in _KINDS.items()
        for path in find(folder)
        if not path.is_symlink()
    ]


def remove(found: Prunable) -> bool:
    """Remove it, and say whether it is gone."""
    with suppress(OSError):
        if found.path.is_dir():
            shutil.rmtree(found.path)
        else:
            found.path.unlink()
        return True
    return False


def _tape(folder: Path) -> list[Path]:
    return hours_of(folder / TAPE_FOLDER)[:-TAPE_HOURS_KEPT]


def _snapshots(folder: Path) -> list[Path]:
    return snapshots_beyond(folder / SNAPSHOT_FOLDER, KEPT)


def _replaced(folder: Path) -> list[Path]:
    return _by_number(folder, r"replaced-(\d+)")[:-1]


def _older_schemas(folder: Path) -> list[Path]:
    return _by_number(folder, r"journal-schema-(\d+)\.db")[:-1]


def _quarantined(folder: Path) -> list[Path]:
    return quarantines(folder)[:-1]


def _logs(folder: Path) -> Iterator[Path]:
    files = (file for file in sorted(folder.iterdir()) if file.is_file() and not file.is_symlink())
    return (file for file in files if _OLD_LOG.fullmatch(file.name))


_KINDS: dict[str, Callable[[Path], list[Path] | Iterator[Path]]] = {
    "market tape": _tape,
    "snapshot": _snapshots,
    "journal that a restore replaced": _replaced,
    "journal of an older version": _older_schemas,
    "journal that did not hold": _quarantined,
    "old log": _logs,
}


def _by_number(folder: Path, pattern: str) -> list[Path]:
    files = [file for file in folder.iterdir() if not file.is_symlink()]
    numbered = [(int(named[1]), file) for file in files if (named := re.fullmatch(pattern, file.name, re.ASCII))]
    return [file for _, file in sorted(numbered)]


def _size(path: Path) -> int:
    files = [path] if path.is_file() else [file for file in path.rglob("*") if file.is_file()]
    return sum(file.stat().st_size for file in files)
