"""The files of the tape: one for each hour of engine time, named after it, the oldest removed when there are many."""

import re
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path

HOUR_NS = 3_600_000_000_000
_NAME = re.compile(r"\d{4}-\d{2}-\d{2}T\d{2}\.tape", re.ASCII)


def file_of(folder: Path, ts: int) -> Path:
    """Where what was heard at this moment lies."""
    hour = datetime.fromtimestamp(ts // HOUR_NS * 3600, UTC)
    return folder / f"{hour:%Y-%m-%dT%H}.tape"


def hours_of(folder: Path) -> list[Path]:
    """The files there are, oldest first."""
    try:
        return sorted(file for file in folder.iterdir() if _NAME.fullmatch(file.name) and not file.is_symlink())
    except OSError:
        return []


def prune(folder: Path, hours_kept: int, bytes_kept: int) -> list[Path]:
    """Remove the oldest hours until neither limit is exceeded; the newest always stays."""
    removed = []
    total = 0
    for number, file in enumerate(reversed(hours_of(folder))):
        with suppress(OSError):
            total += file.stat().st_size
            if number and (number >= hours_kept or total > bytes_kept):
                file.unlink()
                removed.append(file)
    return removed
