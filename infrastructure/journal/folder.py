"""What a folder has to be before money is written down in it: private, ours, real, and on this machine."""

import os
import re
import stat
from pathlib import Path

from infrastructure.journal.faults import UnfitFolder, shown

_ELSEWHERE = "name another folder with --data-dir"
_MOUNTS = Path("/proc/self/mountinfo")
_OF_A_NETWORK = re.compile(r"nfs4?|cifs|smb\w*|9p|afs|ceph|gfs2?|glusterfs|lustre|ocfs2|beegfs|ncpfs|coda|fuse(\..+)?")
_ESCAPED = re.compile(r"\\([0-7]{3})")


def check_folder(folder: Path, *, refuse_network: bool = True) -> None:
    """Refuse a folder that is not fit, with the reason and the way out."""
    try:
        facts = folder.lstat()
    except OSError as error:
        raise UnfitFolder(f"The data folder {shown(folder)} cannot be used ({error.strerror}); {_ELSEWHERE}.") from None
    if stat.S_ISLNK(facts.st_mode):
        raise UnfitFolder(f"The data folder {shown(folder)} is a symbolic link; name the real folder with --data-dir.")
    if not stat.S_ISDIR(facts.st_mode):
        raise UnfitFolder(f"The data folder {shown(folder)} is not a folder; {_ELSEWHERE}.")
    if facts.st_uid != os.geteuid():
        raise UnfitFolder(f"The data folder {shown(folder)} belongs to another user; {_ELSEWHERE}.")
    mode = stat.S_IMODE(facts.st_mode)
    if mode & 0o077:
        raise UnfitFolder(
            f"The data folder {shown(folder)} has mode {mode:04o}, so that others can look in; "
            "make it the owner's alone with chmod 0700."
        )
    if not os.access(folder, os.W_OK | os.X_OK, effective_ids=os.access in os.supports_effective_ids):
        raise UnfitFolder(f"The data folder {shown(folder)} cannot be written to; make it writable, or {_ELSEWHERE}.")
    if refuse_network and (kind := network_of(folder)) is not None:
        raise UnfitFolder(
            f"The data folder {shown(folder)} is on a file system of a network ({kind}), where a journal is not safe; "
            "name a folder on a disk of this machine with --data-dir."
        )


def network_of(folder: Path, mounts: Path = _MOUNTS) -> str | None:
    """The kind of network file system that a folder is on; None for a disk of this machine, or where none is told."""
    try:
        text = mounts.read_text(encoding="utf-8", errors="surrogateescape")
    except OSError:
        return None
    real = os.path.realpath(folder)
    best = ("", "")
    for line in text.splitlines():
        before, separator, after = line.partition(" - ")
        fields = before.split(" ")
        if not separator or len(fields) < 5:
            continue
        point = _ESCAPED.sub(lambda found: chr(int(found[1], 8)), fields[4])
        inside = real == point or real.startswith(point.rstrip("/") + "/")
        # Of two mounts on the same point the later one covers the earlier.
        if inside and len(point) >= len(best[0]):
            best = (point, after.split(" ")[0])
    kind = best[1]
    return kind if _OF_A_NETWORK.fullmatch(kind) else None
