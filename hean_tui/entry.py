"""Where the program begins: a run that is meant to last gets a supervisor, everything else begins at once."""

import os
import sys

from hean_tui.supervised import is_run, is_supervised


def main() -> int:
    """What `hean-tui` does, and `python -m hean_tui`; the exit code."""
    if is_supervised(sys.argv[1:], os.environ):
        from hean_tui.supervisor import Supervisor

        return Supervisor([sys.executable, *sys.orig_argv[1:]]).run()
    from hean_tui.own_process import end_as, settle_in

    settle_in(is_run=is_run(sys.argv[1:]))
    from hean_tui.cli import main as command_line

    return end_as(int(command_line()))
