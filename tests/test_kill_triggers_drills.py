"""Each rule that kills has a drill that a person can run: it fires there with its evidence; a quiet week fires none."""

import json
from pathlib import Path

import pytest

from engine.safety.kill_limits import TRIGGERS, Trigger
from hean_tui.books import rows_of
from infrastructure.journal.bodies import plain_body
from infrastructure.journal.places import Places
from tests.command_line import Answer, move_in, say

DRILLS = Path(__file__).parents[1] / "docs" / "drills"
FULL_SPEED = ("run", "--headless", "--speed", "max")
LEFT_IN_OUR_BOOKS = ("position-calculation",)  # a ledger that is wrong shows what the exchange does not hold


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Every test has a home of its own."""
    move_in(monkeypatch, tmp_path)
    return tmp_path


def killed(answer: Answer) -> list[str]:
    """What the end of a run says of rules that killed."""
    return [line for line in answer.sentences if line.startswith("Killed by the rule")]


@pytest.mark.parametrize("trigger", TRIGGERS, ids=lambda trigger: trigger.drill)
def test_a_drill_fires_its_rule(trigger: Trigger, capsys: pytest.CaptureFixture[str], home: Path) -> None:
    """All its expectations hold, before and after; the evidence has its row before the kill, and nothing is held."""
    script = str(DRILLS / f"{trigger.drill}.txt")
    answer = say(capsys, *FULL_SPEED, "--symbol", "BTC/USDT:USDT", "--script", script, "--data-dir", str(home))
    assert [line for line in answer.sentences if "does not hold" in line] == []
    assert answer.code == (8 if trigger.drill in LEFT_IN_OUR_BOOKS else 7)
    (sentence,) = killed(answer)
    assert sentence.startswith(f"Killed by the rule {trigger.rule}: ")
    bodies = [plain_body(row.body) for row in rows_of(Places.within(home / "paper-sim"))]
    what = [body.get("what") for body in bodies]
    assert what.count("kill.trigger") == what.count("EmergencyStop") == 1
    assert what.index("kill.trigger") < what.index("EmergencyStop")
    row = bodies[what.index("kill.trigger")]
    assert row["rule"] == trigger.rule
    assert sorted(row["evidence"]) == sorted(trigger.evidence)
    acted = next(body for body in bodies if body.get("what") == "OperatorActed" and body["verb"] == "kill")
    assert acted["words"].endswith(f"by rule {trigger.rule}")


@pytest.mark.parametrize("seed", [1, 2])
def test_hours_of_a_quiet_market_fire_nothing(seed: int, capsys: pytest.CaptureFixture[str]) -> None:
    """Trading goes on as if the rules were not there."""
    answer = say(capsys, *FULL_SPEED, "--json", "--scenario", "quiet", "--duration", "8h", "--seed", str(seed))
    assert (answer.code, killed(answer)) == (0, [])
    snapshot = json.loads(answer.out)
    assert snapshot["engine"]["state"] == "running"
    assert snapshot["health"]["kill"]["state"] == "healthy"


@pytest.mark.soak
@pytest.mark.timeout(600)
@pytest.mark.parametrize("seed", [1, 2, 3, 4, 5])
def test_a_week_of_a_quiet_market_fires_nothing(seed: int, capsys: pytest.CaptureFixture[str]) -> None:
    """Five of them; a strategy may lose, and be halted for it, but no rule kills."""
    answer = say(capsys, *FULL_SPEED, "--json", "--scenario", "quiet", "--duration", "7d", "--seed", str(seed))
    assert killed(answer) == []
    assert json.loads(answer.out)["engine"]["state"] != "killed"


@pytest.mark.soak
@pytest.mark.parametrize("scenario", ["normal", "crash", "flash_crash", "outage", "squeeze"])
def test_a_day_of_any_weather_fires_nothing(scenario: str, capsys: pytest.CaptureFixture[str]) -> None:
    """What stops and halts are for, they do; the venue of an outage answers nobody, and nobody is killed for it."""
    answer = say(capsys, *FULL_SPEED, "--json", "--scenario", scenario, "--duration", "1d")
    assert killed(answer) == []
