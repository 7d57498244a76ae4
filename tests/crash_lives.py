"""One data folder and all that it goes through: start, load, kill, look, start again, and a proper end at last."""

import json
import random
import time
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

from tests.crash_checks import Inspection
from tests.crash_load import STRATEGIES, SYMBOLS, UNLOCK, Load
from tests.crash_operator import Operator
from tests.crash_program import Program, command, is_started

STARTS_WITHIN_S = 60.0
PROTECTED_WITHIN_S = 15.0
_SPEEDS = {"realtime": 1.0, "20x": 20.0, "60x": 60.0, "600x": 600.0}
_SCENARIOS = ("normal", "crash", "trend", "flash_crash", "squeeze")
_ROUND_S = 2.2
_HEARD = ("fill.", "response.", "ack.")
_SECOND_NS = 1_000_000_000


@dataclass
class Round:
    """What came of one start and its kill."""

    speed: str
    point: str = ""
    has_started: bool = False
    started_s: float | None = None
    seen: tuple[float, int] | None = None  # the age of the process and its engine time, at the first status
    protected_s: float | None = None  # None where nothing had been naked
    took_s: float = 0.0
    reached: bool = True
    owed: int = 0
    doubts: list[str] = field(default_factory=list)
    wrong: list[str] = field(default_factory=list)


class Life:
    """A folder, a seed, and rounds over it."""

    def __init__(self, root: Path, seed: int, scenario: str = "normal") -> None:
        root.mkdir(mode=0o700, parents=True)
        self.root = root
        self.rng = random.Random(seed)
        self._words = (
            *("--seed", str(seed), "--scenario", scenario),
            *STRATEGIES,
            *(word for symbol in SYMBOLS for word in ("--symbol", symbol)),
        )
        self.inspection = Inspection(root / "paper-sim")
        self.rounds: list[Round] = []

    def round(self, fault: str = "", *, speed: str = "", kills: bool = False, halts: bool = False) -> Round:
        """Start, load, and a kill: at a random moment, or where the fault says."""
        rng = self.rng
        books = self.inspection.books
        speed = speed or rng.choices(list(_SPEEDS), (4, 3, 5, 1))[0]
        result = Round(speed, fault.partition(":")[0])
        unlocks = books.killed is not None and rng.random() < 0.5
        script = self.root / "script.txt"
        load = Load(rng, books.prices, _ROUND_S * _SPEEDS[speed])
        script.write_text("\n".join(load.lines(unlocks=unlocks, kills=kills, halts=halts)) + "\n")
        began_s = time.monotonic()
        words = (*self._words, "--speed", speed, "--script", str(script), *self._latency(result.point))
        keeps = fault.startswith("snapshot") or (not fault and rng.random() < 0.3)
        program = Program(self.root, words, fault=fault, keeps_snapshots=keeps)
        operator = Operator(program.folder / "control.sock", random.Random(rng.random()), program.status)
        try:
            if fault:
                self._until_the_fault(program, result, unlocks=unlocks)
            else:
                self._until_a_moment(program, result, unlocks=unlocks)
            told = program.told()
        finally:
            program.kill()
            operator.stop()
        result.wrong += self.inspection.after_a_kill(told, has_started=result.has_started)
        # At many times the speed of the clock a disk may be too slow for a stop; then it is said, and no risk is taken.
        if result.has_started and (speed == "realtime" or not result.doubts):
            result.wrong += self.inspection.still_naked()
        self._time_to_stops(result)
        known = books.fates
        result.wrong += [
            f"order {name} was answered for and has no row" for name in operator.answered if name not in known
        ]
        result.owed = len(books.owed)
        result.took_s = time.monotonic() - began_s
        self.rounds.append(result)
        return result

    def _latency(self, point: str) -> tuple[str, ...]:
        """A venue far away tells late, so that a kill finds what happened there and nobody heard."""
        to_ms, back_ms = self.rng.choice(((50, 20), (250, 150), (100, 300)))
        if point.startswith(_HEARD):
            to_ms, back_ms = 100, 400
        return "--set", f"sim.order_latency_ms={to_ms}", "--set", f"sim.feed_latency_ms={back_ms}"

    def _time_to_stops(self, result: Round) -> None:
        """From the start of the process to a stop for everything that had none, by the clock on the wall."""
        books = self.inspection.books
        covered_ns = None if books.venue is None else books.venue.covered_ns(books.run_began_ns)
        if covered_ns is None or result.seen is None:
            return
        age_s, seen_ns = result.seen
        factor = _SPEEDS[result.speed] * _SECOND_NS
        result.protected_s = age_s + (covered_ns - seen_ns) / factor
        if result.speed == "realtime" and result.protected_s > PROTECTED_WITHIN_S:
            result.wrong.append(f"a position without a stop waited {result.protected_s:.1f} s for one")

    def _until_a_moment(self, program: Program, result: Round, *, unlocks: bool) -> None:
        rng = self.rng
        if self.rounds and rng.random() < 0.25:
            self._until(program, result, program.began_s + rng.uniform(0.2, 1.6), unlocks=unlocks)
            return
        self._until(program, result, None, unlocks=unlocks)
        moment_s = time.monotonic() + rng.uniform(0.02, 1.6)
        while program.code is None and (left_s := moment_s - time.monotonic()) > 0:
            time.sleep(min(left_s, 0.02))
        if program.code is not None:
            result.wrong.append(f"the program ended by itself with {program.code}: {program.said}")

    def _until_the_fault(self, program: Program, result: Round, *, unlocks: bool) -> None:
        """The program ends itself where it was told to; some places are only reached at its end."""
        name = result.point
        self._until(program, result, None, unlocks=unlocks, may_end=True)
        if program.code is None and name == "checkpoint":
            program.ask_to_end()
        result.reached = program.wait(8.0)
        if result.reached and program.code != -9:
            result.wrong.append(f"the program ended by itself with {program.code}: {program.said}")

    def _until(
        self, program: Program, result: Round, moment_s: float | None, *, unlocks: bool, may_end: bool = False
    ) -> None:
        """Until the start is finished, or until a moment that may come before."""
        while moment_s is None or time.monotonic() < moment_s:
            if program.code is not None:
                if not may_end:
                    result.wrong.append(f"the start ended with {program.code}: {program.said}")
                return
            status = program.status()
            if status is not None and result.seen is None:
                result.seen = program.age_s, _engine_ns(status)
            if not result.has_started and is_started(status):
                assert status is not None
                result.has_started, result.started_s = True, program.age_s
                self._look(status, result, unlocks=unlocks)
                if moment_s is None:
                    return
            if program.age_s > STARTS_WITHIN_S:
                result.wrong.append(f"no start within {STARTS_WITHIN_S:g} s: {_at(status)}")
                return
            time.sleep(0.02)

    def _look(self, status: dict[str, Any], result: Round, *, unlocks: bool) -> None:
        if not unlocks:
            result.wrong += self.inspection.in_force(status)
        steps = status.get("start", ())
        result.doubts = [step["sentence"] for step in steps if step["state"] != "done"]

    def end(self) -> list[str]:
        """Everything is closed and compared for the last time; the exit of the program tells the same as its rows."""
        books = self.inspection.books
        script = self.root / "end.txt"
        steps = [UNLOCK] if books.killed is not None else []
        lines = [f"+60s {step}" for step in (*steps, "pause", "flatten", "reconcile", "stop")]
        script.write_text("\n".join(lines) + "\n")
        ended = command(
            self.root, "--json", "run", "--headless", "--speed", "max", "--script", str(script), *self._words
        )
        wrong = self.inspection.after_a_kill(None, has_started=True)
        if ended.returncode not in (0, 7):
            return [*wrong, f"the last run ended with {ended.returncode}: {ended.stderr[-600:]}"]
        snapshot = json.loads(ended.stdout)
        venue = books.venue
        assert venue is not None
        wrong += [f"{name} is {fate.status} at the end" for name, fate in books.fates.items() if not fate.ends]
        if snapshot["positions"] or books.ours.held != venue.sums.held:
            wrong.append(
                f"held are {snapshot['positions']}, {books.ours.held} by our rows, {venue.sums.held} by theirs"
            )
        cash = Decimal(snapshot["account"]["cash"]) - self.inspection.cost()  # of coin too little to be sold
        if not cash == books.ours.paid == venue.sums.paid:
            wrong.append(f"cash is {cash}, {books.ours.paid} by our rows, and {venue.sums.paid} by the venue's")
        return [*wrong, *self._replay(snapshot["state_hash"])]

    def _replay(self, state_hash: str | None) -> list[str]:
        again = command(self.root, "--json", "replay", "--verify", PYTHONHASHSEED=str(self.rng.randrange(1, 10**6)))
        if again.returncode:
            return [f"replay --verify ended with {again.returncode}: {again.stdout[-300:]} {again.stderr[-300:]}"]
        replayed = json.loads(again.stdout)
        wrong = [] if replayed["equal"] else [f"a replay differs: {replayed['differences'][:3]}"]
        if state_hash is not None and replayed["state_hash"] != state_hash:
            wrong.append(f"the run ended with state {state_hash}, and a replay with {replayed['state_hash']}")
        return wrong


def _at(status: dict[str, Any] | None) -> str:
    """The step at which a start stands."""
    steps = [] if status is None else status.get("start", [])
    return "; ".join(f"{step['name']}: {step['sentence']}" for step in steps if step["state"] == "running")


def _engine_ns(status: dict[str, Any]) -> int:
    """The engine's clock, to the millisecond that a status tells."""
    return int(datetime.fromisoformat(status["engine"]["time"]).timestamp() * 1000) * 1_000_000


def scenario_of(number: int) -> str:
    """The weather of a life."""
    return _SCENARIOS[number % len(_SCENARIOS)]
