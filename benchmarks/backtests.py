"""How much history goes through the whole engine in a second: `hean-tui backtest` on parquet files, as anybody runs it.

Venue, ledger, gate with default stops, recorder and the reading of the file are in the time; starting Python is not.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryDirectory, TemporaryFile
from typing import Any, Final, NamedTuple

from benchmarks.figures import Figure, median
from benchmarks.terminal import ROOT

FEW, MANY = (200, 800), (10, 30)
_COMMAND: Final = (sys.executable, "-m", "hean_tui", "backtest", "--json", "--capital", "1000000")
_MAKE_FILE: Final = "from benchmarks.dataset import {kind}; print({kind}(rows={rows}))"
_STRATEGY: Final = ("--strategy", "ema_cross", "--symbol", "BTC/USDT:USDT", "--set", "quantity=0.01")


class Backtest(NamedTuple):
    """One run of the command: what its JSON says, and the most memory it had at any time."""

    rows: int
    orders: int
    wall_s: float
    peak_mib: float


def measure(*, quick: bool) -> list[Figure]:
    """Trades and bars, with few orders and with many."""
    ticks, bars, runs = (20_000, 20_000, 1) if quick else (1_000_000, 500_000, 5)
    return [
        _speed("trades", history("ticks_file", ticks), FEW, runs),
        _speed("trades", history("ticks_file", ticks), MANY, runs),
        _speed("bars", history("bars_file", bars), FEW, runs),
        _speed("bars", history("bars_file", bars), MANY, runs),
    ]


def history(kind: str, rows: int) -> Path:
    """A file of the benchmarks' data set, made by another process if it has to be.

    The peak of a process's memory counts from before it became another program, so this one has to stay small.
    """
    command = [sys.executable, "-c", _MAKE_FILE.format(kind=kind, rows=rows)]
    done = subprocess.run(command, cwd=ROOT, check=True, stdout=subprocess.PIPE, text=True)
    return Path(done.stdout.strip())


def run_backtest(option: str, file: Path, periods: tuple[int, int]) -> Backtest:
    """Play a file in a process of its own."""
    words = [*_COMMAND, *_STRATEGY, f"--{option}", str(file), "--set", f"fast={periods[0]}", "--set"]
    words += [f"slow={periods[1]}", "--set", f"on={'tick' if option == 'trades' else 'bar'}"]
    with TemporaryDirectory() as folder, TemporaryFile() as answer:
        # Started by hand: the one call that waits for a child and says what it used is wait4.
        program = subprocess.Popen(words, cwd=ROOT, stdout=answer, env={**os.environ, "HEAN_DATA_DIR": folder})
        _, status, usage = os.wait4(program.pid, 0)
        program.returncode = os.waitstatus_to_exitcode(status)
        if program.returncode:
            raise subprocess.CalledProcessError(program.returncode, words)
        answer.seek(0)
        told: dict[str, Any] = json.load(answer)
    unit = 1 << 20 if sys.platform == "darwin" else 1 << 10
    return Backtest(told["ticks"] or told["bars"], told["orders"], told["wall_s"], usage.ru_maxrss / unit)


def _speed(option: str, file: Path, periods: tuple[int, int], runs: int) -> Figure:
    played = [run_backtest(option, file, periods) for _ in range(runs)]
    per_s = median([one.rows / one.wall_s for one in played])
    note = f"{played[0].rows:,} rows, {played[0].orders:,} orders"
    return Figure(f"{option}, EMA {periods[0]}/{periods[1]}", per_s, f"{option}/s", note=note)
