"""How many simulated days go by in a second: the whole paper run without a screen, as fast as it can."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from tempfile import TemporaryDirectory
from typing import Any, Final

from benchmarks.figures import Figure, now_ns
from benchmarks.terminal import ROOT

DAYS: Final = 30
_HOURS_IN_QUICK: Final = 6


def measure(*, quick: bool) -> list[Figure]:
    """One long run from the command line, starting and warming up included."""
    duration = f"{_HOURS_IN_QUICK}h" if quick else f"{DAYS}d"
    days = _HOURS_IN_QUICK / 24 if quick else DAYS
    command = [sys.executable, "-m", "hean_tui", "run", "--headless", "--feed", "sim", "--seed", "7"]
    command += ["--duration", duration, "--speed", "max", "--json"]
    with TemporaryDirectory() as folder:
        began = now_ns()
        done = subprocess.run(
            command, cwd=ROOT, check=True, capture_output=True, text=True, env={**os.environ, "HEAN_DATA_DIR": folder}
        )
        wall_s = (now_ns() - began) / 1e9
    told: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    counts = told["counts"]
    note = f"{duration} in {wall_s:.1f} s, {counts['orders']:,} orders, state hash {told['state_hash'][:12]}"
    return [
        Figure("simulated days in a second", days / wall_s, "days/s", note=note),
        Figure("events in a second", counts["events"] / wall_s, "events/s", note=f"{counts['events']:,} events"),
    ]
