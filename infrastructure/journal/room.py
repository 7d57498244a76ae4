"""How much room the disk of a data folder has left, and what that means."""

import shutil
from enum import StrEnum
from pathlib import Path
from typing import NamedTuple

from infrastructure.journal.faults import shown

_GB, _MB = 1_000_000_000, 1_000_000


class RoomLevel(StrEnum):
    """What is to be done about it; each is worse than the one before."""

    AMPLE = "ample"
    LOW = "low"  # a warning
    SCARCE = "scarce"  # an alarm
    OUT = "out"  # no new risk: what is written last must still find room
    UNKNOWN = "unknown"  # the disk did not say


_LEVELS = ((100 * _MB, RoomLevel.OUT), (500 * _MB, RoomLevel.SCARCE), (2 * _GB, RoomLevel.LOW))


class Room(NamedTuple):
    """The free bytes, the level they mean, and one sentence for a person, empty where all is well."""

    free_bytes: int
    level: RoomLevel
    sentence: str = ""

    @property
    def allows_new_risk(self) -> bool:
        """Whether entries may still be sent; a disk that does not answer is not proof of a full one."""
        return self.level is not RoomLevel.OUT


def room_of(folder: Path) -> Room:
    """Ask the disk of a folder; it answers in microseconds, and once a second is often enough."""
    try:
        free = shutil.disk_usage(folder).free
    except OSError as error:
        reason = error.strerror or str(error)
        return Room(0, RoomLevel.UNKNOWN, f"The free space of {shown(folder)} is unknown ({reason}).")
    level = level_of(free)
    if level is RoomLevel.AMPLE:
        return Room(free, level)
    closing = "; no new risk is taken until there is room" if level is RoomLevel.OUT else "; make room soon"
    return Room(free, level, f"The disk of {shown(folder)} has {_size(free)} left{closing}.")


def level_of(free_bytes: int) -> RoomLevel:
    """What so many free bytes mean."""
    return next((level for limit, level in _LEVELS if free_bytes < limit), RoomLevel.AMPLE)


def _size(count: int) -> str:
    return f"{count / _GB:,.1f} GB" if count >= _GB else f"{count / _MB:,.0f} MB"
