"""Where a run keeps what it writes: one private folder for each mode and feed, made when it is first needed."""

import os
import shutil
import stat
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass
from pathlib import Path

from hean_tui.errors import Unexpected, WrongConfiguration
from hean_tui.wording import quoted

LOG_FILE = "hean-tui.log"
PAPER_SIM = "paper-sim"
_PRIVATE = 0o700


@dataclass(frozen=True, slots=True)
class DataFolder:
    """A folder that exists, is ours, and can be written to. A fresh one was made for a single run."""

    path: Path
    is_fresh: bool = False

    @property
    def log_file(self) -> Path:
        """Where the log is written."""
        return self.path / LOG_FILE


@contextmanager
def borrowed(folder: DataFolder) -> Iterator[DataFolder]:
    """Use a folder for one run, alone; a fresh one is removed afterwards, unless its log holds what nobody foresaw."""
    keep = not folder.is_fresh
    try:
        with nullcontext() if folder.is_fresh else locked(folder.path):  # nobody else knows of a fresh one
            yield folder
    except Unexpected:
        keep = True
        raise
    finally:
        if not keep:
            shutil.rmtree(folder.path, ignore_errors=True)


@contextmanager
def locked(folder: Path, holder: str = "engine") -> Iterator[None]:
    """Hold a folder while an engine works in it; refuse it in one sentence where another one does."""
    from engine.faultpoints import reach
    from hean_tui.journal_faults import told
    from infrastructure.journal.lock import FolderLock

    reach("recovery.step_1")
    with told():
        lock = FolderLock(folder, holder)
    try:
        yield
    finally:
        lock.release()


def locate_root(named: str | None, environ: Mapping[str, str]) -> Path:
    """The folder that holds the others: the option, else HEAN_DATA_DIR, else the XDG data folder."""
    chosen = named if named is not None else environ.get("HEAN_DATA_DIR") or None
    if chosen is not None:
        if not chosen.strip():
            raise WrongConfiguration("The data folder's name was empty; leave --data-dir out, or name a folder.")
        return _at_home(chosen).absolute()
    home = environ.get("XDG_DATA_HOME", "")
    # The XDG rules say that a relative path there is invalid and is to be ignored.
    return (Path(home) if home.startswith("/") else _at_home("~/.local/share")) / "hean-tui"


def folder_within(root: Path, name: str = PAPER_SIM) -> Path:
    """The engine's folder in the one that holds the others, or that one itself where an engine has run in it."""
    from infrastructure.control.discovery import is_an_engines

    return root if is_an_engines(root) else root / name


def open_data_folder(root: Path, name: str = PAPER_SIM) -> DataFolder:
    """Make the folder, private to its owner, or say in one sentence why it cannot be used."""
    folder = folder_within(root, name)
    try:
        for place in (root, folder):
            refuse_what_is_in_the_way(place)
            # An existing root may be anybody's folder, such as the current one: it is left as it was.
            place.mkdir(mode=_PRIVATE, parents=place is root, exist_ok=True)
        _make_private(folder)
        _try_to_write(folder)
    except OSError as error:
        raise WrongConfiguration(_cannot_be_used(error.filename or folder, error)) from None
    except ValueError as error:
        raise WrongConfiguration(f"The data folder {quoted(folder)} cannot be used: {error}.") from None
    return DataFolder(folder)


def open_fresh_folder(name: str = PAPER_SIM) -> DataFolder:
    """A new private folder for one run, so that equal commands are equal runs."""
    try:
        return DataFolder(Path(tempfile.mkdtemp(prefix=f"hean-tui-{name}-")), is_fresh=True)
    except OSError as error:
        raise WrongConfiguration(_cannot_be_used(tempfile.gettempdir(), error)) from None


def _at_home(name: str) -> Path:
    # Path.expanduser raises where there is no home; a name left as it was gives a better sentence later.
    return Path(os.path.expanduser(name))


def refuse_what_is_in_the_way(place: Path) -> None:
    """A data folder is a folder, and no link to one: what lies elsewhere has to be named itself."""
    if place.is_symlink():
        raise WrongConfiguration(
            f"The data folder {quoted(place)} is a symbolic link to {quoted(os.readlink(place))}; "
            "name the real folder with --data-dir."
        )
    if place.exists() and not place.is_dir():
        raise WrongConfiguration(
            f"The data folder {quoted(place)} is a file; move it away, or name another folder with --data-dir."
        )


def _make_private(folder: Path) -> None:
    facts = folder.stat()
    if facts.st_uid != os.geteuid():
        raise WrongConfiguration(
            f"The data folder {quoted(folder)} belongs to another user; name one of your own with --data-dir."
        )
    if stat.S_IMODE(facts.st_mode) & 0o077:
        folder.chmod(_PRIVATE)


def _try_to_write(folder: Path) -> None:
    try:
        with tempfile.TemporaryFile(dir=folder):
            pass
    except OSError as error:  # it names a file that nobody has heard of
        raise WrongConfiguration(_cannot_be_used(folder, error)) from None


def _cannot_be_used(place: object, error: OSError) -> str:
    reason = error.strerror or type(error).__name__
    return f"The data folder {quoted(place)} cannot be used ({reason}); name one that can be written with --data-dir."
