"""Kills the real program again and again and says what was found: `python -m tests.crash_rounds --rounds 200`."""

import argparse
import json
import random
import shutil
import sys
import tempfile
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

from tests.crash_lives import Life, Round, scenario_of
from tests.crash_points import latest_hit, needs_a_halt, needs_a_kill, reachable
from tests.crash_report import report, table

ROUNDS_A_LIFE = 20
LANES = 4  # at a time: most of a round is waiting


@dataclass(frozen=True)
class Plan:
    """What a life is to go through: how many kills at random, or kills at these points."""

    number: int
    rounds: int = 0
    points: tuple[str, ...] = ()


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
        life.round(
            f"{point}:{rng.randint(1, latest_hit(point))}:kill",
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
    plans = plans_of(asked.rounds, asked.times, asked.point or reachable())
    lived, took_s = run(plans, root, asked.seed, asked.lanes)
    found = report(lived, took_s)
    sys.stdout.write((json.dumps(found) if asked.json else table(found)) + "\n")
    if asked.keep:
        sys.stderr.write(f"The data folders are in {root}.\n")
    else:
        shutil.rmtree(root)
    return 1 if found["wrong"] else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
