"""Whether a row costs the same when there are sixteen times as many, and whether memory stays what it was."""

from __future__ import annotations

from typing import Final

from benchmarks.backtests import FEW, Backtest, history, run_backtest
from benchmarks.figures import Figure, median

TIMES: Final = 16
COST_LIMIT: Final = 1.15
MEMORY_LIMIT: Final = 1.15


def measure(*, quick: bool) -> list[Figure]:
    """Small and large files in turn, read as a stream from parquet."""
    rows, runs = (10_000, 1) if quick else (250_000, 5)
    small_file, large_file = history("ticks_file", rows), history("ticks_file", rows * TIMES)
    small: list[Backtest] = []
    large: list[Backtest] = []
    for _ in range(runs):
        small.append(run_backtest("trades", small_file, FEW))
        large.append(run_backtest("trades", large_file, FEW))
    cost = [one.wall_s / one.rows * 1e9 for one in small]
    cost_of_many = [one.wall_s / one.rows * 1e9 for one in large]
    peak = median([one.peak_mib for one in small])
    peak_of_many = median([one.peak_mib for one in large])
    return [
        Figure(f"a row of {rows:,}", median(cost), "ns", note=f"{small[0].orders:,} orders"),
        Figure(f"a row of {rows * TIMES:,}", median(cost_of_many), "ns", note=f"{large[0].orders:,} orders"),
        Figure(f"a row of {TIMES} times as many over a row", median(cost_of_many) / median(cost), "×", COST_LIMIT),
        Figure(f"most memory with {rows:,} rows", peak, "MiB"),
        Figure(f"most memory with {rows * TIMES:,} rows", peak_of_many, "MiB"),
        Figure(f"memory with {TIMES} times as many over memory", peak_of_many / peak, "×", MEMORY_LIMIT),
    ]
