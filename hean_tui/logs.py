"""The rotating log file in the data folder, and the last guard that writes what went wrong into it."""

import json
import logging
import os
import tempfile
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from engine.host.system import wall_ns
from hean_tui.errors import Unexpected, UserError, WrongConfiguration, is_full
from hean_tui.redaction import redactor
from hean_tui.telling import tell
from hean_tui.wording import quoted
from infrastructure.logs.plain_values import moment, plain_lines
from infrastructure.logs.private_file import PrivateFileHandler, private

if TYPE_CHECKING:
    from hean_tui.settings.model import LogSettings


@contextmanager
def logging_to(
    file: Path, settings: "LogSettings", *, verbose: bool = False, say: Callable[[str], None] | None = tell
) -> Iterator[Path]:
    """Send all logging to a file while a command runs; what it did not foresee is written there too.

    That the file cannot be written is told once: by `say`, or at the end where a screen is in front of stderr.
    """
    from infrastructure.logs.libraries import is_worth_writing, quiet_libraries
    from infrastructure.logs.rendering import formatter
    from infrastructure.logs.writer import Writer

    later: list[str] = []

    def say_why(reason: str) -> None:
        sentence = f"The log file {quoted(file)} cannot be written ({reason}); the run goes on without it."
        (later.append if say is None else say)(sentence)

    try:
        handler = PrivateFileHandler(file, max_bytes=settings.max_bytes, backups=settings.backups, tell=say_why)
    except OSError as error:
        raise WrongConfiguration(f"The log file {quoted(file)} cannot be written ({error.strerror}).") from None
    handler.setFormatter(formatter(settings.format, redactor()))
    writer = Writer(handler)
    writer.addFilter(is_worth_writing)
    root = logging.getLogger()
    before = root.level
    root.setLevel("DEBUG" if verbose else settings.level.upper())
    root.addHandler(writer)
    try:
        with quiet_libraries():
            yield file
    except (UserError, BrokenPipeError):
        raise
    except Exception as error:
        if is_full(error):
            raise
        logging.getLogger("hean_tui").critical("unexpected error", exc_info=True)
        raise Unexpected(_told(error, file)) from error
    finally:
        root.removeHandler(writer)
        root.setLevel(before)
        writer.close()
        tell(*later[:1])


def write_down(error: BaseException, file: Path | None) -> str:
    """Append an error to the log file, or to a file of its own where that cannot be; the sentence says where.

    The last guard of all uses no more of the program than it must: this line is made by hand.
    """
    lines = plain_lines("".join(traceback.format_exception(error)), redactor())
    record = {
        "time": moment(wall_ns() / 1e9),
        "level": "critical",
        "component": "hean_tui",
        "event": "unexpected error",
    }
    text = json.dumps({**record, "exception": lines}, ensure_ascii=False) + "\n"
    try:
        return _told(error, _append(text, file) if file else _append_elsewhere(text))
    except (OSError, ValueError):
        pass
    try:
        return _told(error, _append_elsewhere(text))
    except OSError:
        return _told(error, None)


def _append(text: str, file: Path) -> Path:
    for folder in (file.parent.parent, file.parent):
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    with open(file, "a", encoding="utf-8", errors="backslashreplace", opener=private) as stream:
        stream.write(text)
    return file


def _append_elsewhere(text: str) -> Path:
    descriptor, name = tempfile.mkstemp(prefix="hean-tui-", suffix=".log")
    with os.fdopen(descriptor, "w", encoding="utf-8", errors="backslashreplace") as stream:
        stream.write(text)
    return Path(name)


def _told(error: BaseException, file: Path | None) -> str:
    where = f"the details are in {file}" if file else "and the details could not be written anywhere"
    return f"Something unexpected happened ({type(error).__name__}); {where}."
