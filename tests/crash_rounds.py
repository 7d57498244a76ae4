"""Kills the real program again and again and says what was found: `python -m tests.crash_rounds --rounds 200`."""

import argparse
import json
import random
import shutil
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from pathlib import Path

from tests.crash_lives import Life, Round, scenario_of
from tests.crash_points import latest_hit, needs_a_halt, needs_a_kill, reachable
from tests.crash_report import report, table

ROUNDS_A_LIFE = 20
LANES = 4  # at a time: most of a round is waiting
MORE_AT_MOST = 8  # times what was not reached is tried again: a market does not always bring the load there


@dataclass(frozen=True)
class Plan:
    """What a life is to go through: how many kills at random, or kills at these points."""

    number: int
    rounds: int = 0
    points: tuple[str, ...] = ()
    waits: bool = True  # a kill may come the second time the program is there, or later


@dataclass
class Lived:
    """What a life has shown."""

    life: Life
    rounds: list[Round]
    wrong: list[str] = field(default_factory=list)


def live(plan: Plan, root: Path, seed: int) -> Lived:
    """Go through it, and end it in order."""
    name = f"life-{plan.number}"
    life = Life(root / name, seed + plan.number, scenario_of(plan.number))
    rng = random.Random(f"{seed} {plan.number}")
    for number in range(plan.rounds):
        is_last = number == plan.rounds - 1
        life.round(kills=rng.random() < 0.1, halts=is_last and rng.random() < 0.5)
    if plan.points:
        life.round(speed="60x")  # a first start has nothing to find out
    for point in plan.points:
        latest = latest_hit(point) if plan.waits else 1
        life.round(
            f"{point}:{rng.randint(1, latest)}:kill",
            speed=rng.choice(("20x", "60x")),
            kills=needs_a_kill(point),
            halts=needs_a_halt(point),
        )
    wrong = [
        f"{name}, seed {seed + plan.number}, round {at}: {text}"
        for at, each in enumerate(life.rounds)
        for text in each.wrong
    ]
    wrong += [f"{name}, seed {seed + plan.number}, at the end: {text}" for text in life.end()]
    return Lived(life, life.rounds, wrong)


def plans_of(rounds: int, times: int, points: Sequence[str], rounds_a_life: int = ROUNDS_A_LIFE) -> list[Plan]:
    """Random kills first, then each point so many times; what closes an account for good comes last in a life."""
    plans: list[Plan] = []
    while rounds > 0:
        plans.append(Plan(len(plans), rounds=min(rounds, rounds_a_life)))
        rounds -= rounds_a_life
    for _ in range(times):
        for start in range(0, len(points), rounds_a_life):
            plans.append(
                Plan(len(plans), points=tuple(sorted(points[start : start + rounds_a_life], key=needs_a_halt)))
            )
    return plans


def plans_again(lived: Sequence[Lived], times: int, points: Sequence[str]) -> list[Plan]:
    """What was not reached as often as it should be, over new accounts: one that is halted reaches little."""
    killed = Counter(each.point for life in lived for each in life.rounds if each.reached)
    plans: list[Plan] = []
    for more in range(times):
        missing = [name for name in points if killed[name] + more < times]
        for plan in plans_of(0, 1, missing):
            plans.append(replace(plan, number=len(lived) + len(plans), waits=False))
    return plans


def run_until_reached(
    plans: Sequence[Plan], times: int, points: Sequence[str], root: Path, seed: int, lanes: int = LANES
) -> tuple[list[Lived], float]:
    """All lives, and then more of them until each point was hit so many times, or it was tried again and again."""
    lived, took_s = run(plans, root, seed, lanes)
    for _ in range(MORE_AT_MOST):
        more, more_s = run(plans_again(lived, times, points), root, seed, lanes)
        lived += more
        took_s += more_s
    return lived, took_s


def run(plans: Sequence[Plan], root: Path, seed: int, lanes: int = LANES) -> tuple[list[Lived], float]:
    """All lives, so many at a time, each in a folder of its own."""
    began_s = time.monotonic()
    with ThreadPoolExecutor(lanes) as pool:
        lived = list(pool.map(lambda plan: live(plan, root, seed), plans))
    return lived, time.monotonic() - began_s


def main(arguments: Sequence[str]) -> int:
    """The whole of it from the command line."""
    parser = argparse.ArgumentParser(prog="python -m tests.crash_rounds", description=__doc__)
    parser.add_argument("--rounds", type=int, default=200, help="kills at random moments")
    parser.add_argument("--times", type=int, default=10, help="kills at each fault point")
    parser.add_argument("--point", action="append", help="only at this fault point; repeatable")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--lanes", type=int, default=LANES, help="data folders at a time")
    parser.add_argument("--keep", action="store_true", help="leave the data folders where they are")
    parser.add_argument("--json", action="store_true")
    asked = parser.parse_args(arguments)
    root = Path(tempfile.mkdtemp(prefix="crashes-"))
    points = asked.point or reachable()
    plans = plans_of(asked.rounds, asked.times, points)
    lived, took_s = run_until_reached(plans, asked.times, points, root, asked.seed, asked.lanes)
    found = report(lived, took_s, asked.times)
    sys.stdout.write((json.dumps(found) if asked.json else table(found)) + "\n")
    if asked.keep:
        sys.stderr.write(f"The data folders are in {root}.\n")
    else:
        shutil.rmtree(root)
    return 1 if found["wrong"] or found["not_reached"] else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
