"""The real program on a pseudo-terminal of its own, as the job of a shell would be: read, stalled, or hung up."""

import contextlib
import fcntl
import json
import os
import select
import subprocess
import sys
import termios
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
# A session leader with this terminal, as a shell is; the program is its job and gets what a shell's job gets.
_AS_A_JOB = "import fcntl, os, sys, termios; fcntl.ioctl(0, termios.TIOCSCTTY, 0); os.execv(sys.argv[1], sys.argv[1:])"


class ProgramOnTerminal:
    """One start of hean-tui; leaves nothing behind."""

    def __init__(self, home: Path, *words: str, supervised: bool = False, **environment: str) -> None:
        """Start `hean-tui run` with these words after it."""
        self.status_path = home / "status.json"
        self.master, slave = os.openpty()
        fcntl.ioctl(slave, termios.TIOCSWINSZ, b"\x28\x00\x78\x00\x00\x00\x00\x00")
        usual = ["--data-dir", str(home / "data"), "--status-file", str(self.status_path)]
        program = [sys.executable, "-m", "hean_tui", "run", *usual, *words]
        outside = {name: value for name, value in os.environ.items() if not name.startswith("HEAN")}
        ours = {"HOME": str(home), "TERM": "xterm-256color", "PYTHONPATH": str(ROOT)}
        ours["HEAN_SUPERVISOR"] = "on" if supervised else "off"
        self.process = subprocess.Popen(
            [sys.executable, "-c", _AS_A_JOB, *program],
            stdin=slave,
            stdout=slave,
            stderr=slave,
            start_new_session=True,
            cwd=ROOT,
            env={**outside, **ours, **environment},
        )
        os.close(slave)
        self.written = b""

    def __enter__(self) -> "ProgramOnTerminal":
        return self

    def __exit__(self, *_: object) -> None:
        for pid in (*self.children(), self.process.pid):
            with contextlib.suppress(OSError):
                os.kill(pid, 9)
        self.process.wait(5)
        self.hang_up()

    # --- the terminal

    def read(self, seconds: float) -> None:
        """Take what is drawn for a while."""
        ends = time.monotonic() + seconds
        while (left := ends - time.monotonic()) > 0 and self.master >= 0:
            if select.select([self.master], [], [], left)[0]:
                try:
                    self.written += os.read(self.master, 65_536)
                except OSError:  # nobody holds the other end any more
                    return

    def press(self, keys: bytes) -> None:
        """Type something."""
        os.write(self.master, keys)

    def hang_up(self) -> None:
        """Close the terminal, as a killed tmux session does."""
        if self.master >= 0:
            os.close(self.master)
            self.master = -1

    # --- the program

    def until(self, holds: Callable[[], bool], seconds: float = 25.0, *, reading: bool = True) -> bool:
        """Wait until something holds, drawing meanwhile or not."""
        ends = time.monotonic() + seconds
        while time.monotonic() < ends:
            if holds():
                return True
            self.read(0.05) if reading else time.sleep(0.05)
        return holds()

    def until_it_runs(self) -> None:
        """The engine beats."""
        assert self.until(lambda: self.status().get("beats", 0) > 5), self.written[-500:]

    def status(self) -> dict[str, Any]:
        """What its status file says, or nothing yet."""
        try:
            told: dict[str, Any] = json.loads(self.status_path.read_text())
        except (OSError, ValueError):
            return {}
        return told

    def ends_within(self, seconds: float, *, reading: bool = True) -> int:
        """Its exit code."""
        began = time.monotonic()
        assert self.until(lambda: self.process.poll() is not None, seconds, reading=reading), "it did not end"
        assert time.monotonic() - began < seconds
        return self.process.wait(1)

    def children(self) -> list[int]:
        """The processes it started."""
        return children_of(self.process.pid)


def children_of(pid: int) -> list[int]:
    """The processes that a process started and that still are."""
    try:
        return [int(word) for word in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]
    except OSError:
        return []


def cpu_s(pid: int) -> float:
    """The processor time that a process has used."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
