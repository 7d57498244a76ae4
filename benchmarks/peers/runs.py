"""Runs every entry on every case, several times in turn, and keeps the middle one."""

from __future__ import annotations

import json
import statistics
import subprocess
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final, NamedTuple

from benchmarks.peers.entries import OURS, PERIODS, Entry
from benchmarks.peers.environments import ROOT, PeerUnavailable, kept
from benchmarks.peers.outcome import ROWS, Case, Dataset

Line = dict[str, Any]
PATIENCE_S: Final = 600.0


class Measured(NamedTuple):
    """One entry's runs on one case, in the order they were made."""

    entry: Entry
    lines: list[Line]

    @property
    def wall_s(self) -> float:
        """The median of the wall times."""
        return float(statistics.median(line["wall_s"] for line in self.lines))

    @property
    def cpu_s(self) -> float:
        """The median of the processor times: the steadier number on a machine with other work to do."""
        return float(statistics.median(line["cpu_s"] for line in self.lines))

    @property
    def rows_per_s(self) -> float:
        """Rows a second, by the wall clock."""
        return float(self.lines[0]["rows"] / self.wall_s)


class Bout(NamedTuple):
    """One case and everybody's runs on it."""

    case: Case
    measured: list[Measured]

    @property
    def same_trades(self) -> bool:
        """Whether all runs of all entries read the same data and decided the same trades."""
        seen = {(line["data_sha256"], line["trades_sha256"]) for one in self.measured for line in one.lines}
        return len(seen) == 1

    def find(self, name: str) -> Measured | None:
        """The runs of the entry of this name."""
        return next((one for one in self.measured if one.entry.name == name), None)

    def speed_of_ours(self, against: Measured, *, by_cpu: bool = False) -> float | None:
        """How many times as fast as that one hean-tui is, by the wall clock or by processor time."""
        ours = self.find(OURS)
        if ours is None or ours is against:
            return None
        return against.cpu_s / ours.cpu_s if by_cpu else against.wall_s / ours.wall_s


def bouts_of(entries: Sequence[Entry], seed: int, rows: int | None) -> list[Bout]:
    """Every case, with nothing measured yet."""
    datasets: tuple[Dataset, ...] = ("ticks", "bars")
    return [
        Bout(
            Case(dataset, fast, slow, ROWS[dataset] if rows is None else rows, seed, ""),
            [Measured(entry, []) for entry in entries if dataset in entry.datasets],
        )
        for dataset in datasets
        for fast, slow in PERIODS
        if any(dataset in entry.datasets for entry in entries)
    ]


def measure(bouts: Sequence[Bout], pythons: dict[Entry, Path], repeats: int) -> list[str]:
    """Fill the bouts, every entry in turn before anyone's next run; answers with what went wrong."""
    failures: list[str] = []
    failed: set[Entry] = set()
    for repeat in range(repeats):
        for bout in bouts:
            for one in bout.measured:
                once = (bout.case.fast, bout.case.slow) in one.entry.once_with
                if one.entry in failed or (once and repeat):
                    continue
                print(f"  run {repeat + 1} of {repeats}: {_title(bout.case)}: {one.entry.name}", flush=True)
                try:
                    one.lines.append(_run(one.entry, bout.case, pythons[one.entry]))
                except PeerUnavailable as failure:
                    failures.append(str(failure))
                    failed.add(one.entry)
    for bout in bouts:
        bout.measured[:] = [one for one in bout.measured if one.lines]
    return failures


def _run(entry: Entry, case: Case, python: Path) -> Line:
    command = [str(python), "-m", entry.module, "--dataset", case.dataset, "--variant", entry.variant]
    command += ["--fast", str(case.fast), "--slow", str(case.slow), "--rows", str(case.rows), "--seed", str(case.seed)]
    try:
        done = subprocess.run(command, cwd=ROOT, check=False, capture_output=True, text=True, timeout=PATIENCE_S)
    except subprocess.TimeoutExpired as late:
        raise PeerUnavailable(f"{entry.name} was stopped after {PATIENCE_S:.0f} s on {_title(case)}.") from late
    lines = done.stdout.strip().splitlines()
    if done.returncode or not lines:
        raise PeerUnavailable(f"{entry.name} failed on {_title(case)}: {kept(entry, done)} says why.")
    line: Line = json.loads(lines[-1])
    return line


def _title(case: Case) -> str:
    return f"{case.dataset}, {case.fast}/{case.slow}"
