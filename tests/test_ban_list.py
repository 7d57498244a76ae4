"""The linter's ban list, tried on code that reads clocks, draws unseeded numbers and starts tasks of its own."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
IMPORTS = "import asyncio, datetime, os, random, threading, time, numpy\n"
BANNED = (
    "time.time()",
    "time.time_ns()",
    "time.monotonic()",
    "time.monotonic_ns()",
    "time.perf_counter()",
    "time.perf_counter_ns()",
    "time.sleep(1)",
    "datetime.datetime.now()",
    "datetime.datetime.utcnow()",
    "datetime.datetime.today()",
    "datetime.date.today()",
    "random.random()",
    "random.gauss(0, 1)",
    "random.shuffle([])",
    "random.seed(1)",
    "os.urandom(8)",
    "import uuid",
    "import secrets",
    "numpy.random.seed(1)",
    "asyncio.create_task(work())",
    "asyncio.ensure_future(work())",
    "asyncio.gather(work())",
    "asyncio.as_completed([])",
    "threading.Thread()",
)
ALLOWED = ("random.Random(7).gauss(0, 1)", "numpy.random.default_rng(7)", "asyncio.TaskGroup()", "threading.Lock()")


def complaints(code: str, file: str) -> list[int]:
    """The lines that the ban list refuses in this code, were it in that file."""
    command = ["ruff", "check", "--select", "TID251", "--output-format", "json", "--stdin-filename", file, "-"]
    finished = subprocess.run(
        [sys.executable, "-m", *command], cwd=ROOT, input=code, capture_output=True, text=True, check=False
    )
    return [found["location"]["row"] for found in json.loads(finished.stdout)]


@pytest.mark.parametrize("package", ["engine", "strategies", "risk", "analytics", "infrastructure", "hean_tui"])
def test_a_run_is_its_inputs_and_its_seed(package: str) -> None:
    """Outside the seams, every banned call is refused, and nothing that is seeded or owned."""
    code = IMPORTS + "\n".join((*ALLOWED, *BANNED)) + "\n"
    first = 2 + len(ALLOWED)
    assert complaints(code, f"{package}/example.py") == list(range(first, first + len(BANNED)))


def test_the_seam_may_read_the_clock() -> None:
    """The one file that hands out time, threads and tasks is free to make them."""
    assert complaints(IMPORTS + "\n".join(BANNED) + "\n", "engine/host/system.py") == []
