"""What a frame of the garden costs: 120 columns, 40 rows, four frames a second, every one with new prices in it."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

from benchmarks.figures import Figure, median
from benchmarks.terminal import COLUMNS, FRAME_END, ROWS, Terminal

RUNS: Final = 3
RUN_S: Final = 10.0
_STARTS_AND_ENDS_WITHIN_S: Final = 60.0


def measure(*, quick: bool) -> list[Figure]:
    """The processor time of the whole process, by frame and as a share of one core."""
    runs, seconds = (1, 2.0) if quick else (RUNS, RUN_S)
    told = [_run(seconds) for _ in range(runs)]
    frame_ms = median([1e3 * one["cpu_s"] / one["draws"] for one in told])
    share = median([100 * one["cpu_s"] / one["wall_s"] for one in told])
    per_s = median([one["draws"] / one["wall_s"] for one in told])
    per_frame = median([one["bytes"] / one["frames"] for one in told])
    return [
        Figure("processor time of a frame", frame_ms, "ms", note=f"{COLUMNS}x{ROWS}, {per_s:.1f} frames/s"),
        Figure("of one core", share, "%"),
        Figure("written to the terminal by a frame", per_frame, "bytes"),
    ]


def _run(seconds: float) -> dict[str, float]:
    with TemporaryDirectory() as folder:
        output = Path(folder) / "told.json"
        command = [sys.executable, "-m", "benchmarks.screen_run", "--seconds", str(seconds), "--output", str(output)]
        with Terminal(command, {}) as terminal:
            terminal.read_until(lambda written: FRAME_END in written, _STARTS_AND_ENDS_WITHIN_S)
            first = len(terminal.written)
            terminal.read_to_the_end(seconds + _STARTS_AND_ENDS_WITHIN_S)
        told: dict[str, float] = json.loads(output.read_text(encoding="utf-8"))
    told["bytes"] = len(terminal.written) - first
    told["frames"] = terminal.written.count(FRAME_END)
    return told
