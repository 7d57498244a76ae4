"""The real program in a process of its own: started over a folder, looked at through its status file, killed."""

import json
import signal
import subprocess
import sys
import time
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

from tests.crash_checks import Told
from tests.engine_process import ROOT, quiet_environment

_SETTLED = ("done", "doubtful", "refused")
# The same program with snapshots after few rows, which it otherwise keeps only after tens of thousands.
_WITH_SNAPSHOTS = (
    "import sys; from hean_tui import going_on; going_on.ROWS_AT_A_START = 20; "
    "from hean_tui.entry import main; sys.exit(main())"
)


class Program:
    """One start."""

    def __init__(self, root: Path, words: Sequence[str], *, fault: str = "", keeps_snapshots: bool = False) -> None:
        self.root = root
        self.folder = root / "paper-sim"
        self._status = root / "status.json"
        self._status.unlink(missing_ok=True)
        self._said = root / "said.txt"
        environment = dict(quiet_environment(root))
        if fault:
            environment |= {"HEAN_TEST": "1", "HEAN_FAULTPOINT": fault}
        program = ("-c", _WITH_SNAPSHOTS) if keeps_snapshots else ("-m", "hean_tui")
        fixed = ("--headless", "--no-supervisor", "--duration", "1000h", "--status-file", str(self._status))
        with self._said.open("w") as said:
            self.began_s = time.monotonic()
            self._process = subprocess.Popen(
                [sys.executable, *program, "--data-dir", str(root), "run", *fixed, *words],
                env=environment,
                cwd=ROOT,
                stdin=subprocess.DEVNULL,
                stdout=said,
                stderr=subprocess.STDOUT,
            )

    @property
    def age_s(self) -> float:
        """Since it was started, by the clock on the wall."""
        return time.monotonic() - self.began_s

    @property
    def code(self) -> int | None:
        """How it has ended, if it has."""
        return self._process.poll()

    @property
    def said(self) -> str:
        """What it said, on one line."""
        return " | ".join(self._said.read_text(errors="replace").splitlines()[-6:])

    def status(self) -> dict[str, Any] | None:
        """Its newest picture; None before there is one."""
        with suppress(FileNotFoundError):
            status: dict[str, Any] = json.loads(self._status.read_text())
            return status if status["pid"] == self._process.pid else None
        return None

    def told(self) -> Told | None:
        """The newest row that it called durable."""
        status = self.status()
        head = None if status is None else status["journal_head"]
        return None if head is None else Told(head["seq"], head["hash"])

    def kill(self) -> None:
        """As a power switch would, but for this process alone."""
        self._process.kill()
        self._process.wait()

    def ask_to_end(self) -> None:
        """The kind way."""
        self._process.send_signal(signal.SIGTERM)

    def wait(self, seconds: float) -> bool:
        """Whether it has ended within this time."""
        try:
            self._process.wait(seconds)
        except subprocess.TimeoutExpired:
            return False
        return True


def is_started(status: dict[str, Any] | None) -> bool:
    """Whether all steps of a start are done, or there were none because nothing was there before."""
    if status is None or status["engine"]["state"] == "starting":
        return False
    return all(step["state"] in _SETTLED for step in status.get("start", ()))


def command(root: Path, *words: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """Another command over the same folder, to its end."""
    return subprocess.run(
        [sys.executable, "-m", "hean_tui", "--data-dir", str(root), *words],
        env={**quiet_environment(root), "HEAN_SUPERVISOR": "off", **environment},
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
