"""Which command lines get a supervisor: runs that are meant to last. This file is read before anything else is."""

from collections.abc import Mapping, Sequence

from infrastructure.lifesigns import NOTIFY_SOCKET, SUPERVISOR_PIPE

SWITCH = "HEAN_SUPERVISOR"
FAULT_POINT = "HEAN_FAULTPOINT"

_WITH_VALUE = ("--data-dir", "--config")
_OF_ALL_COMMANDS = ("--json", "--verbose")
_ENDS_BY_ITSELF = ("--duration", "--script", "--no-supervisor", "--help", "-h", "--version")
_OFF, _ON = ("off", "0", "no", "false"), ("on", "1", "yes", "true")


def is_supervised(arguments: Sequence[str], environ: Mapping[str, str]) -> bool:
    """Whether this command line starts an engine that is to be started again when it crashes."""
    said = environ.get(SWITCH, "").strip().lower()
    # A supervisor there is already: our own, or the service manager of the machine.
    if environ.get(SUPERVISOR_PIPE) or environ.get(NOTIFY_SOCKET) or said in _OFF:
        return False
    if environ.get(FAULT_POINT) and said not in _ON:
        return False  # who breaks the program on purpose wants to see it broken
    rest = _without_global_options(arguments)
    return is_run(arguments) and not any(
        _is_short_lived(word, following) for word, following in zip(rest, [*rest[1:], ""], strict=False)
    )


def is_run(arguments: Sequence[str]) -> bool:
    """Whether this command line is `run`, which is also what it is when it names no command."""
    rest = _without_global_options(arguments)
    return not rest or rest[0] == "run" or rest[0].startswith("-")


def _is_short_lived(word: str, following: str) -> bool:
    name, _, value = word.partition("=")
    return name in _ENDS_BY_ITSELF or (name == "--speed" and (value or following).strip().lower() == "max")


def _without_global_options(arguments: Sequence[str]) -> list[str]:
    rest: list[str] = []
    waiting = iter(arguments)
    for argument in waiting:
        name, equals, _ = argument.partition("=")
        if name in _WITH_VALUE:
            if not equals:
                next(waiting, None)
        elif argument not in _OF_ALL_COMMANDS and not _is_verbosity(argument):
            rest.append(argument)
    return rest


def _is_verbosity(argument: str) -> bool:
    return len(argument) > 1 and argument[0] == "-" and set(argument[1:]) == {"v"}
