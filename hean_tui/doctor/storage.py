"""Facts of the disk: the data folder, who may read it, how much fits, and where the log is."""

import os
import stat
from pathlib import Path

from engine.safety.degrade_rules import Thresholds
from hean_tui.data_folder import LOG_FILE, folder_within
from hean_tui.doctor.fact import Fact, fine, in_the_way, worth_a_look
from infrastructure.machine.disk import free_bytes


def storage_facts(root: Path) -> list[Fact]:
    """Where a run would write, without making anything there."""
    folder = folder_within(root)
    log = folder / LOG_FILE
    size = f", {log.stat().st_size:,} bytes" if _is_there(log) else ", not written yet"
    return [_folder(folder), *_permissions(folder), _free(folder), fine("log", f"{log}{size}")]


def _folder(folder: Path) -> Fact:
    for place in (folder.parent, folder):
        if place.is_symlink():
            return in_the_way("data folder", f"{place} is a symbolic link; name the real folder with --data-dir")
        if _is_there(place) and not place.is_dir():
            return in_the_way("data folder", f"{place} is a file; move it away, or name a folder with --data-dir")
    existing = _nearest(folder)
    if not os.access(existing, os.W_OK | os.X_OK):
        return in_the_way("data folder", f"{existing} cannot be written; name another with --data-dir")
    return fine("data folder", f"{folder}{'' if existing == folder else ', made at the first start'}")


def _permissions(folder: Path) -> list[Fact]:
    if not _is_there(folder):
        return []
    facts = folder.stat()
    mode = stat.S_IMODE(facts.st_mode)
    if facts.st_uid != os.geteuid():
        return [in_the_way("permissions", f"{folder} belongs to another user; use --data-dir")]
    if mode & 0o077:
        return [worth_a_look("permissions", f"{mode:04o}; others can look in, the next start makes it 0700")]
    return [fine("permissions", f"{mode:04o}, the owner alone")]


def _free(folder: Path) -> Fact:
    try:
        free = free_bytes(_nearest(folder))
    except OSError as error:
        return worth_a_look("disk", f"free space is unknown ({error.strerror})")
    limits = Thresholds()
    text = f"{free / 1e9:,.1f} GB free"
    if free < limits.disk_least:
        return in_the_way("disk", f"{text}; a run takes no risk below {limits.disk_least / 1e6:.0f} MB, make room")
    if free < limits.disk_warning:
        return worth_a_look("disk", f"{text}; a run warns below {limits.disk_warning / 1e9:.0f} GB")
    return fine("disk", text)


def _nearest(folder: Path) -> Path:
    return next(place for place in (folder, *folder.parents) if _is_there(place))


def _is_there(place: Path) -> bool:
    try:
        return place.exists()
    except OSError:
        return False
