"""The same backtest is the same backtest: in any process, anywhere; and another one is another."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.backtest_runs import BARS, BTC, FUNDING, Bench, new_bench

ROOT = Path(__file__).parents[1]
UNSTEADY = ("wall_s", "events_per_s", "code")  # the code is what somebody may be working on right now


@pytest.fixture
def bench(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path) -> Bench:
    """An empty folder with two hours of two markets, and the command line."""
    bench = new_bench(monkeypatch, capsys, tmp_path)
    waves = [100 + (index * 7919 % 23) - (index * 104729 % 19) for index in range(121)]
    for name, factor in (("b.csv", 1.0), ("e.csv", 0.1)):
        rows = []
        for minute in range(120):
            first, last = waves[minute] * factor, waves[minute + 1] * factor
            rows.append(f"{minute},{first:.4f},{max(first, last):.4f},{min(first, last):.4f},{last:.4f},3")
        bench.write(name, BARS, *rows)
    bench.write("f.csv", FUNDING, "60,0.0001")
    return bench


WORDS = (
    *(
        "--strategy",
        "ema_cross",
        "--strategy",
        "buy_and_hold",
        "--set",
        "ema_cross.fast=3",
        "--set",
        "ema_cross.slow=7",
    ),
    *("--bars", f"{BTC}=b.csv", "--bars", "ETH/USDT:USDT=e.csv", "--funding", f"{BTC}=f.csv", "--leverage", "3"),
)


def in_a_process(folder: Path, hash_seed: str, zone: str) -> dict[str, Any]:
    """The same words in a process of their own."""
    environment = {**os.environ, "PYTHONHASHSEED": hash_seed, "TZ": zone, "PYTHONPATH": str(ROOT), "HOME": str(folder)}
    command = [sys.executable, "-m", "hean_tui", "backtest", *WORDS, "--json"]
    done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=True, timeout=50)
    found: dict[str, Any] = json.loads(done.stdout)
    return {name: value for name, value in found.items() if name not in UNSTEADY}


def test_hash_seed_and_time_zone_change_nothing(bench: Bench) -> None:
    """Every figure, every fill and both hashes are equal; only the time it took is not."""
    here = {name: value for name, value in bench.result(*WORDS).items() if name not in UNSTEADY}
    there = in_a_process(bench.folder, "1", "Asia/Tokyo")
    assert there == in_a_process(bench.folder, "4242", "America/New_York")
    assert here["fills"] > 10
    assert (here["state_hash"], here["config_hash"]) == (there["state_hash"], there["config_hash"])


def test_other_settings_have_other_hashes(bench: Bench) -> None:
    """A parameter, a fee or the data make another configuration; the place of the files does not."""
    first = bench.result(*WORDS)
    other = bench.result(*WORDS, "--set", "ema_cross.fast=4")
    dearer = bench.result(*WORDS, "--fee-taker", "0.001")
    assert len({each["config_hash"] for each in (first, other, dearer)}) == 3
    assert len({each["state_hash"] for each in (first, other, dearer)}) == 3
    elsewhere = bench.folder / "elsewhere"
    elsewhere.mkdir()
    moved = [word.replace("=b.csv", "=elsewhere/b.csv") for word in WORDS]
    (elsewhere / "b.csv").write_bytes((bench.folder / "b.csv").read_bytes())
    assert bench.result(*moved)["config_hash"] == first["config_hash"]


def test_the_list_of_orders_counts_not_its_name(bench: Bench) -> None:
    """Two names of one list are one configuration, two lists of one name are two."""
    words = ("--symbol", BTC, "--bars", "b.csv", "--strategy", "scripted", "--set")
    hashes = []
    for name, quantity in (("one.csv", 1), ("two.csv", 1), ("two.csv", 2)):
        bench.write(name, "ts,side,quantity", f"5,buy,{quantity}")
        hashes.append(bench.result(*words, f"orders={name}")["config_hash"])
    assert hashes[0] == hashes[1] != hashes[2]
