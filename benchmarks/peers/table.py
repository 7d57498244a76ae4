"""The outcome for people, as a table, and for programs, as JSON."""

from __future__ import annotations

import os
import platform
from collections.abc import Iterator, Sequence
from typing import Any

from benchmarks.peers.goals import results
from benchmarks.peers.runs import Bout, Measured


def as_text(bouts: Sequence[Bout]) -> str:
    """The tables, one a case, and the goals."""
    return "\n".join([*(line for bout in bouts for line in _bout_lines(bout)), *_goal_lines(bouts)])


def as_json(bouts: Sequence[Bout]) -> dict[str, Any]:
    """Everything that was measured, every run by itself as well."""
    return {
        "python": platform.python_version(),
        "machine": platform.machine(),
        "cores": os.cpu_count(),
        "same_trades": all(bout.same_trades for bout in bouts),
        "cases": [_bout_json(bout) for bout in bouts],
        "goals": [
            {
                "dataset": result.goal.dataset,
                "fast": result.goal.fast,
                "against": result.goal.against,
                "at_least": round(result.goal.at_least, 3),
                "measured": round(result.measured, 3),
                "met": result.met,
            }
            for result in results(bouts)
        ],
    }


def _bout_lines(bout: Bout) -> Iterator[str]:
    case = bout.case
    orders = bout.measured[0].lines[0]["orders"] if bout.measured else 0
    agreement = "everyone made the same trades" if bout.same_trades else "NOT THE SAME TRADES"
    yield ""
    yield f"{case.rows:,} {case.dataset}, EMA {case.fast}/{case.slow}: {orders:,} orders, {agreement}"
    yield f"  {'':38}{'rows/s':>12}{'wall s':>9}{'cpu s':>9}{'hean-tui is':>13}  fills at"
    for one in sorted(bout.measured, key=lambda one: one.wall_s):
        yield _row(bout, one)


def _row(bout: Bout, one: Measured) -> str:
    line = one.lines[0]
    speed = bout.speed_of_ours(one)
    ratio = "" if speed is None else f"{speed:,.2f} ×"
    name = f"{one.entry.name} ({line['version']})"
    fills = line["fill_rule"] or "–"
    if line["worst_gap_ticks"]:
        fills += f", at worst {line['worst_gap_ticks']:g} ticks off"
    return f"  {name:38}{one.rows_per_s:12,.0f}{one.wall_s:9.3f}{one.cpu_s:9.3f}{ratio:>13}  {fills}"


def _goal_lines(bouts: Sequence[Bout]) -> Iterator[str]:
    found = results(bouts)
    if found:
        yield ""
        yield "goals"
    for result in found:
        goal = result.goal
        what = f"{goal.dataset}, EMA {goal.fast}: at least {goal.at_least:.2f} × {goal.against}"
        yield f"  {what:52}{result.measured:10,.2f} ×  {'met' if result.met else 'missed'}"


def _bout_json(bout: Bout) -> dict[str, Any]:
    case = bout.case
    return {
        "dataset": case.dataset,
        "fast": case.fast,
        "slow": case.slow,
        "rows": case.rows,
        "seed": case.seed,
        "same_trades": bout.same_trades,
        "entries": [_entry_json(bout, one) for one in bout.measured],
    }


def _entry_json(bout: Bout, one: Measured) -> dict[str, Any]:
    speed, by_cpu = bout.speed_of_ours(one), bout.speed_of_ours(one, by_cpu=True)
    return {
        "name": one.entry.name,
        "version": one.lines[0]["version"],
        "wall_s": round(one.wall_s, 6),
        "cpu_s": round(one.cpu_s, 6),
        "rows_per_s": round(one.rows_per_s),
        "hean_tui_times_as_fast": None if speed is None else round(speed, 3),
        "hean_tui_times_as_fast_by_cpu": None if by_cpu is None else round(by_cpu, 3),
        "runs": [{"wall_s": line["wall_s"], "cpu_s": line["cpu_s"]} for line in one.lines],
        "first_run": one.lines[0],
    }
