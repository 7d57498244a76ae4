"""The rotating file that only its owner can read."""

import logging
import os
import sys
from collections.abc import Callable
from io import TextIOWrapper
from logging.handlers import RotatingFileHandler
from pathlib import Path

_OWNER_ONLY = 0o600


class PrivateFileHandler(RotatingFileHandler):
    """A rotating file, private from its first byte on; that it cannot be written is told of once."""

    def __init__(self, file: Path, *, max_bytes: int, backups: int, tell: Callable[[str], None]) -> None:
        self.trouble: str | None = None  # why the newest record is not in the file
        self._tell = tell
        self._has_told = False
        super().__init__(file, maxBytes=max_bytes, backupCount=backups, encoding="utf-8", errors="backslashreplace")

    def emit(self, record: logging.LogRecord) -> None:
        """Write one record; where that works again, the trouble is over."""
        before, self.trouble = self.trouble, None
        super().emit(record)
        if before is not None and self.trouble is None:
            self._has_told = False

    def handleError(self, record: logging.LogRecord) -> None:  # noqa: N802  the name is that of the library
        """Instead of a traceback for every record that cannot be written: one reason, and the run goes on."""
        error = sys.exc_info()[1]
        self.trouble = getattr(error, "strerror", None) or type(error).__name__
        if not self._has_told:
            self._has_told = True
            self._tell(self.trouble)

    def _open(self) -> TextIOWrapper:
        return open(self.baseFilename, "a", encoding=self.encoding, errors=self.errors, opener=private)


def private(name: str, flags: int) -> int:
    """For `open`: a file that is made is its owner's alone."""
    return os.open(name, flags, _OWNER_ONLY)
