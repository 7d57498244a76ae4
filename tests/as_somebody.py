"""The rights of an ordinary user, for tests that a superuser runs."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

NOBODY = 65534


@contextmanager
def as_somebody(folder: Path) -> Iterator[None]:
    """The rights of an ordinary user: a superuser may write anywhere."""
    if os.geteuid():
        yield
        return
    closed = [(place, place.stat().st_mode) for place in folder.parents if not place.stat().st_mode & 0o001]
    for place, mode in closed:
        place.chmod(mode | 0o011)
    os.chown(folder, NOBODY, NOBODY)
    os.seteuid(NOBODY)
    try:
        yield
    finally:
        os.seteuid(0)
        for place, mode in closed:
            place.chmod(mode)
