"""What the real program survives: a screen that fails, being stopped for a while; and what it says when it hangs."""

import signal
import time
from pathlib import Path

import pytest

from tests.program_on_terminal import ProgramOnTerminal


def test_a_screen_that_fails_is_let_in_again(tmp_path: Path) -> None:
    """The engine does not notice, and the new garden says why it is there, without a value of what failed."""
    with ProgramOnTerminal(tmp_path, HEAN_TEST="1", HEAN_FAULTPOINT="task.screen:4:raise") as program:
        assert program.until(lambda: b"opened again after a fault of its own" in program.written)
        assert b"Traceback" not in program.written
        assert program.status()["engine"]["state"] == "running"
        program.process.send_signal(signal.SIGTERM)
        assert program.ends_within(10.0) == 0


def test_a_screen_that_fails_for_good_leaves_the_engine_at_work(tmp_path: Path) -> None:
    """It takes no new risk; the terminal is a plain one again, and the key that interrupts ends it in order."""
    points = ",".join(f"task.screen:{hit}:raise" for hit in (2, 4, 6, 8))
    with ProgramOnTerminal(tmp_path, HEAN_TEST="1", HEAN_FAULTPOINT=points) as program:
        assert program.until(lambda: b"The engine goes on without a screen; ctrl+c ends it" in program.written)
        assert program.until(lambda: program.status()["engine"]["state"] == "reduce_only", 5)
        program.press(b"\x03")
        assert program.ends_within(10.0) == 1


def test_a_process_that_was_stopped_for_a_while_is_not_mistaken_for_one_that_hangs(tmp_path: Path) -> None:
    """It lives, says how long it was away, took no risk on what it knew before, and its market stood still with it."""
    with ProgramOnTerminal(tmp_path, "--headless") as program:
        program.until_it_runs()
        before = program.status()
        program.process.send_signal(signal.SIGSTOP)
        time.sleep(3.0)
        program.process.send_signal(signal.SIGCONT)
        assert program.until(lambda: program.status()["worst_gap_ms"] > 2_500, 3)
        assert program.until(lambda: program.status()["engine"]["state"] == "reduce_only", 2)
        assert program.status()["engine"]["uptime_s"] - before["engine"]["uptime_s"] <= 2


@pytest.mark.soak  # for its ten seconds
def test_an_engine_that_hangs_is_seen_in_its_status_and_ends_with_its_stacks(tmp_path: Path) -> None:
    """The file needs no answer of the engine; and after ten seconds the process is gone, and says where it stood."""
    hangs = "task.engine:20:delay:60000"
    with ProgramOnTerminal(tmp_path, "--headless", HEAN_TEST="1", HEAN_FAULTPOINT=hangs) as program:
        assert program.until(lambda: program.status().get("gap_ms", 0) > 1_000, 20)
        beats = program.status()["beats"]
        assert program.ends_within(15.0) == -signal.SIGABRT
        assert program.status()["beats"] == beats
        folder = tmp_path / "data" / "paper-sim"
        assert "in reach" in (folder / "stacks.txt").read_text()
        assert "the engine's loop does not come back" in (folder / "hean-tui.log").read_text()
