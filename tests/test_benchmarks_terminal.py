"""The benchmarks' terminal: a real one, so that what is measured is what a person would have seen."""

import sys

import pytest

from benchmarks.bare_app import WORDS
from benchmarks.terminal import FRAME_END, ProgramEnded, Terminal

TELLS_ITS_SIZE = "import os, sys; print(*os.get_terminal_size(), sys.stdin.isatty(), os.environ['GREETING'])"


def test_the_program_sees_a_terminal_of_120_by_40() -> None:
    """It is a terminal on both ends, has its size, and the environment it was given."""
    with Terminal([sys.executable, "-c", TELLS_ITS_SIZE], {"GREETING": "good morning"}) as terminal:
        terminal.read_to_the_end(10.0)
    assert bytes(terminal.written) == b"120 40 True good morning\r\n"


def test_the_moment_is_that_of_the_arrival() -> None:
    """What a program writes after two tenths of a second is not there before."""
    program = "import time; print('soon', flush=True); time.sleep(0.2); print('now', flush=True); time.sleep(60)"
    with Terminal([sys.executable, "-c", program], {}) as terminal:
        soon_ns = terminal.read_until(lambda written: b"soon" in written, 10.0)
        now_ns = terminal.read_until(lambda written: b"now" in written, 10.0)
    assert now_ns - soon_ns > 150_000_000


def test_a_program_that_ends_before_its_words_is_told_of() -> None:
    """Nobody waits for what cannot come any more, and its last words are passed on."""
    with (
        Terminal([sys.executable, "-c", "print('that was all')"], {}) as terminal,
        pytest.raises(ProgramEnded, match="that was all"),
    ):
        terminal.read_until(lambda written: b"never" in written, 10.0)


def test_a_program_that_says_nothing_does_not_hold_everything_up() -> None:
    """Patience ends, and so does the program."""
    with (
        Terminal([sys.executable, "-c", "import time; time.sleep(60)"], {}) as terminal,
        pytest.raises(TimeoutError, match=r"0\.1 s"),
    ):
        terminal.read_until(lambda written: b"never" in written, 0.1)


def test_a_frame_of_a_textual_app_arrives_whole() -> None:
    """The app asks whether frames can be marked, is told yes, and marks them."""
    with Terminal([sys.executable, "-m", "benchmarks.bare_app"], {}) as terminal:
        terminal.read_until(lambda written: WORDS.encode() in written and FRAME_END in written, 20.0)
