"""Which engines run under a root: one folder for each mode and feed, and a living process behind each that counts."""

from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from infrastructure.control.client import NobodyThere, Silence, connected
from infrastructure.control.holder import LOCK_FILE, holder_of, is_held


class Running(NamedTuple):
    """An engine that runs."""

    folder: Path
    pid: int | None
    listens: bool  # somebody has its control socket open; a frozen engine listens and does not answer

    @property
    def mode(self) -> str:
        """The mode, as the folder's name tells it."""
        return self.folder.name.partition("-")[0]


def running_engines(root: Path) -> tuple[Running, ...]:
    """All that run in the folders of a root, or in the root itself where it is such a folder."""
    found = (_look(folder) for folder in folders_of(root))
    return tuple(engine for engine in found if engine is not None)


def folders_of(root: Path) -> Iterator[Path]:
    """The folders in which an engine has ever run, in the order of their names."""
    if is_an_engines(root):
        yield root
        return
    try:
        inside = sorted(root.iterdir())
    except OSError:
        return
    for folder in inside:
        if not folder.is_symlink() and is_an_engines(folder):
            yield folder


def links_of(root: Path) -> Iterator[Path]:
    """The symbolic links in a root behind which an engine has run: they are not followed, and not overlooked."""
    try:
        inside = sorted(root.iterdir())
    except OSError:
        return
    yield from (folder for folder in inside if folder.is_symlink() and is_an_engines(folder))


def is_an_engines(folder: Path) -> bool:
    """Whether an engine has ever run in this very folder."""
    return (folder / LOCK_FILE).is_file()


def _look(folder: Path) -> Running | None:
    try:
        with connected(folder, "") as line:
            return Running(folder, None if line.peer is None else line.peer.pid, listens=True)
    except Silence:
        listens = True
    except NobodyThere:
        if not is_held(folder):
            return None
        listens = False
    holder = holder_of(folder)
    return Running(folder, None if holder is None else holder.pid, listens)
