"""How much memory this process holds, and how much it may hold before the machine ends it."""

import os
import sys
from pathlib import Path

_PROC = Path("/proc/self")
_GROUPS = Path("/sys/fs/cgroup")
_NO_LIMIT = 2**60  # what older control groups write when there is none


def used_bytes(proc: Path = _PROC) -> int:
    """The resident memory of now; where the system does not tell it, the most it ever was."""
    try:
        return int((proc / "statm").read_text("ascii").split()[1]) * os.sysconf("SC_PAGE_SIZE")
    except (OSError, ValueError, IndexError):
        import resource

        most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        return most if sys.platform == "darwin" else most * 1024


def limit_bytes(proc: Path = _PROC, groups: Path = _GROUPS) -> int:
    """The smallest of the machine's memory and of every control group that this process is in."""
    return min([machine_bytes(), *_group_limits(proc, groups)])


def machine_bytes() -> int:
    """The memory that is built in."""
    return os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")


def _group_limits(proc: Path, groups: Path) -> list[int]:
    try:
        lines = (proc / "cgroup").read_text("utf-8").splitlines()
    except OSError:
        return []
    found = []
    for line in lines:
        _, _, rest = line.partition(":")
        controllers, _, path = rest.partition(":")
        if controllers == "":
            found += _limits_along(groups, path, "memory.max")
        elif "memory" in controllers.split(","):
            found += _limits_along(groups / "memory", path, "memory.limit_in_bytes")
    return [limit for limit in found if 0 < limit < _NO_LIMIT]


def _limits_along(root: Path, path: str, name: str) -> list[int]:
    """The limit of a group and of all above it; in a container its own group is the root."""
    place = root / path.strip("/")
    limits = []
    for folder in (place, *place.parents):
        if folder == root or root in folder.parents:
            try:
                limits.append(int((folder / name).read_text("ascii")))
            except (OSError, ValueError):  # it is not there, or says `max`
                continue
    return limits
