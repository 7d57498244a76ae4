"""What rounds of kills have shown, as figures and as a table."""

from collections import Counter
from collections.abc import Sequence
from statistics import median
from typing import TYPE_CHECKING, Any

from engine.faultpoints import POINTS
from engine.orders import Status
from tests.crash_points import ELSEWHERE

if TYPE_CHECKING:
    from tests.crash_rounds import Lived

FLOOR_PER_MINUTE, GOAL_PER_MINUTE = 20, 60
_NEVER_WRITTEN = (Status.PLANNED.value,)


def report(lived: Sequence["Lived"], took_s: float, times: int = 1) -> dict[str, Any]:
    """All figures, in the form that is printed with --json; each point was to be hit so many times."""
    rounds = [each for life in lived for each in life.rounds]
    books = [life.life.inspection.books for life in lived]
    visited: Counter[str] = Counter(state for each in books for fate in each.fates.values() for state in fate.was)
    at_a_kill: Counter[str] = Counter()
    for life in lived:
        at_a_kill.update(life.life.inspection.at_a_kill)
    points = Counter(each.point for each in rounds if each.point and each.reached)
    tried = Counter(each.point for each in rounds if each.point)
    started = [each.started_s for each in rounds if each.started_s is not None]
    in_real_time = [each.started_s for each in rounds if each.started_s is not None and each.speed == "realtime"]
    naked = [each.protected_s for each in rounds if each.protected_s is not None]
    return {
        "rounds": len(rounds),
        "random": sum(not each.point for each in rounds),
        "in_the_start": sum(not each.has_started for each in rounds if not each.point),
        "cycles_per_minute": round(len(rounds) / took_s * 60, 1),
        "floor": FLOOR_PER_MINUTE,
        "goal": GOAL_PER_MINUTE,
        "took_s": round(took_s, 1),
        "rows": sum(life.life.inspection.rows for life in lived),
        "orders": sum(len(each.fates) for each in books),
        "executions": sum(len(each.ours.facts) for each in books),
        "cash_compared": sum(life.life.inspection.compared for life in lived),
        "heard_late": sum(each.owed for each in rounds),
        "doubtful_starts": sum(bool(each.doubts) for each in rounds),
        "doubts": sorted({doubt for each in rounds for doubt in each.doubts})[:10],
        "starts": _figures(started),
        "starts_in_real_time": _figures(in_real_time),
        "protected": _figures(naked),
        "states": {
            status.value: {"visited": visited[status.value], "at_a_kill": at_a_kill[status.value]}
            for status in Status
            if status.value not in _NEVER_WRITTEN
        },
        "points": {name: {"killed": points[name], "tried": tried[name]} for name in POINTS if tried[name]},
        "not_reached": sorted(name for name in tried if points[name] < times),
        "elsewhere": ELSEWHERE,
        "wrong": [text for life in lived for text in life.wrong],
    }


def _figures(values: Sequence[float]) -> dict[str, float]:
    """How many, and how long in seconds."""
    if not values:
        return {"count": 0}
    return {"count": len(values), "median_s": round(median(values), 2), "max_s": round(max(values), 2)}


def table(found: dict[str, Any]) -> str:
    """The same for people."""
    lines = [
        f"{found['rounds']} kills of the real program; {found['random']} at random, {found['in_the_start']} in a start",
        f"{found['cycles_per_minute']} cycles a minute (floor {found['floor']}, goal {found['goal']})",
        f"{found['rows']:,} rows, {found['orders']:,} orders, {found['executions']:,} facts about money",
        f"{found['heard_late']} facts were heard only after a restart",
        f"{found['cash_compared']} starts at which our cash and the venue's were compared to the last digit",
        f"{found['doubtful_starts']} starts that had doubts",
        "",
        f"{'seconds':24}{'count':>8}{'median':>8}{'longest':>9}",
    ]
    names = (("from start to work", "starts"), ("the same in real time", "starts_in_real_time"))
    for title, name in (*names, ("to a stop for all", "protected")):
        each = found[name]
        lines.append(f"{title:24}{each['count']:>8}{each.get('median_s', '-'):>8}{each.get('max_s', '-'):>9}")
    lines += ["", f"{'state of an order':24}{'visited':>8}{'at a kill':>10}"]
    lines += [f"{name:24}{each['visited']:>8}{each['at_a_kill']:>10}" for name, each in found["states"].items()]
    if found["points"]:
        lines += ["", f"{'fault point':24}{'killed':>8}{'tried':>10}"]
        lines += [f"{name:24}{each['killed']:>8}{each['tried']:>10}" for name, each in found["points"].items()]
        lines += [f"{name:24}{'-':>8}{'-':>10}  {why}" for name, why in found["elsewhere"].items()]
    lines += [f"NOT REACHED as often as it should be: {name}" for name in found["not_reached"]]
    lines.append("")
    lines += [f"WRONG: {text}" for text in found["wrong"]] or ["Nothing was lost, doubled or left open."]
    return "\n".join(lines)
