"""Two engines never share a data folder: the second one is refused with the number of the first."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from hean_tui.data_folder import locked
from hean_tui.errors import EngineRunsAlready, WrongConfiguration
from hean_tui.recovered import open_recovered
from infrastructure.journal.lock import LOCK_FILE
from tests.command_line import move_in, say

SHORT = ("run", "--headless", "--speed", "max", "--duration", "1s", "--data-dir", "data")


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Every test has a home of its own."""
    move_in(monkeypatch, tmp_path)
    return tmp_path


def test_a_second_run_in_one_folder_ends_with_three(capsys: pytest.CaptureFixture[str], home: Path) -> None:
    """The first engine is named by its process, and when it is gone, even killed, the folder is free."""
    first = subprocess.Popen(
        [sys.executable, "-m", "hean_tui", "run", "--headless", "--no-supervisor", "--data-dir", str(home / "data")],
        env={**os.environ, "HOME": str(home)},
        cwd=Path(__file__).parents[1],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        file = home / "data" / "paper-sim" / LOCK_FILE
        while not file.exists() or not file.read_bytes():
            time.sleep(0.02)
        answer = say(capsys, *SHORT)
        assert answer.code == 3
        assert len(answer.sentences) == 1
        assert f"process {first.pid}" in answer.err
    finally:
        first.send_signal(signal.SIGKILL)
        first.wait()
    assert say(capsys, *SHORT).code == 0


def test_one_run_after_the_other_is_no_second_run(capsys: pytest.CaptureFixture[str]) -> None:
    """What the first one left in the folder does not stop the next."""
    assert say(capsys, *SHORT).code == 0
    assert say(capsys, *SHORT).code == 0


def test_a_fresh_folder_is_locked_by_nobody(capsys: pytest.CaptureFixture[str], home: Path) -> None:
    """At full speed without a folder each run has its own, beside an engine that runs in the usual one."""
    folder = home / ".local" / "share" / "hean-tui" / "paper-sim"
    folder.mkdir(parents=True, mode=0o700)
    with locked(folder):
        assert say(capsys, *SHORT[:-2]).code == 0


def test_an_engine_waits_for_a_kill_that_is_done_in_moments(capsys: pytest.CaptureFixture[str], home: Path) -> None:
    """What a supervisor starts while a kill has the books comes up afterwards, and does not give up."""
    assert say(capsys, *SHORT).code == 0
    with open_recovered(home / "data" / "paper-sim"):
        started = subprocess.Popen(
            [sys.executable, "-m", "hean_tui", *SHORT],
            env={**os.environ, "HOME": str(home), "PYTHONPATH": str(Path(__file__).parents[1])},
            cwd=home,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
        )
        with pytest.raises(subprocess.TimeoutExpired):
            started.wait(1.5)
    _, err = started.communicate(timeout=20)
    assert (started.returncode, "already" in err) == (0, False), err


@pytest.mark.parametrize("content", ["", "not json", "[]", '{"pid": "x"}'])
def test_a_holder_that_says_nothing_sensible_is_refused_all_the_same(tmp_path: Path, content: str) -> None:
    """The lock decides, not what stands in its file."""
    with locked(tmp_path):
        (tmp_path / LOCK_FILE).write_text(content)
        with pytest.raises(EngineRunsAlready, match="already"), locked(tmp_path):
            pass


def test_a_link_in_the_place_of_the_lock_is_not_followed(tmp_path: Path) -> None:
    """Somebody else's file is neither opened nor emptied."""
    other = tmp_path / "other"
    other.write_text("precious")
    (tmp_path / LOCK_FILE).symlink_to(other)
    with pytest.raises(WrongConfiguration, match=r"engine\.lock"), locked(tmp_path):
        pass
    assert other.read_text() == "precious"
