"""A halt is in the data folder: another program over it, with other settings and another feed, is halted too."""

import json
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from tests.command_line import move_in, say

RUN = ("run", "--headless", "--speed", "max", "--symbol", "BTC/USDT:USDT", "--data-dir", "data", "--json")
FALL = "+0s stop\n+5s buy BTC/USDT:USDT 0.025\n+1m market BTC/USDT:USDT -3.9%\n+4m stop\n"


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Every test has a home of its own."""
    move_in(monkeypatch, tmp_path)
    (tmp_path / "fall.txt").write_text(FALL)
    return tmp_path


def run(capsys: pytest.CaptureFixture[str], *words: str, code: int) -> dict[str, Any]:
    """One run over the same folder; its last snapshot."""
    answer = say(capsys, *RUN, *words)
    assert answer.code == code, answer.err
    snapshot: dict[str, Any] = json.loads(answer.out)
    return snapshot


def test_a_halt_is_in_the_folder(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    """More capital, looser levels, another scenario, seed and strategy: the same halt, since then, for as long."""
    first = run(capsys, "--scenario", "quiet", "--capital", "1000", "--script", "fall.txt", code=7)["risk"]
    assert (first["tier"], first["level"], first["lift"]) == ("Sniper", "halt", "acknowledge")
    assert Decimal(first["thresholds"]["halt"]) == -75
    monkeypatch.setenv("HEAN__RISK__HALT_LOSS", "5000")
    monkeypatch.setenv("HEAN__RISK__DAILY_DRAWDOWN_LIMIT", "0.9")
    other = ("--capital", "25000", "--scenario", "normal", "--seed", "77", "--strategy", "ema_cross")
    again = run(capsys, *other, "--duration", "1h", code=7)
    assert again["engine"]["state"] == "halted"
    for name in ("tier", "level", "halted", "halt_reason", "halt_until", "lift", "thresholds"):
        assert again["risk"][name] == first[name]
    assert [order for order in again["orders"] if not order["reduce_only"] and order["status"] == "accepted"] == []


def test_a_lifted_halt_is_lifted_in_the_folder(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, home: Path
) -> None:
    """After its four hours, by the phrase; the next run finds no halt, and measures from where it was lifted."""
    monkeypatch.setenv("HEAN__RISK__DAILY_DRAWDOWN_LIMIT", "0.9")
    run(capsys, "--scenario", "quiet", "--capital", "1000", "--script", "fall.txt", code=7)
    (home / "lift.txt").write_text(
        "+0s close BTC/USDT:USDT\n"
        '+4h10m unlock account --reason "I was tired" --phrase "RESET SNIPER"\n'
        "+4h10m expect risk.halted == false\n"
    )
    lifted = run(capsys, "--scenario", "quiet", "--script", "lift.txt", code=0)
    again = run(capsys, "--scenario", "quiet", "--duration", "1m", code=0)
    for snapshot in (lifted, again):
        assert snapshot["risk"]["halt_until"] is None
        assert Decimal(snapshot["risk"]["loss"]["total"]) == 0
        assert Decimal(snapshot["account"]["equity"]) < 930
    verified = say(capsys, "--data-dir", "data", "replay", "--verify", "--json")
    assert verified.code == 0
    assert json.loads(verified.out)["runs"] == 3
def test_the_next_run_has_its_own_levels(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    """Tighter ones from the settings hold in a folder that began without them, and are gone when they are taken out."""
    assert Decimal(run(capsys, "--duration", "1s", code=0)["risk"]["thresholds"]["halt"]) == -2_000
    monkeypatch.setenv("HEAN__RISK__HALT_LOSS", "1234")
    assert Decimal(run(capsys, "--duration", "1s", code=0)["risk"]["thresholds"]["halt"]) == -1_234
    monkeypatch.delenv("HEAN__RISK__HALT_LOSS")
    assert Decimal(run(capsys, "--duration", "1s", code=0)["risk"]["thresholds"]["halt"]) == -2_000
