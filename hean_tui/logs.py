"""The rotating log file in the data folder, and the last guard that writes what went wrong into it."""

import logging
import os
import sys
import tempfile
import traceback
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from io import TextIOWrapper
from logging.handlers import RotatingFileHandler
from pathlib import Path
from typing import TYPE_CHECKING

from hean_tui.errors import Unexpected, UserError, WrongConfiguration, is_full
from hean_tui.settings.flat_names import masked, secret_values
from hean_tui.telling import tell
from hean_tui.wording import quoted

if TYPE_CHECKING:
    from hean_tui.settings.model import LogSettings

_FORMAT = "%(asctime)s %(levelname)-7s %(name)s %(message)s"
_OWNER_ONLY = 0o600


class MaskingFormatter(logging.Formatter):
    """Writes a record as one line, or a traceback below it, with the values of secrets taken out."""

    def __init__(self, secrets: Sequence[str]) -> None:
        super().__init__(_FORMAT)
        self._secrets = tuple(secrets)

    def format(self, record: logging.LogRecord) -> str:
        """The text of the record, without secrets."""
        return without_secrets(super().format(record), self._secrets)


class PrivateFileHandler(RotatingFileHandler):
    """A rotating file that only its owner can read, from its first byte on; a full disk is told of once."""

    _has_told = False

    def handleError(self, record: logging.LogRecord) -> None:  # noqa: N802  the name is that of the library
        """Instead of a traceback for every record that cannot be written: one sentence, and the run goes on."""
        if self._has_told:
            return
        self._has_told = True
        error = sys.exc_info()[1]
        reason = getattr(error, "strerror", None) or type(error).__name__
        tell(f"The log file {quoted(self.baseFilename)} cannot be written ({reason}); the run goes on without it.")

    def _open(self) -> TextIOWrapper:
        return open(self.baseFilename, "a", encoding=self.encoding, errors=self.errors, opener=_private)


@contextmanager
def logging_to(file: Path, settings: "LogSettings", *, verbose: bool = False) -> Iterator[Path]:
    """Send all logging to a file while a command runs; what it did not foresee is written there too."""
    try:
        handler = PrivateFileHandler(
            file, maxBytes=settings.max_bytes, backupCount=settings.backups, encoding="utf-8", errors="backslashreplace"
        )
    except OSError as error:
        raise WrongConfiguration(f"The log file {quoted(file)} cannot be written ({error.strerror}).") from None
    handler.setFormatter(MaskingFormatter(secret_values()))
    root = logging.getLogger()
    before = root.level
    root.setLevel("DEBUG" if verbose else settings.level.upper())
    root.addHandler(handler)
    try:
        yield file
    except (UserError, BrokenPipeError):
        raise
    except Exception as error:
        if is_full(error):
            raise
        logging.getLogger("hean_tui").critical("unexpected error", exc_info=True)
        raise Unexpected(_told(error, file)) from error
    finally:
        root.removeHandler(handler)
        root.setLevel(before)
        with suppress(OSError):  # what a full disk did not take cannot be written on the way out either
            handler.close()


def write_down(error: BaseException, file: Path | None) -> str:
    """Append a traceback to the log file, or to a file of its own where that cannot be; the sentence says where."""
    text = without_secrets("".join(traceback.format_exception(error)), secret_values())
    try:
        return _told(error, _append(text, file) if file else _append_elsewhere(text))
    except (OSError, ValueError):
        pass
    try:
        return _told(error, _append_elsewhere(text))
    except OSError:
        return _told(error, None)


def without_secrets(text: str, secrets: Sequence[str]) -> str:
    """The text with every secret masked."""
    for secret in secrets:
        text = text.replace(secret, masked(secret))
    return text


def _append(text: str, file: Path) -> Path:
    for folder in (file.parent.parent, file.parent):
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    with open(file, "a", encoding="utf-8", errors="backslashreplace", opener=_private) as stream:
        stream.write(text)
    return file


def _append_elsewhere(text: str) -> Path:
    descriptor, name = tempfile.mkstemp(prefix="hean-tui-", suffix=".log")
    with os.fdopen(descriptor, "w", encoding="utf-8", errors="backslashreplace") as stream:
        stream.write(text)
    return Path(name)


def _private(name: str, flags: int) -> int:
    return os.open(name, flags, _OWNER_ONLY)


def _told(error: BaseException, file: Path | None) -> str:
    where = f"the details are in {file}" if file else "and the details could not be written anywhere"
    return f"Something unexpected happened ({type(error).__name__}); {where}."
