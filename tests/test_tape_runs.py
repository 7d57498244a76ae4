"""The market tape of a real run: written in real time alone, whole after an end in order, marked after a crash."""

import json
import signal
import time
from pathlib import Path
from typing import Any

import pytest

from hean_tui.run_tape import TOLD
from infrastructure.tape import Gap, Heard, read_tape
from tests.command_line import move_in, say
from tests.engine_process import running

BTC = "BTC/USDT:USDT"
SHORT = ("run", "--headless", "--json", "--data-dir", "data", "--symbol", BTC)
QUICK = ("--speed", "60x", "--duration", "60s")  # a second


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder of the tape, in a home of its own."""
    move_in(monkeypatch, tmp_path)
    return tmp_path / "data" / "paper-sim" / "tape"


def run(capsys: pytest.CaptureFixture[str], *words: str) -> dict[str, Any]:
    """One run to its end; its last snapshot."""
    answer = say(capsys, *SHORT, *words)
    assert answer.code == 0, answer.err
    snapshot: dict[str, Any] = json.loads(answer.out)
    return snapshot


def test_what_the_market_told_is_there_when_a_run_has_ended(capsys: pytest.CaptureFixture[str], folder: Path) -> None:
    """From the start on, nothing dropped and nothing of the market before; a second run marks what lies between."""
    first = run(capsys, *QUICK)
    heard = list(read_tape(folder))
    start_ns = 1_767_225_600_000_000_000  # 2026-01-01T00:00:00Z
    assert {one.what for one in heard if isinstance(one, Heard)} == {kind.__name__ for kind in TOLD}
    assert all(isinstance(one, Heard) and one.fields["symbol"] == BTC for one in heard)
    times = [one.ts for one in heard if isinstance(one, Heard)]
    assert times == sorted(times)
    assert start_ns <= times[0] < times[-1] <= start_ns + 60_000_000_000
    assert first["counts"]["dropped"] == 0
    prices = [one.fields["price"] for one in heard if isinstance(one, Heard) and one.what == "Tick"]
    assert len(prices) > 5
    run(capsys, *QUICK)
    both = list(read_tape(folder))
    assert both[: len(heard)] == heard
    gap = both[len(heard)]
    assert isinstance(gap, Gap)
    assert (gap.from_ns, gap.lost, gap.reason) == (times[-1], 0, "the program was not recording")
    assert not any(isinstance(one, Gap) for one in both[len(heard) + 1 :])


def test_there_is_none_at_full_speed_and_where_it_is_not_wanted(
    capsys: pytest.CaptureFixture[str], folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A month in a minute would be gigabytes, and the seed gives it again."""
    run(capsys, "--speed", "max", "--duration", "10m")
    assert not folder.exists()
    monkeypatch.setenv("HEAN__ENGINE__TAPE", "false")
    run(capsys, *QUICK)
    assert not folder.exists()


def test_a_crash_leaves_a_gap_and_nothing_worse(tmp_path: Path) -> None:
    """What was on the disk stays; the next start marks from where on nobody knows, in the right order of moments."""
    root = tmp_path / "crashing"
    tape = root / "paper-sim" / "tape"
    for _ in range(2):
        with running(root, "--speed", "20x") as engine:
            known = len(list(read_tape(tape)))
            deadline = time.monotonic() + 15.0
            while len(list(read_tape(tape))) <= known:
                assert time.monotonic() < deadline, "nothing came onto the tape"
                time.sleep(0.1)
            engine.process.send_signal(signal.SIGKILL)
            engine.process.wait(10)
    gaps = [one for one in read_tape(tape) if isinstance(one, Gap)]
    assert [gap.reason for gap in gaps] == ["the program was not recording"]
    assert gaps[0].from_ns <= gaps[0].to_ns
