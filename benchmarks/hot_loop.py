"""`python -m benchmarks.hot_loop`: which functions the ticks of a backtest spend their time in.

The profiler makes every call dearer, so its shares say where the time goes and not how much there is. For that, and for
profilers that look from outside, `--plain` runs the same loop by itself.
"""

from __future__ import annotations

import argparse
import cProfile
from pathlib import Path
from types import CodeType

from benchmarks.dataset import SEED, TICK_ROWS
from benchmarks.figures import now_ns
from benchmarks.peers.hean import Run
from benchmarks.peers.outcome import Case
from engine.host import system

ROOT = Path(__file__).resolve().parents[1]


def main() -> None:
    """Print the table, or only the speed."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.hot_loop", description=__doc__)
    parser.add_argument("--fast", type=int, default=200)
    parser.add_argument("--slow", type=int, default=800)
    parser.add_argument("--rows", type=int, default=TICK_ROWS)
    parser.add_argument("--lines", type=int, default=12)
    parser.add_argument("--plain", type=int, metavar="TIMES", help="no profiler: so many times the loop alone")
    given = parser.parse_args()
    case = Case("ticks", given.fast, given.slow, given.rows, SEED, "")
    if given.plain is None:
        profiler = cProfile.Profile()
        profiler.runcall(Run(case).play)
        print("\n".join(table(profiler, given.lines)))
    for _ in range(given.plain or 0):
        print(_plain(case))


def table(profiler: cProfile.Profile, lines: int) -> list[str]:
    """The functions with the most time of their own, as rows of a markdown table."""
    entries = sorted(profiler.getstats(), key=lambda entry: -entry.inlinetime)
    whole = sum(entry.inlinetime for entry in entries)
    shown = [
        f"| `{_place(entry.code)}` | {entry.callcount:,} | {entry.inlinetime / whole:.1%} |"
        for entry in entries[:lines]
    ]
    return ["| function | calls | own time |", "|---|---|---|", *shown]


def _plain(case: Case) -> str:
    run = Run(case)
    system.settle_memory()
    began = now_ns()
    run.play()
    a_tick_ns = (now_ns() - began) / case.rows
    orders = run.kernel.orders.counts["orders"]
    return f"{case.rows:,} ticks, {orders:,} orders: {a_tick_ns:,.0f} ns a tick, {1e9 / a_tick_ns:,.0f} ticks/s"


def _place(code: CodeType | str) -> str:
    """The function and its file as seen from the project, without anything of the machine it lies on."""
    if isinstance(code, str):
        return code
    path = Path(code.co_filename)
    return f"{path.relative_to(ROOT) if path.is_relative_to(ROOT) else path.name}: {code.co_qualname}"


if __name__ == "__main__":
    main()
