"""The options that every command has, wherever on the command line they stand."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from hean_tui.errors import WrongCommandLine

WITH_VALUE = {"--data-dir": "a folder", "--config": "a file"}
FLAGS = ("--json", "--verbose", "--version")
NAMES = (*WITH_VALUE, *FLAGS, "-v", "--help")
_VERBOSE = re.compile(r"-v+")


@dataclass(frozen=True, slots=True)
class GlobalOptions:
    """What was said for all commands."""

    data_dir: str | None = None
    config: tuple[str, ...] = ()
    json: bool = False
    verbosity: int = 0


def moved_to_the_front(arguments: Sequence[str]) -> tuple[list[str], list[str]]:
    """The global options, and the rest, each in its order; what follows `--` is left alone."""
    ours: list[str] = []
    rest: list[str] = []
    waiting = iter(arguments)
    for argument in waiting:
        name, equals, _ = argument.partition("=")
        if argument == "--":
            rest += [argument, *waiting]
        elif name in WITH_VALUE:
            value = [] if equals else [_value_of(name, next(waiting, None))]
            ours += [argument, *value]
        elif argument in FLAGS or _VERBOSE.fullmatch(argument):
            ours.append(argument)
        else:
            rest.append(argument)
    return ours, rest


def _value_of(name: str, value: str | None) -> str:
    if value is None or value.startswith("--"):
        raise WrongCommandLine(f"{name} needs {WITH_VALUE[name]}.")
    return value
