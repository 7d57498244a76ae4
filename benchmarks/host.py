"""The engine in its process: how late it is behind a garden, and what a terminal that stalls or goes does to it."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final

from benchmarks.figures import Figure, median
from benchmarks.host_run import SETTLES_S, STATUS, TOLD
from benchmarks.lateness import activity_of
from benchmarks.terminal import FRAME_END, ROOT, Terminal

TICKS_PER_S: Final = 2_000
P99_MS: Final = 5.0
P999_MS: Final = 12.0
GAP_MS: Final = 50.0
DEAD_SCREEN_PERCENT: Final = 5.0
ENDS_WITHIN_S: Final = 10.0
RUNS: Final = 5
_STARTS_WITHIN_S: Final = 60.0
_TYPES_EVERY_S: Final = 0.25

Told = dict[str, float]


def measure(*, quick: bool) -> list[Figure]:
    """Runs with and without a screen in turn, the median of each figure; then one terminal that stalls and goes."""
    runs, seconds, stalled_s = (1, 3.0, 3.0) if quick else (RUNS, 10.0, 60.0)
    activity = activity_of(seconds + SETTLES_S, TICKS_PER_S)
    beside: list[Told] = []
    alone: list[Told] = []
    for _ in range(runs):
        beside.append(_watched(seconds, activity, screen=True))
        alone.append(_watched(seconds, activity, screen=False))
    return [
        *_figures("beside the garden", beside, has_limits=True),
        *_figures("without a screen", alone, has_limits=False),
        *_terminal(activity, stalled_s),
    ]


class LostTerminal(Terminal):
    """A terminal that can stop being read, and be closed while the program on it goes on."""

    @property
    def pid(self) -> int:
        """The program's process."""
        return self._program.pid

    def type(self, keys: bytes) -> None:
        """Press keys."""
        os.write(self._ours, keys)

    def leave_unread(self, seconds: float) -> None:
        """Ask for frames again and again and take none."""
        ends = time.monotonic() + seconds
        while time.monotonic() < ends:
            with contextlib.suppress(OSError):
                self.type(b"\t")
            time.sleep(_TYPES_EVERY_S)

    def hang_up(self) -> None:
        """Close it, as a killed session does; something else takes its number, so that it can be closed again."""
        nothing = os.open(os.devnull, os.O_RDONLY)
        os.dup2(nothing, self._ours)
        os.close(nothing)

    def end(self, within_s: float) -> float:
        """Ask the program to end; how long that took, in seconds."""
        began = time.monotonic()
        self._program.send_signal(signal.SIGTERM)
        self._program.wait(within_s)
        return time.monotonic() - began


def _watched(seconds: float, activity: float, *, screen: bool) -> Told:
    with TemporaryDirectory() as name:
        folder = Path(name)
        command = _command(folder, seconds, activity, screen=screen)
        there = (folder / TOLD).exists
        if screen:
            with LostTerminal(command, _ALONE) as terminal:
                terminal.read_until(lambda written: FRAME_END in written, _STARTS_WITHIN_S)
                terminal.type(b"\t")  # a pane with the focus is drawn four times a second
                frames = len(terminal.written)
                began = time.monotonic()
                terminal.read_until(lambda _: there(), seconds + _STARTS_WITHIN_S)
                per_s = terminal.written.count(FRAME_END, frames) / (time.monotonic() - began)
                terminal.end(ENDS_WITHIN_S)
            return {**_read(folder / TOLD), "frames_per_s": per_s}
        with subprocess.Popen(command, cwd=ROOT, env={**os.environ, **_ALONE}) as program:
            _wait_until(there, seconds + _STARTS_WITHIN_S)
            program.terminate()
        return _read(folder / TOLD)


def _terminal(activity: float, stalled_s: float) -> list[Figure]:
    """First nobody reads, then nobody is there, then it is asked to end."""
    with TemporaryDirectory() as name:
        folder = Path(name)
        with LostTerminal(_command(folder, 1.0, activity, screen=True), _ALONE) as terminal:
            terminal.read_until(lambda written: FRAME_END in written, _STARTS_WITHIN_S)
            terminal.read_until(lambda _: (folder / TOLD).exists(), _STARTS_WITHIN_S)
            terminal.leave_unread(stalled_s)
            stalled_ms = _status(folder)["worst_gap_ms"]
            terminal.hang_up()
            time.sleep(2.0)
            used, began = _screen_s(terminal.pid), time.monotonic()
            time.sleep(max(3.0, stalled_s / 6))
            share = (_screen_s(terminal.pid) - used) / (time.monotonic() - began)
            gone = _status(folder)
            took_s = terminal.end(2 * ENDS_WITHIN_S)
    return [
        Figure(f"terminal unread for {stalled_s:g} s: the worst gap", stalled_ms, "ms", GAP_MS),
        Figure("then closed: the worst gap", gone["worst_gap_ms"], "ms", GAP_MS, f"then {gone['engine']['state']}"),
        Figure("the dead screen: of one core", 100 * share, "%", DEAD_SCREEN_PERCENT),
        Figure("asked to end", took_s, "s", ENDS_WITHIN_S),
    ]


_ALONE: Final = {"HEAN_SUPERVISOR": "off"}


def _command(folder: Path, seconds: float, activity: float, *, screen: bool) -> list[str]:
    command = [sys.executable, "-m", "benchmarks.host_run", "--seconds", str(seconds), "--activity", str(activity)]
    return [*command, "--folder", str(folder), *(["--screen"] if screen else [])]


def _figures(kind: str, runs: list[Told], *, has_limits: bool) -> list[Figure]:
    def middle(name: str) -> float:
        return median([run[name] for run in runs])

    frames = f", {middle('frames_per_s'):.1f} frames/s" if "frames_per_s" in runs[0] else ""
    note = f"{middle('ticks_per_s'):,.0f} ticks/s, {middle('orders'):,.0f} orders{frames}, median of {len(runs)}"
    return [
        Figure(f"{kind}: p50", middle("p50_ms"), "ms", note=note),
        Figure(f"{kind}: p99", middle("p99_ms"), "ms", P99_MS if has_limits else None),
        Figure(f"{kind}: p99.9", middle("p999_ms"), "ms", P999_MS if has_limits else None),
        Figure(f"{kind}: the worst", middle("max_ms"), "ms"),
        Figure(f"{kind}: the worst gap", middle("gap_ms"), "ms"),
        Figure(f"{kind}: of one core", 100 * middle("cpu_share"), "%"),
    ]


def _screen_s(pid: int) -> float:
    """The processor time of the main thread, which is the screen's; the threads that it had of its own end with it."""
    fields = Path(f"/proc/{pid}/task/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def _wait_until(holds: Callable[[], bool], within_s: float) -> None:
    ends = time.monotonic() + within_s
    while not holds():
        if time.monotonic() > ends:
            raise TimeoutError(f"it did not tell anything within {within_s:g} s")
        time.sleep(0.1)


def _status(folder: Path) -> dict[str, Any]:
    return dict(json.loads((folder / STATUS).read_text(encoding="utf-8")))


def _read(file: Path) -> Told:
    return dict(json.loads(file.read_text(encoding="utf-8")))
