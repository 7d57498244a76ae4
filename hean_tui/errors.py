"""What a person is told when something of theirs was wrong: sentences and an exit code, never a traceback.

UserError                  sentences for a person, and the exit code they mean
├── WrongCommandLine       2: an option, an argument or a value on the command line
├── EngineRunsAlready      3: another engine has the data folder
├── WrongConfiguration     4: settings, data folder, storage or an input file
├── SafetyGateClosed       6: what was asked for is not allowed, with one sentence for each missing condition
└── Unexpected             1: a mistake of ours, with the place where it was written down

BadValue                   a text that does not say what it should; whoever knows its name makes a UserError of it
"""

import errno

from hean_tui.exit_codes import ExitCode


class UserError(Exception):
    """The root of everything that ends a command with sentences instead of a traceback."""

    exit_code = ExitCode.ERROR

    def __init__(self, *sentences: str) -> None:
        super().__init__("\n".join(sentences))
        self.sentences = sentences


class WrongCommandLine(UserError):
    """The command line was wrong."""

    exit_code = ExitCode.WRONG_COMMAND_LINE


class EngineRunsAlready(UserError):
    """Another engine has the data folder."""

    exit_code = ExitCode.NO_ENGINE


class WrongConfiguration(UserError):
    """Settings, the data folder, storage or an input file was wrong."""

    exit_code = ExitCode.WRONG_CONFIGURATION


class SafetyGateClosed(UserError):
    """A safety gate refused."""

    exit_code = ExitCode.REFUSED


class Unexpected(UserError):
    """Something failed that should not have; the log has the details."""


class BadValue(ValueError):
    """A text that does not say what it should; the message is the way out, as the second half of a sentence."""


def is_full(error: Exception) -> bool:
    """Whether there is no room where something was written."""
    return isinstance(error, OSError) and error.errno in (errno.ENOSPC, errno.EDQUOT)
