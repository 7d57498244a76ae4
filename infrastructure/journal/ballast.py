"""A file that only takes up room, so that the last rows find some when the disk is full."""

import os
from contextlib import suppress
from pathlib import Path

BALLAST_FILE = "ballast"
BALLAST_BYTES = 16 * 1024 * 1024
_PIECE = bytes(1024 * 1024)


class Ballast:
    """Sixteen mebibytes of the disk, held until they are needed."""

    def __init__(self, folder: Path) -> None:
        self._file = folder / BALLAST_FILE

    def hold(self) -> bool:
        """Take the room, as far as it is not held already; whether there was enough."""
        try:
            if self._file.lstat().st_size == BALLAST_BYTES:
                return True
        except OSError:
            pass
        try:
            self._file.unlink(missing_ok=True)
            descriptor = os.open(self._file, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
        except OSError:
            return False
        try:
            _take_room(descriptor)
        except OSError:
            self.release()
            return False
        finally:
            os.close(descriptor)
        return True

    def release(self) -> None:
        """Give the room back."""
        with suppress(OSError):
            self._file.unlink(missing_ok=True)


def _take_room(descriptor: int) -> None:
    if hasattr(os, "posix_fallocate"):
        os.posix_fallocate(descriptor, 0, BALLAST_BYTES)
        return
    for _ in range(BALLAST_BYTES // len(_PIECE)):
        os.write(descriptor, _PIECE)
