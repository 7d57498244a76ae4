"""Terminals on which nothing can be drawn: one sentence with the way out instead of a ruined picture."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]


@pytest.mark.parametrize(
    ("environment", "told"),
    [
        ({"TERM": "dumb"}, "TERM=dumb; run --headless"),
        ({"TERM": "xterm-256color", "PYTHONIOENCODING": "iso-8859-1"}, "are iso8859-1; set LC_ALL=C.UTF-8"),
    ],
)
def test_a_terminal_that_cannot_show_the_garden_is_told_so(
    tmp_path: Path, environment: dict[str, str], told: str
) -> None:
    """On a real pseudo-terminal: the exit code is 2, and nothing but the sentence is written."""
    master, slave = os.openpty()
    process = subprocess.Popen(
        [sys.executable, "-m", "hean_tui", "run", "--data-dir", str(tmp_path / "data")],
        stdin=slave,
        stdout=slave,
        stderr=slave,
        cwd=ROOT,
        env={**os.environ, "HOME": str(tmp_path), **environment},
    )
    os.close(slave)
    code = process.wait(timeout=20)
    seen = os.read(master, 65_536).decode("utf-8")
    os.close(master)
    assert code == 2
    assert told in seen
    assert len(seen.splitlines()) == 1
