"""Records runs of all kinds and replays each in many environments: `python -m tests.crash_replays --runs 50`.

Hash seeds, time zones and locales are what a program may read without knowing it; the state may depend on none of them.
"""

import argparse
import contextlib
import io
import json
import random
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from itertools import product
from pathlib import Path
from typing import Any, NamedTuple

from tests.crash_load import STRATEGIES, SYMBOLS, UNLOCK, Load
from tests.crash_program import command
from tests.engine_process import ROOT, quiet_environment

HASH_SEEDS = ("0", "1", "4242")
ZONES = ("UTC", "Asia/Kathmandu")
LOCALES = ("C", "C.UTF-8")
SCENARIOS = ("normal", "trend", "crash", "squeeze", "flash_crash", "outage", "quiet")
_HOUR_S = 3600.0
# Where a recorded run breaks off: by a kill, by an error in the engine's midst, or by a disk that fails it.
FAULTS = (
    *("intent.append:{}:kill", "intent.committed:{}:kill", "send.done:{}:kill", "fill.received:{}:kill"),
    *("fill.committed:{}:kill", "ack.committed:{}:kill", "terminal:{}:kill", "response.received:{}:kill"),
    *("intent.append:{}:raise", "fill.received:{}:raise", "task.engine:{}:raise", "intent.append:{}:enospc"),
)


class Environment(NamedTuple):
    """What a replay is run in."""

    hash_seed: str
    zone: str
    locale: str

    @property
    def variables(self) -> dict[str, str]:
        """The same for a process."""
        return {"PYTHONHASHSEED": self.hash_seed, "TZ": self.zone, "LC_ALL": self.locale}


def record(root: Path, seed: int) -> str:
    """Two or three runs over one folder, all but the last broken off by a fault; what they were, in words."""
    rng = random.Random(f"recorded {seed}")
    root.mkdir(mode=0o700)
    scenario = rng.choice(SCENARIOS)
    words = [
        *("--seed", str(seed), "--scenario", scenario, *STRATEGIES),
        *(word for symbol in rng.sample(SYMBOLS, rng.randint(2, len(SYMBOLS))) for word in ("--symbol", symbol)),
    ]
    told = [scenario]
    is_killed = False
    for left in range(rng.randint(1, 2), -1, -1):
        fault = rng.choice(FAULTS).format(rng.randint(1, 40)) if left else ""
        hours = rng.uniform(0.5, 2.0)
        kills = rng.random() < 0.25
        lines = Load(rng, {}, hours * _HOUR_S).lines(unlocks=is_killed, kills=kills, halts=rng.random() < 0.15)
        if is_killed:
            lines.insert(0, f"+30s {UNLOCK}")
        is_killed |= kills
        script = root / f"script-{left}.txt"
        script.write_text("\n".join(line for line in lines if _is_traded(line, words)) + "\n")
        run = ("run", "--headless", "--speed", "max", "--duration", f"{hours:.4f}h", "--script", str(script), *words)
        environment = {"HEAN_TEST": "1", "HEAN_FAULTPOINT": fault} if fault else {}
        ended = command(root, *run, **environment)
        told.append(f"{fault or 'to its end'}: {ended.returncode}")
        if ended.returncode not in (0, 7, 8, *((1, -9) if fault else ())):
            raise AssertionError(f"seed {seed}, {'; '.join(told)}: {ended.stderr[-500:]}")
    return "; ".join(told)


def _is_traded(line: str, words: Sequence[str]) -> bool:
    """Whether a line is about no symbol that the run does not trade."""
    return all(word in words for word in line.split() if "/" in word)


def replayed_here(folders: Sequence[str]) -> list[dict[str, Any]]:
    """The command's own answers for these folders, one after the other in this process."""
    from hean_tui.cli import main as hean_tui

    answers = []
    for folder in folders:
        said = io.StringIO()
        with contextlib.redirect_stdout(said), contextlib.redirect_stderr(said):
            code = hean_tui(["--data-dir", folder, "--json", "replay", "--verify"])
        try:
            answers.append({"code": int(code), **json.loads(said.getvalue())})
        except json.JSONDecodeError:
            answers.append({"code": int(code), "equal": False, "differences": [said.getvalue().strip()]})
    return answers


def _replayed(folders: Sequence[Path], environment: Environment) -> list[dict[str, Any]]:
    ended = subprocess.run(
        [sys.executable, "-m", "tests.crash_replays", "--replay", *map(str, folders)],
        env={**quiet_environment(folders[0]), **environment.variables},
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    answers: list[dict[str, Any]] = json.loads(ended.stdout)
    return answers


def compare(root: Path, runs: int, seed: int, environments: Sequence[Environment], lanes: int = 2) -> dict[str, Any]:
    """Record so many runs, replay each everywhere, and say what was found."""
    folders = [root / f"run-{number}" for number in range(runs)]
    with ThreadPoolExecutor(lanes) as pool:
        told = list(pool.map(record, folders, range(seed, seed + runs)))
        everywhere = list(pool.map(lambda each: _replayed(folders, each), environments))
    wrong = []
    for number, answers in enumerate(zip(*everywhere, strict=True)):
        wrong += [
            f"seed {seed + number} ({told[number]}), {' '.join(environment)}: {answer['differences'][:2]}"
            for answer, environment in zip(answers, environments, strict=True)
            if answer["code"] or not answer["equal"]
        ]
        if len({answer.get("state_hash") for answer in answers}) > 1:
            wrong.append(f"seed {seed + number} ({told[number]}): the state hash depends on the environment")
    first = everywhere[0]
    return {
        "runs": runs,
        "broken_off": sum(": -9" in text or ": 1" in text for text in told),
        "environments": len(environments),
        "replays": runs * len(environments),
        "rows": sum(answer.get("rows", 0) for answer in first),
        "starts": sum(answer.get("runs", 0) for answer in first),
        "proofs": sum(answer.get("proofs", 0) for answer in first),
        "wrong": wrong,
    }


def line(found: dict[str, Any]) -> str:
    """All of it on one line."""
    verdict = "all equal" if not found["wrong"] else f"{len(found['wrong'])} NOT EQUAL"
    return (
        f"{found['runs']} recorded runs ({found['starts']} starts, {found['broken_off']} folders broken off by faults, "
        f"{found['rows']:,} rows, {found['proofs']:,} state hashes on the way) replayed with --verify in "
        f"{found['environments']} environments: {found['replays']} replays, {verdict}"
    )


def main(arguments: Sequence[str]) -> int:
    """The whole of it from the command line; `--replay` is what it calls itself with."""
    parser = argparse.ArgumentParser(prog="python -m tests.crash_replays", description=__doc__)
    parser.add_argument("--runs", type=int, default=50)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--replay", nargs="*", default=None, help=argparse.SUPPRESS)
    asked = parser.parse_args(arguments)
    if asked.replay is not None:
        sys.stdout.write(json.dumps(replayed_here(asked.replay)))
        return 0
    root = Path(tempfile.mkdtemp(prefix="recorded-"))
    environments = [Environment(*each) for each in product(HASH_SEEDS, ZONES, LOCALES)]
    try:
        found = compare(root, asked.runs, asked.seed, environments)
    finally:
        shutil.rmtree(root)
    sys.stdout.write((json.dumps(found) if asked.json else line(found)) + "\n")
    for text in found["wrong"]:
        sys.stderr.write(f"{text}\n")
    return 1 if found["wrong"] else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
