"""An environment for each peer, made once and kept under `.peers/`, so that no two have to agree on a dependency."""

from __future__ import annotations

import platform
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Final

from benchmarks.peers.entries import Entry

ROOT: Final = Path(__file__).resolve().parents[2]
CACHE: Final = ROOT / ".peers"


class PeerUnavailable(Exception):
    """A peer could not be installed or did not come to its end."""


def interpreter(entry: Entry, *, fresh: bool = False) -> Path:
    """The Python that runs this entry; the first time its environment is made."""
    if entry.environment is None:
        return Path(sys.executable)
    folder = CACHE / "venv" / entry.environment
    python = folder / "bin" / "python"
    stamp = folder / "ready"
    wanted = f"{platform.python_version()} {' '.join(entry.requirements)}\n"
    if fresh or not stamp.exists() or stamp.read_text() != wanted:
        print(f"installing {entry.environment} …", flush=True)
        shutil.rmtree(folder, ignore_errors=True)
        _run(entry, [sys.executable, "-m", "venv", str(folder)])
        quiet = ["--quiet", "--disable-pip-version-check"]
        _run(entry, [str(python), "-m", "pip", "install", *quiet, *entry.requirements])
        stamp.write_text(wanted)
    return python


def _run(entry: Entry, command: list[str]) -> None:
    done = subprocess.run(command, check=False, capture_output=True, text=True)
    if done.returncode:
        raise PeerUnavailable(
            f"{entry.name} could not be installed: {kept(entry, done)} says why; "
            "check that the package index is reachable, then run this again."
        )


def kept(entry: Entry, done: subprocess.CompletedProcess[str]) -> Path:
    """Where the output of a failed program was written down, for the curious."""
    log = CACHE / "logs" / f"{entry.module.rpartition('.')[2]}.txt"
    log.parent.mkdir(parents=True, exist_ok=True)
    log.write_text(f"{done.stdout}\n{done.stderr}")
    return log.relative_to(ROOT)
