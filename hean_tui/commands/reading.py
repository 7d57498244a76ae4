"""Texts of the command line into values, with one sentence for what cannot be read."""

from collections.abc import Callable, Collection, Sequence
from pathlib import Path
from typing import TypeVar

from hean_tui.errors import BadValue, WrongCommandLine, WrongConfiguration
from hean_tui.requests import REALTIME, InputFile
from hean_tui.symbols import is_symbol
from hean_tui.wording import quoted, way_out

T = TypeVar("T")
_FASTEST = 1_000_000


def option(name: str, text: str | None, read: Callable[[str], T]) -> T | None:
    """The value of an option, None where it was not given."""
    return None if text is None else required(name, text, read)


def required(name: str, text: str, read: Callable[[str], T]) -> T:
    """The value of an option that is there."""
    try:
        return read(text)
    except BadValue as error:
        way = str(error)
        raise WrongCommandLine(f"{name} was {quoted(text)}; {way}{'' if way.endswith('?') else '.'}") from None


def each(name: str, texts: Sequence[str] | None, read: Callable[[str], T]) -> tuple[T, ...]:
    """The values of an option that may be repeated, each once, in their order."""
    return tuple(dict.fromkeys(required(name, text, read) for text in texts or ()))


def word(name: str, text: str, known: Collection[str]) -> str:
    """One of the words that are known."""
    if text in known:
        return text
    raise WrongCommandLine(f"{name} was {quoted(text)}; {way_out(text, known)}")


def read_speed(text: str) -> float:
    """`realtime`, `max`, or how many times faster: `60x`."""
    from hean_tui.numbers import bounded

    if text in ("realtime", "max"):
        return REALTIME if text == "realtime" else float("inf")
    if not text.endswith("x"):
        raise BadValue("write realtime, max, or a factor such as 60x")
    return float(bounded(above=0, at_most=_FASTEST)(text[:-1]))


def input_files(name: str, texts: Sequence[str] | None) -> tuple[InputFile, ...]:
    """`FILE` or `SYMBOL=FILE`; a file that is not there is refused before anything starts.

    The symbol may also be the file's own word for it: what is no symbol of ours and no part of a file's name.
    """
    files = []
    for text in texts or ():
        found = _input_file(text)
        existing_file(name, found.path)
        files.append(found)
    symbols = [file.symbol or file.own_name for file in files]
    for symbol in symbols:
        if symbols.count(symbol) > 1:
            what = f"{symbol} has" if symbol else "There are"
            raise WrongCommandLine(f"{what} two files for {name}; write {name} SYMBOL=FILE, one for each symbol.")
    return tuple(files)


def _input_file(text: str) -> InputFile:
    head, equals, tail = text.partition("=")
    if equals and is_symbol(head):
        return InputFile(Path(tail), head)
    # A file name may hold an equals sign: a file of the whole name goes first.
    if head and equals and not Path(text).exists() and Path(tail).is_file():
        return InputFile(Path(tail), own_name=head)
    return InputFile(Path(text))


def existing_file(name: str, path: Path) -> Path:
    """A file that is there and is a file."""
    if not path.exists():
        raise WrongConfiguration(f"The file {quoted(path)} of {name} is not there.")
    if not path.is_file():
        raise WrongConfiguration(f"{quoted(path)} of {name} is not a file.")
    return path


def writable_file(name: str, path: Path) -> Path:
    """A file that can be written: its folder is there, and no folder is in its place."""
    if path.is_dir():
        raise WrongConfiguration(f"{quoted(path)} of {name} is a folder; name a file in it.")
    if not path.absolute().parent.is_dir():
        raise WrongConfiguration(f"The folder of {quoted(path)} of {name} is not there; make it first.")
    return path


def replaceable_file(name: str, path: Path) -> Path:
    """A file that can be written and put in the place of an older one: no device, pipe or socket is there."""
    if path.exists() and not path.is_file() and not path.is_dir():
        raise WrongConfiguration(f"{quoted(path)} of {name} is no plain file; name one that may be replaced.")
    return writable_file(name, path)
