"""`run --headless` as other programs meet it: equal runs, scripts, exit codes, signals and the status file."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from tests.command_line import Answer, move_in, say

FAST = ("run", "--headless", "--seed", "7", "--speed", "max", "--json")


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Every test has a home of its own."""
    move_in(monkeypatch, tmp_path)
    return tmp_path


def played(capsys: pytest.CaptureFixture[str], home: Path, script: str, *words: str) -> tuple[Answer, dict[str, Any]]:
    """Play a script and give what it came to."""
    path = home / "script.txt"
    path.write_text(script)
    answer = say(capsys, *FAST, "--script", str(path), "--strategy", "impulse", *words)
    return answer, json.loads(answer.out)


def in_a_process(home: Path, *words: str, **environment: str) -> dict[str, Any]:
    """Run in a process of its own, with this environment over ours."""
    done = subprocess.run(
        [sys.executable, "-m", "hean_tui", *FAST, *words],
        env={**os.environ, "HOME": str(home), **environment},
        cwd=Path(__file__).parents[1],
        capture_output=True,
        text=True,
        timeout=50,
        check=True,
    )
    snapshot: dict[str, Any] = json.loads(done.stdout)
    return snapshot


def test_equal_runs_have_equal_hashes_in_any_process(home: Path) -> None:
    """Neither the hash seed nor the time zone reaches what settles; another seed is another run."""
    first = in_a_process(home, "--duration", "18h", PYTHONHASHSEED="1", TZ="UTC")
    second = in_a_process(home, "--duration", "18h", PYTHONHASHSEED="4242", TZ="Asia/Kathmandu")
    other = in_a_process(home, "--duration", "18h", "--seed", "8", PYTHONHASHSEED="1", TZ="UTC")
    assert first["counts"]["fills"] > 0
    assert first["state_hash"] == second["state_hash"]
    assert first == second
    assert other["state_hash"] != first["state_hash"]


def test_a_run_is_named_by_all_that_it_was_told(capsys: pytest.CaptureFixture[str]) -> None:
    """Another parameter, limit or latency is another run; a default that was spelled out is none."""

    def named(*words: str) -> str:
        answer = say(capsys, *FAST, "--duration", "1s", "--strategy", "ema_cross", *words)
        name: str = json.loads(answer.out)["engine"]["run_id"]
        return name

    usual = named()
    assert named("--set", "fast=10") == usual
    others = ["fast=9", "quantity=0.1", "risk.max_leverage=2", "sim.order_latency_ms=60", "sim.feed_latency_ms=30"]
    names = {usual, *(named("--set", other) for other in others), named("--capital", "9000"), named("--seed", "8")}
    assert len(names) == len(others) + 3


def test_a_script_without_a_miss_ends_with_zero(capsys: pytest.CaptureFixture[str], home: Path) -> None:
    """Each step is played to completion: what it caused is there for the next step of the same moment."""
    answer, snapshot = played(
        capsys,
        home,
        """
        +1m  buy BTC/USDT:USDT 0.01      # an act of the operator
        +1m  expect positions[symbol=BTC/USDT:USDT].quantity == 0.01
        +1m  expect positions[symbol=BTC/USDT:USDT].side == long
        +2m  protect BTC/USDT:USDT 80000
        +2m  expect positions[symbol=BTC/USDT:USDT].stop_price == 80000
        +3m  close BTC/USDT:USDT
        +3m  expect positions.count == 0
        +4m  deposit 250
        +4m  expect account.cash > 10240
        """,
    )
    assert answer.code == 0, answer.err
    assert snapshot["engine"]["time"] >= "2026-01-01T00:04:00.000Z"


def test_an_expectation_that_does_not_hold_ends_with_one(capsys: pytest.CaptureFixture[str], home: Path) -> None:
    """The value that was found is told, and the run goes on to its end."""
    answer, _ = played(capsys, home, "+1m expect positions.count == 7\n+2m expect engine.state == running\n")
    assert answer.code == 1
    assert "does not hold, it was 0" in answer.err
    assert "engine.state == running: holds" in answer.err


def test_what_was_found_instead_is_told_as_json_and_not_at_length(
    capsys: pytest.CaptureFixture[str], home: Path
) -> None:
    """A whole list is shortened to what a person reads, and a missing element is null."""
    script = "+1m expect market contains nothing\n+1m expect positions[symbol=BTC/USDT].quantity == 1\n"
    answer, _ = played(capsys, home, script)
    assert answer.code == 1
    first, second = (line for line in answer.sentences if "does not hold" in line)
    found = first.partition("it was ")[2]
    assert found.startswith('[{"symbol": "')
    assert len(found) == 200
    assert second.endswith("it was null")


def test_the_kill_switch_leaves_nothing_and_lets_nothing_in(capsys: pytest.CaptureFixture[str], home: Path) -> None:
    """After the kill the run is flat, no order rests, an entry is refused, and the run ends with seven."""
    answer, snapshot = played(
        capsys,
        home,
        """
        +1m  buy BTC/USDT:USDT 0.02
        +1m  sell SOL/USDT:USDT 3
        +2m  buy ETH/USDT:USDT 0.1 --limit 1500
        +3m  kill
        +3m  expect engine.state == killed
        +3m  expect positions.count == 0
        +4m  buy ETH/USDT:USDT 0.1
        +4m  start
        """,
    )
    assert answer.code == 7, answer.err
    assert answer.sentences[-1] == "Killed: the kill switch was used."
    assert not [order for order in snapshot["orders"] if order["status"] in ("accepted", "submitted")]
    assert snapshot["engine"]["state"] == "killed"
    assert "refused, the kill switch was used" in answer.err
    assert "refused, cannot start: the kill switch was used" in answer.err


def test_a_halt_at_the_end_ends_with_seven(capsys: pytest.CaptureFixture[str], home: Path) -> None:
    """The day's loss reaches its limit; entries are refused with the figures, and the position can still be closed."""
    answer, snapshot = played(
        capsys,
        home,
        """
        +1m   buy BTC/USDT:USDT 0.3
        +2m   market BTC/USDT:USDT -3%
        +10m  expect risk.halted == true
        +10m  buy ETH/USDT:USDT 1
        +10m  close BTC/USDT:USDT
        +11m  expect positions.count == 0
        """,
    )
    assert answer.code == 7, answer.err
    assert snapshot["engine"]["state"] == "halted"
    assert "entries are halted: the day's loss of" in answer.err


def test_the_status_file_is_always_whole(home: Path) -> None:
    """A reader never meets half a snapshot, and the last one is that of the end."""
    status = home / "status.json"
    process = subprocess.Popen(
        [sys.executable, "-m", "hean_tui", *FAST, "--duration", "12h", "--status-file", str(status)],
        env={**os.environ, "HOME": str(home)},
        cwd=Path(__file__).parents[1],
        stdout=subprocess.PIPE,
        text=True,
    )
    read = 0
    while process.poll() is None:
        if status.exists():
            assert json.loads(status.read_text())["schema"] == 1
            read += 1
        time.sleep(0.02)
    out, _ = process.communicate(timeout=20)
    last = json.loads(out)
    assert read > 0
    assert json.loads(status.read_text())["state_hash"] == last["state_hash"]


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_one_signal_ends_a_run_in_order(home: Path, number: signal.Signals) -> None:
    """The first signal ends the run with its snapshot and its code."""
    process = subprocess.Popen(
        [sys.executable, "-m", "hean_tui", "run", "--headless", "--json", "--data-dir", str(home / "data")],
        env={**os.environ, "HOME": str(home)},
        cwd=Path(__file__).parents[1],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    log = home / "data" / "paper-sim" / "hean-tui.log"
    while not log.exists():
        time.sleep(0.02)
    time.sleep(1.5)  # until the handlers are there and the engine runs
    process.send_signal(number)
    out, err = process.communicate(timeout=20)
    assert process.returncode == 0, err
    assert json.loads(out)["engine"]["state"] == "reduce_only"  # no new risk on the way out


def test_the_script_of_the_first_hour_does_what_the_page_says(capsys: pytest.CaptureFixture[str], home: Path) -> None:
    """The script on the page is played as a newcomer would play it, and every expectation in it holds."""
    page = (Path(__file__).parents[1] / "docs" / "first-hour.md").read_text(encoding="utf-8")
    script = next(block for block in page.split("```") if "expect positions.count" in block)
    (home / "day.txt").write_text(script)
    (home / "none.csv").write_text("ts,side,quantity\n")
    answer = say(capsys, *FAST, "--script", "day.txt", "--strategy", "scripted", "--set", "orders=none.csv")
    assert answer.code == 7, answer.err
