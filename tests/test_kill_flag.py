"""The second copy of a kill, beside the journal: it is there as long as the kill is, however quickly people press."""

import threading
from pathlib import Path

from engine import events
from engine.states import State
from hean_tui.books import open_books
from infrastructure.control.kill_flag import is_raised

KILLED = events.EmergencyStop(1, "enough")
OPENED = events.StateChanged(2, State.KILLED, State.PAUSED, "looked at")


def test_of_kills_and_openings_in_quick_succession_the_last_one_counts(tmp_path: Path) -> None:
    """Each is carried out on a thread of its own, and none of these overtakes another."""
    with open_books(tmp_path, 7, 0) as books:
        for is_there in (True, False):
            for _ in range(20):
                books.keep_kill_flag(KILLED)
                books.keep_kill_flag(OPENED)
                if is_there:
                    books.keep_kill_flag(KILLED)
                for thread in threading.enumerate():
                    if thread.name == "kill flag":
                        thread.join(5)
                assert is_raised(tmp_path) is is_there
