"""`config init` at a terminal: a few questions, each with an answer ready."""

import os
import pty
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[1]


def answer_all(typed: str, home: Path) -> tuple[int, str]:
    """Run the guided start on a terminal of its own, with everything typed ahead; the exit code and what was shown."""
    ours, theirs = pty.openpty()
    os.write(ours, typed.encode())
    ended = subprocess.run(
        [sys.executable, "-m", "hean_tui", "config", "init"],
        cwd=ROOT,
        env={"HOME": str(home)},
        stdin=theirs,
        stdout=theirs,
        stderr=theirs,
        timeout=30,
        check=False,
    )
    shown = os.read(ours, 65_536).decode()
    os.close(ours)
    os.close(theirs)
    return ended.returncode, shown


def test_enter_takes_every_default(tmp_path: Path) -> None:
    """The questions are put, and whoever only presses Enter has a file that changes nothing."""
    code, shown = answer_all("\n" * 5, tmp_path)
    assert code == 0
    assert shown.count("?") == 5
    assert "[5%]" in shown
    text = (tmp_path / ".config/hean-tui/config.toml").read_text(encoding="utf-8")
    assert "capital = 10000\n" in text
    assert "daily_drawdown_limit = 0.05\n" in text


def test_answers_are_written_and_impossible_ones_asked_again(tmp_path: Path) -> None:
    """A mistake costs a sentence, not the start."""
    code, shown = answer_all("2500\n-1\n2\n5\n3%\n\nwashi\n", tmp_path)
    assert code == 0
    assert shown.count("That cannot be") == 2
    text = (tmp_path / ".config/hean-tui/config.toml").read_text(encoding="utf-8")
    for line in ("capital = 2500", "max_leverage = 2", "daily_drawdown_limit = 0.03", 'theme = "washi"'):
        assert f"\n{line}\n" in text
