"""The exit codes that scripts and cron jobs rely on."""

from collections.abc import Iterable
from enum import IntEnum


class ExitCode(IntEnum):
    """What a command says when it is over."""

    DONE = 0
    ERROR = 1  # an error, or an expectation of a script that did not hold
    WRONG_COMMAND_LINE = 2
    NO_ENGINE = 3  # none runs there, or one already does
    WRONG_CONFIGURATION = 4  # configuration, data folder, storage or input file
    TIMED_OUT = 5
    REFUSED = 6  # a safety gate or a key
    HALTED = 7
    NOT_FLAT = 8  # kill, flatten or stop-and-flatten ended with something left
    MISMATCH = 9  # reconcile found one
    INTERRUPTED = 130
    TERMINATED = 143


_AT_THE_END = (ExitCode.ERROR, ExitCode.WRONG_CONFIGURATION, ExitCode.NOT_FLAT, ExitCode.HALTED)


def at_the_end_of_a_run(codes: Iterable[ExitCode]) -> ExitCode:
    """The one code to end with where several apply: an error, a journal that was lost, something left, a halt."""
    found = frozenset(codes)
    return next((code for code in _AT_THE_END if code in found), ExitCode.DONE)
