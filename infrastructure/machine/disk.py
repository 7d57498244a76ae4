"""How much room is left for what this user writes."""

import os
from pathlib import Path


def free_bytes(folder: Path) -> int:
    """The room on the file system of a folder, without what is kept for the machine's owner."""
    facts = os.statvfs(folder)
    return facts.f_bavail * facts.f_frsize
