"""Signals and terminals as the real program meets them: asked to end, stalled, closed, and both at once."""

import os
import signal
import time
from pathlib import Path

import pytest

from tests.program_on_terminal import ProgramOnTerminal, children_of, cpu_s

pytestmark = pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="needs procfs")


def test_asked_to_end_while_nobody_reads_the_terminal(tmp_path: Path) -> None:
    """The gate is closed, everything is written, and the code is 0 within ten seconds."""
    with ProgramOnTerminal(tmp_path) as program:
        program.until_it_runs()
        for _ in range(60):  # each tab asks for a frame, and nobody takes one
            program.press(b"\t")
            time.sleep(0.01)
        time.sleep(1.0)
        before = program.status()
        time.sleep(0.5)
        assert program.status()["beats"] > before["beats"]  # a stalled terminal is nothing to the engine
        program.process.send_signal(signal.SIGTERM)
        assert program.ends_within(10.0, reading=False) == 0
        assert program.status()["engine"]["state"] == "reduce_only"


def test_a_second_signal_ends_it_at_once(tmp_path: Path) -> None:
    """Whoever asks twice is not kept waiting, and the code says by which signal."""
    with ProgramOnTerminal(tmp_path) as program:
        program.until_it_runs()
        program.process.send_signal(signal.SIGSTOP)  # so that both arrive before it can have ended
        program.process.send_signal(signal.SIGTERM)
        program.process.send_signal(signal.SIGINT)
        program.process.send_signal(signal.SIGCONT)
        assert program.ends_within(3.0) in (128 + signal.SIGINT, 128 + signal.SIGTERM)


def test_a_terminal_that_is_closed_leaves_the_engine_at_work(tmp_path: Path) -> None:
    """It takes no new risk, costs next to nothing, and ends in order when it is asked."""
    with ProgramOnTerminal(tmp_path) as program:
        program.until_it_runs()
        program.hang_up()
        assert program.until(lambda: program.status()["engine"]["state"] == "reduce_only", 5, reading=False)
        time.sleep(1.0)  # the screen is on its way out
        used, beats = cpu_s(program.process.pid), program.status()["beats"]
        time.sleep(2.0)
        assert cpu_s(program.process.pid) - used < 0.5  # the engine's own work included
        assert program.status()["beats"] > beats + 20
        assert all("/dev/pts" not in os.readlink(f"/proc/{program.process.pid}/fd/{number}") for number in range(3))
        program.process.send_signal(signal.SIGTERM)
        assert program.ends_within(10.0, reading=False) == 0


@pytest.mark.parametrize(("policy", "state"), [("detach", "running"), ("stop", "reduce_only")])
def test_what_a_closed_terminal_means_is_a_setting(tmp_path: Path, policy: str, state: str) -> None:
    """It may trade on as if nothing had happened, or end."""
    with ProgramOnTerminal(tmp_path, "--set", f"screen.on_hangup={policy}") as program:
        program.until_it_runs()
        program.hang_up()
        if policy == "stop":
            assert program.ends_within(10.0, reading=False) == 0
        else:
            time.sleep(1.5)
            assert program.process.poll() is None
        assert program.status()["engine"]["state"] == state


def test_the_supervisor_of_a_closed_terminal_stays_with_its_engine(tmp_path: Path) -> None:
    """Both go on; a crash afterwards is followed by an engine that needs no terminal."""
    with ProgramOnTerminal(tmp_path, supervised=True) as program:
        program.until_it_runs()
        (engine,) = program.children()
        program.hang_up()
        assert program.until(lambda: program.status()["engine"]["state"] == "reduce_only", 5, reading=False)
        os.kill(engine, signal.SIGKILL)
        assert program.until(lambda: program.status()["pid"] not in (engine, program.process.pid), 20, reading=False)
        (second,) = program.children()
        assert "--headless" in Path(f"/proc/{second}/cmdline").read_text().split("\0")
        # Nobody is in front of this one either: it takes no new risk, as the first did not.
        assert program.until(lambda: program.status()["engine"]["state"] == "reduce_only", 20, reading=False)
        program.process.send_signal(signal.SIGTERM)
        assert program.ends_within(10.0, reading=False) in (0, 128 + signal.SIGTERM)
        assert children_of(second) == []


def test_an_interrupt_typed_while_it_starts_is_not_lost(tmp_path: Path) -> None:
    """Before there is an engine that could end in order, there is nothing to keep: it ends all the same."""
    with ProgramOnTerminal(tmp_path, "--headless") as program:
        log = tmp_path / "data" / "paper-sim" / "hean-tui.log"
        assert program.until(log.exists)
        program.press(b"\x03")
        assert program.ends_within(10.0) == 0
