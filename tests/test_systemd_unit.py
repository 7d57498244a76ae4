"""The unit file says what the design says, and the machine's own checker finds nothing wrong with it."""

import shutil
import subprocess
import sys
from configparser import ConfigParser
from pathlib import Path

import pytest

from hean_tui.exit_codes import ExitCode

UNIT = Path(__file__).resolve().parents[1] / "infrastructure" / "deploy" / "hean-tui.service"


def unit() -> ConfigParser:
    """The file, as sections of keys."""
    read = ConfigParser(strict=True, interpolation=None)
    read.optionxform = str  # type: ignore[method-assign,assignment]  # keys are told apart by case
    read.read_string(UNIT.read_text(encoding="utf-8"))
    return read


def test_the_numbers_are_those_of_the_supervisor() -> None:
    """A beat within ten seconds, three restarts within five minutes, and no limit that the end could run into."""
    read = unit()
    service = read["Service"]
    assert (service["Type"], service["Restart"]) == ("notify", "on-failure")
    assert (service["WatchdogSec"], service["RestartSec"]) == ("10", "5")
    assert (read["Unit"]["StartLimitBurst"], read["Unit"]["StartLimitIntervalSec"]) == ("3", "300")
    assert int(service["TimeoutStopSec"]) > 10


def test_codes_that_another_start_would_not_change_are_final() -> None:
    """All that people and scripts are told by a code, except an error, a crash and a time-out."""
    final = {int(code) for code in unit()["Service"]["RestartPreventExitStatus"].split()}
    may_pass = {ExitCode.DONE, ExitCode.ERROR, ExitCode.TIMED_OUT, ExitCode.INTERRUPTED, ExitCode.TERMINATED}
    assert final == {int(code) for code in ExitCode} - {int(code) for code in may_pass}


@pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="no systemd here")
def test_systemd_finds_nothing_wrong_with_it(tmp_path: Path) -> None:
    """Every option is known and every value is one, for a program that is there."""
    text = UNIT.read_text(encoding="utf-8").replace("/opt/hean-tui/.venv/bin/hean-tui", sys.executable)
    copy = tmp_path / "hean-tui.service"
    copy.write_text(text.replace("User=hean-tui\nGroup=hean-tui\n", ""))
    checked = subprocess.run(
        ["systemd-analyze", "verify", str(copy)], capture_output=True, text=True, timeout=30, check=False
    )
    complaints = [line for line in checked.stderr.splitlines() if "hean-tui.service" in line]
    assert (checked.returncode, complaints) == (0, []), checked.stderr
