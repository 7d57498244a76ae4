"""A disk without room: one sentence each for the log, the status file and the output, and never a traceback."""

import json
import logging
import os
import subprocess
import sys
from pathlib import Path

import pytest

from hean_tui.logs import logging_to
from hean_tui.settings.model import LogSettings
from tests.command_line import move_in, say

FULL = Path("/dev/full")
RUN = ("run", "--headless", "--speed", "max", "--duration", "1m")
needs_full = pytest.mark.skipif(not FULL.exists(), reason="this system has no /dev/full")


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Every test has a home of its own."""
    move_in(monkeypatch, tmp_path)
    return tmp_path


@needs_full
@pytest.mark.parametrize("words", [RUN, (*RUN, "--json"), ("config", "show"), ("--help",)])
def test_output_to_a_full_device_ends_with_one_sentence(home: Path, words: tuple[str, ...]) -> None:
    """The exit code is 1, and the interpreter does not complain when it ends."""
    with FULL.open("w") as full:
        done = subprocess.run(
            [sys.executable, "-m", "hean_tui", *words],
            env={**os.environ, "HOME": str(home)},
            cwd=Path(__file__).parents[1],
            stdout=full,
            stderr=subprocess.PIPE,
            text=True,
            timeout=50,
            check=False,
        )
    assert done.returncode == 1
    assert done.stderr.splitlines()[-1] == "No space left on the device that was written to; make room there."
    assert "Traceback" not in done.stderr
    assert "Exception ignored" not in done.stderr


@needs_full
def test_a_log_that_cannot_be_written_is_told_once(capsys: pytest.CaptureFixture[str]) -> None:
    """Whatever happens afterwards, there is one sentence, and what was to be done is done."""
    with logging_to(FULL, LogSettings()):
        for number in range(3):
            logging.getLogger("hean_tui").warning("number %d", number)
    captured = capsys.readouterr()
    assert captured.err.splitlines() == [
        'The log file "/dev/full" cannot be written (No space left on device); the run goes on without it.'
    ]


@pytest.mark.parametrize("place", ["/dev/null", "pipe"])
def test_a_status_file_that_must_not_be_replaced_is_refused(
    capsys: pytest.CaptureFixture[str], home: Path, place: str
) -> None:
    """A device or a pipe would be gone afterwards."""
    if place == "pipe":
        os.mkfifo(home / place)
    answer = say(capsys, *RUN, "--status-file", place)
    assert answer.code == 4
    assert answer.sentences == [f'"{place}" of --status-file is no plain file; name one that may be replaced.']


def test_a_status_file_that_cannot_be_written_is_told_once(capsys: pytest.CaptureFixture[str], home: Path) -> None:
    """The run goes to its end all the same."""
    (home / "status.json.partial").mkdir()
    answer = say(capsys, *RUN, "--status-file", "status.json", "--json")
    assert answer.code == 0
    assert json.loads(answer.out)["engine"]["state"] == "running"
    assert [line for line in answer.sentences if "status" in line] == [
        'The status file "status.json" cannot be written (Is a directory); the run goes on.'
    ]
