"""The words of `hean-tui kill`, read without the other commands' parser: half the start, and less that can fail."""

from collections.abc import Sequence
from typing import NamedTuple

from hean_tui.commands.global_options import WITH_VALUE, GlobalOptions
from hean_tui.errors import WrongCommandLine
from hean_tui.wording import quoted, way_out

_FLAGS = ("--cancel-only", "--direct")
_MODE = "--mode"


class KillWords(NamedTuple):
    """What was asked for."""

    common: GlobalOptions
    cancel_only: bool
    direct: bool
    mode: str | None


def read_kill_words(ours: Sequence[str], rest: Sequence[str]) -> KillWords:
    """The options that every command has, and those of kill."""
    flags: set[str] = set()
    mode: str | None = None
    waiting = iter(rest)
    for word in waiting:
        name, equals, value = word.partition("=")
        if name == _MODE:
            mode = value if equals else next(waiting, None)
            if mode is None:
                raise WrongCommandLine("--mode needs a value; hean-tui kill --help says which.")
        elif word in _FLAGS:
            flags.add(word)
        elif name in _FLAGS:
            raise WrongCommandLine(f"{name} takes no value; leave out what follows the equals sign.")
        elif word.startswith("-"):
            otherwise = "hean-tui kill --help lists them."
            raise WrongCommandLine(f"kill has no option {quoted(name)}; {way_out(name, (*_FLAGS, _MODE), otherwise)}")
        else:
            raise WrongCommandLine(f"kill takes no argument {quoted(word)}; hean-tui kill --help lists what it takes.")
    return KillWords(_common(ours), "--cancel-only" in flags, "--direct" in flags, mode)


def _common(ours: Sequence[str]) -> GlobalOptions:
    data_dir: str | None = None
    waiting = iter(ours)
    for word in waiting:
        name, equals, value = word.partition("=")
        if name in WITH_VALUE:
            given = value if equals else next(waiting, "")
            data_dir = given if name == "--data-dir" else data_dir
    return GlobalOptions(data_dir, (), "--json" in ours, 0)
