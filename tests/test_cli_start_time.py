"""The command line answers at once."""

import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).parents[1]


def test_help_is_there_within_four_tenths_of_a_second(tmp_path: Path) -> None:
    """The best of five starts, since the machine may be busy with something else."""
    seconds = []
    for _ in range(5):
        began = time.perf_counter()
        subprocess.run(
            [sys.executable, "-m", "hean_tui", "--help"],
            cwd=ROOT,
            env={"HOME": str(tmp_path)},
            capture_output=True,
            check=True,
        )
        seconds.append(time.perf_counter() - began)
    assert min(seconds) < 0.4


def test_help_needs_nothing_but_the_command_line(tmp_path: Path) -> None:
    """Neither settings nor numbers nor colours are imported to say which commands there are."""
    probe = "import sys; from hean_tui.cli import main; main(['--help']); sys.stderr.write(' '.join(sys.modules))"
    ended = subprocess.run(
        [sys.executable, "-c", probe], cwd=ROOT, env={"HOME": str(tmp_path)}, capture_output=True, text=True, check=True
    )
    assert {"pydantic", "msgspec", "numpy", "rich", "textual", "engine"} & set(ended.stderr.split()) == set()
