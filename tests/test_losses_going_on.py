"""A halt is in the data folder: another program over it, with other settings and another feed, is halted too."""

import json
import sqlite3
from contextlib import closing
from datetime import datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from tests.command_line import Answer, move_in, say

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


def restored(capsys: pytest.CaptureFixture[str]) -> dict[str, Any]:
    """Put the backup in the journal's place; what the restore says of it."""
    answer = say(capsys, "--data-dir", "data", "--json", "db", "restore", "before.db")
    assert answer.code == 0, answer.err
    told: dict[str, Any] = json.loads(answer.out)
    return told


def fallen_after_a_backup(capsys: pytest.CaptureFixture[str]) -> dict[str, Any]:
    """Half a minute without a loss, a backup, and a fall that halts; the risk at its end."""
    run(capsys, "--scenario", "quiet", "--capital", "1000", "--duration", "30s", code=0)
    assert say(capsys, "--data-dir", "data", "db", "backup", "before.db").code == 0
    risk: dict[str, Any] = run(capsys, "--scenario", "quiet", "--script", "fall.txt", code=7)["risk"]
    return risk


def moment(text: str) -> datetime:
    return datetime.fromisoformat(text)


def proven(capsys: pytest.CaptureFixture[str]) -> Answer:
    assert say(capsys, "--data-dir", "data", "journal", "verify").code == 0
    return say(capsys, "--data-dir", "data", "replay", "--verify")


def test_a_backup_from_before_a_halt_does_not_lift_it(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, home: Path
) -> None:
    """The same reason and what was left of the waiting time, twice over; then its own phrase lifts it."""
    monkeypatch.setenv("HEAN__RISK__DAILY_DRAWDOWN_LIMIT", "0.9")
    fallen = fallen_after_a_backup(capsys)
    for _ in range(2):
        told = restored(capsys)
        assert told["halts"] == [{"scope": "account", "reason": fallen["halt_reason"]}]
        assert told["doubt"] is None
    assert "in force: account" in say(capsys, "--data-dir", "data", "doctor").out
    again = run(capsys, "--scenario", "quiet", "--duration", "1m", code=7)
    assert again["engine"]["state"] == "halted"
    assert Decimal(again["account"]["equity"]) == 1000
    for name in ("tier", "level", "halt_reason", "lift"):
        assert again["risk"][name] == fallen[name]
    earlier = timedelta(minutes=4)  # is the end of the backup than that of what it replaces
    assert moment(again["risk"]["halt_until"]) == moment(fallen["halt_until"]) - earlier
    (home / "lift.txt").write_text(
        '+1m unlock account --reason "too early" --phrase "RESET SNIPER"\n'
        "+2m expect risk.halted == true\n"
        '+4h unlock account --reason "I looked" --phrase "RESET SNIPER"\n'
        "+4h expect risk.halted == false\n"
    )
    run(capsys, "--scenario", "quiet", "--script", "lift.txt", code=0)
    exported = say(capsys, "--data-dir", "data", "journal", "export").out.splitlines()
    halts = [row["body"] for row in map(json.loads, exported) if row["kind"] == "halt"]
    assert [(row["what"], row["scope"]) for row in halts] == [("carried", "account"), ("Halt", "account")]
    assert proven(capsys).code == 0


def test_a_backup_does_not_end_the_day_of_a_halt(capsys: pytest.CaptureFixture[str], home: Path) -> None:
    """The day's own halt is in force until the day is over, and then nobody is needed."""
    (home / "fall.txt").write_text("+0s stop\n+1s set risk.daily_drawdown_limit 0.0001\n+2s buy BTC/USDT:USDT 0.01\n")
    fallen = fallen_after_a_backup(capsys)
    assert fallen["lift"] == "none"
    assert [halt["scope"] for halt in restored(capsys)["halts"]] == ["day"]
    again = run(capsys, "--scenario", "quiet", "--duration", "1m", code=7)
    assert again["risk"]["halt_reason"] == fallen["halt_reason"]
    assert again["risk"]["halt_until"] == fallen["halt_until"] == "2026-01-02T00:00:00.000Z"
    assert run(capsys, "--scenario", "quiet", "--duration", "24h", code=0)["engine"]["state"] == "running"
    assert proven(capsys).code == 0


@pytest.mark.parametrize(
    "damage",
    [
        "UPDATE journal SET body = X'7b7d' WHERE seq = (SELECT min(seq) FROM journal WHERE kind = 'intent')",
        "UPDATE journal SET kind = 'venue' WHERE seq > 20",  # a fold would notice nothing
    ],
)
def test_a_damaged_journal_still_says_what_it_can(damage: str, capsys: pytest.CaptureFixture[str]) -> None:
    """A halt behind the damage is in the list of halts, and the restore says that not everything holds."""
    fallen = fallen_after_a_backup(capsys)
    with closing(sqlite3.connect("data/paper-sim/journal.db")) as connection, connection:
        connection.execute(damage)
    told = restored(capsys)
    assert {"scope": "account", "reason": fallen["halt_reason"]} in told["halts"]
    assert "does not hold to its end" in told["doubt"]
    assert run(capsys, "--scenario", "quiet", "--duration", "1m", code=7)["risk"]["lift"] == "acknowledge"


def test_a_journal_that_is_gone_leaves_a_doubt(capsys: pytest.CaptureFixture[str]) -> None:
    """Nothing can be known of its halts; the restore says so and is done."""
    fallen_after_a_backup(capsys)
    for file in Path("data/paper-sim").glob("journal.db*"):
        file.unlink()
    told = restored(capsys)
    assert told["halts"] == []
    assert told["doubt"].startswith("The journal that was there cannot be read")
    run(capsys, "--scenario", "quiet", "--duration", "1m", code=0)


def test_a_restore_that_was_cut_short_keeps_the_halts(capsys: pytest.CaptureFixture[str]) -> None:
    """The journal has gone aside and the restored one has no name yet; the same command again finishes the work."""
    fallen_after_a_backup(capsys)
    first = restored(capsys)
    folder = Path("data/paper-sim")
    (folder / "journal.db").rename(folder / "journal-restored.db")
    assert restored(capsys)["halts"] == first["halts"]
    run(capsys, "--scenario", "quiet", "--duration", "1m", code=7)
