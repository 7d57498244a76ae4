"""A journal that does not hold is copied aside once, as it was found, before a person decides what becomes of it."""

import itertools
import shutil
from pathlib import Path

from infrastructure.journal.places import Places

_FOLDER = "quarantine"
_ROOM_LEFT_BYTES = 500_000_000  # a copy must not be what fills the disk


def copied_aside(folder: Path) -> str:
    """Copy the journal's files into a folder of their own; one sentence about where they are, or why they are not."""
    there = [file for file in Places.within(folder).all_files if file.is_file() and not file.is_symlink()]
    try:
        if (known := _copied_before(folder, there)) is not None:
            return f"A copy of it as it was found is in {known.name}."
        if shutil.disk_usage(folder).free < _ROOM_LEFT_BYTES + sum(file.stat().st_size for file in there):
            return "The disk has no room for a copy of it."
        aside = next(place for number in itertools.count(1) if not (place := folder / f"{_FOLDER}-{number}").exists())
        part = folder / f"{_FOLDER}.part"
        shutil.rmtree(part, ignore_errors=True)
        part.mkdir(mode=0o700)
        for file in there:
            shutil.copy2(file, part / file.name)
        part.rename(aside)
    except OSError as error:
        return f"It could not be copied aside ({error.strerror or error})."
    return f"A copy of it as it was found is in {aside.name}."


def quarantines(folder: Path) -> list[Path]:
    """The copies there are, the oldest first."""
    numbered = [(file.name.removeprefix(f"{_FOLDER}-"), file) for file in folder.glob(f"{_FOLDER}-*")]
    return [file for _, file in sorted((int(number), file) for number, file in numbered if number.isdecimal())]


def _copied_before(folder: Path, there: list[Path]) -> Path | None:
    """The newest copy, if it is of these very files; what SQLite keeps beside its own says nothing by itself."""
    copies = quarantines(folder)
    if copies and _marks(there) == _marks([copies[-1] / file.name for file in there]):
        return copies[-1]
    return None


def _marks(files: list[Path]) -> list[tuple[int, int] | None]:
    return [
        (file.stat().st_size, file.stat().st_mtime_ns) if file.exists() else None
        for file in files
        if not file.name.endswith("-shm")
    ]
