"""How late the engine gets to what is due, in real time: with the garden repainting beside it, and without a screen."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

from benchmarks.figures import Figure, median
from benchmarks.lateness_run import SEED, SETTLES_S, WARM_UP_NS
from benchmarks.terminal import FRAME_END, ROOT, Terminal
from engine.clock import SECOND_NS
from engine.events import Tick
from engine.simulation.world import World
from hean_tui.times import START_NS

TICKS_PER_S: Final = 1_000
LIMIT_MS: Final = 5.0
RUNS: Final = 5
RUN_S: Final = 10.0
_STARTS_AND_ENDS_WITHIN_S: Final = 60.0

Told = dict[str, float]


def measure(*, quick: bool) -> list[Figure]:
    """Runs of both kinds in turn; the median of each figure."""
    runs, seconds = (1, 2.0) if quick else (RUNS, RUN_S)
    activity = activity_of(seconds, TICKS_PER_S)
    beside: list[Told] = []
    alone: list[Told] = []
    with TemporaryDirectory() as folder:
        for _ in range(runs):
            beside.append(_run(Path(folder) / "told.json", seconds, activity, screen=True))
            alone.append(_run(Path(folder) / "told.json", seconds, activity, screen=False))
    return [*_figures("beside the garden", beside, LIMIT_MS), *_figures("without a screen", alone, None)]


def _figures(kind: str, runs: list[Told], limit_ms: float | None) -> list[Figure]:
    def middle(name: str) -> float:
        return median([run[name] for run in runs])

    frames = f", {middle('frames_per_s'):.1f} frames/s" if "frames_per_s" in runs[0] else ""
    note = f"{middle('ticks_per_s'):,.0f} ticks/s{frames}, median of {len(runs)}"
    return [
        Figure(f"{kind}: p50", middle("p50_ms"), "ms", note=note),
        Figure(f"{kind}: p99", middle("p99_ms"), "ms", limit_ms),
        Figure(f"{kind}: p99.9", middle("p999_ms"), "ms"),
        Figure(f"{kind}: the worst", middle("max_ms"), "ms"),
        Figure(f"{kind}: of one core", 100 * middle("cpu_share"), "%"),
    ]


def _run(output: Path, seconds: float, activity: float, *, screen: bool) -> Told:
    command = [sys.executable, "-m", "benchmarks.lateness_run", "--seconds", str(seconds), "--output", str(output)]
    command += ["--activity", str(activity)]
    within_s = seconds + _STARTS_AND_ENDS_WITHIN_S
    if not screen:
        subprocess.run(command, cwd=ROOT, check=True, timeout=within_s)
        told: Told = json.loads(output.read_text(encoding="utf-8"))
        return told
    with Terminal([*command, "--screen"], {}) as terminal:
        terminal.read_to_the_end(within_s)
    told = json.loads(output.read_text(encoding="utf-8"))
    told["frames_per_s"] = terminal.written.count(FRAME_END) / (seconds + SETTLES_S)
    return told


def activity_of(seconds: float, ticks_per_s: float) -> float:
    """How busy the market has to be for so many trades a second in the stretch that will be watched."""
    activity = 300.0
    begin_ns = START_NS + int(SETTLES_S * SECOND_NS)
    end_ns = begin_ns + int(seconds * SECOND_NS)
    for _ in range(2):  # another pace is another draw, so the second look is at the market of the first answer
        trades = 0
        for event in World(SEED, START_NS - WARM_UP_NS, activity=activity).events():
            if event.ts > end_ns:
                break
            trades += type(event) is Tick and event.ts >= begin_ns
        activity *= ticks_per_s * seconds / trades
    return activity
