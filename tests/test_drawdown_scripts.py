"""Three accounts fall to HALT, wait and are lifted: what the journal has of it, and what each command ends with."""

from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from docs.drawdowns import BEGINNINGS, DRILLS, RUN
from hean_tui.books import rows_of
from infrastructure.journal.bodies import plain_body
from infrastructure.journal.places import Places
from tests.command_line import move_in, say
from tests.engine_process import running

# As the table has them: Info, Warning, Critical, HALT.
LEVELS = {
    "Sniper": (10, 25, 50, 75),
    "Hunter": (50, 100, 300, 400),
    "Strategist": (200, 500, 1_500, 2_000),
}
WAITS_H = {"Sniper": 4, "Hunter": 1, "Strategist": 8}
CODES = {"falls": 7, "waits": 7, "lifts": 0}


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Every test has a home of its own."""
    move_in(monkeypatch, tmp_path)
    return tmp_path


def rows(folder: Path) -> list[tuple[str, dict[str, Any]]]:
    """Kind and body of every row of a folder."""
    return [(row.kind, plain_body(row.body)) for row in rows_of(Places.within(folder / "paper-sim"))]


@pytest.mark.parametrize("tier", LEVELS)
def test_a_tier_falls_waits_and_goes_on(tier: str, home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Each level is told at its amount, no entry passes between halt and lifting, and then one does again."""
    for act, code in CODES.items():
        script = str(DRILLS / f"drawdown-{tier.lower()}-{act}.txt")
        first = BEGINNINGS[tier] if act == "falls" else ()
        answer = say(capsys, *RUN, *first, "--script", script, "--data-dir", str(home))
        assert [line for line in answer.sentences if "does not hold" in line or "no answer" in line] == []
        assert (act, answer.code) == (act, code)
        assert any(line.startswith("Halted: ") for line in answer.sentences) is (code == 7)
        assert not any(line.startswith("Killed") for line in answer.sentences)
    told = rows(home)
    check_levels(tier, [body for _, body in told if body.get("what") == "DrawdownAlert"])
    names = [body.get("what") for _, body in told]
    assert (names.count("Halt"), names.count("HaltLifted")) == (1, 1)
    halt, lifted = names.index("Halt"), names.index("HaltLifted")
    assert told[lifted][1]["ts"] - told[halt][1]["ts"] >= WAITS_H[tier] * 3_600_000_000_000
    orders = [body for kind, body in told[halt:lifted] if kind == "intent"]
    assert all(order["reduce_only"] for order in orders)
    assert any(kind == "execution" for kind, _ in told[halt:lifted])  # what is held goes, by a stop or by hand
    assert any(kind == "intent" for kind, _ in told[lifted:])


def check_levels(tier: str, alerts: list[dict[str, Any]]) -> None:
    """All four were told, in their order, and none before its amount was lost."""
    first: dict[str, dict[str, Any]] = {}
    for alert in alerts:
        first.setdefault(alert["level"], alert)
        assert Decimal(alert["loss"]) >= Decimal(alert["limit"])
    assert list(first) == ["info", "warning", "critical", "halt"]
    assert [Decimal(alert["limit"]) for alert in first.values()] == [Decimal(amount) for amount in LEVELS[tier]]


def test_another_shell_is_refused_with_the_codes_of_the_contract(
    home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Too early is 7; without a halt, or with nothing as a reason, 1; without a reason at all, 2; nobody there, 3."""
    script = home / "halt.txt"
    script.write_text("+0s stop\n+5s buy BTC/USDT:USDT 0.025\n+1m market BTC/USDT:USDT -3.9%\n+4m stop\n")
    folder = ("--data-dir", str(home))
    run = ("run", "--headless", "--speed", "max", "--scenario", "quiet", "--symbol", "BTC/USDT:USDT")
    assert say(capsys, *run, "--capital", "1000", "--script", str(script), *folder).code == 7
    unlock = (*folder, "unlock")
    words = ("--reason", "I was tired", "--phrase", "RESET SNIPER")
    assert say(capsys, *unlock, "account", *words).code == 3
    with running(home):
        early = say(capsys, *unlock, "account", *words)
        assert early.code == 7
        assert "it can be lifted in 3 h 5" in early.err
        assert say(capsys, *unlock, "account", "--reason", " ", "--phrase", "RESET SNIPER").code == 1
        assert say(capsys, *unlock, "account", "--phrase", "RESET SNIPER").code == 2
        assert say(capsys, *unlock, "day", *words).code == 7
        assert say(capsys, *unlock, "week", *words).code == 1
        status = say(capsys, *folder, "status").out.splitlines()
    assert "tier       Sniper: Info 10.00, Warning 25.00, Critical 50.00, HALT 75.00" in status
    (risk,) = [line for line in status if line.startswith("risk ")]
    (lifted,) = [line for line in status if line.startswith("lifted ")]
    assert "reached the Sniper's HALT of 75.00" in risk
    assert lifted.endswith('by hean-tui unlock account --reason TEXT --phrase "RESET SNIPER"')
