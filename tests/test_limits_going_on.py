"""Limits over several runs in one folder: who names one sets it, who names none changes nothing, losses tighten."""

import json
from pathlib import Path
from typing import Any

import pytest

from tests.command_line import Answer, move_in, say

RUN = ("run", "--headless", "--speed", "max", "--scenario", "quiet", "--symbol", "BTC/USDT:USDT", "--data-dir", "data")
ASKED = ("--set", "risk.halt_loss=30", "--set", "risk.max_leverage=1", "--set", "risk.daily_drawdown_limit=2%")
LEVELS = "levels    10 / 25 / 30 / 30 lost are 1.63 / 4.08 / 4.90 / 4.90 % of it"
STAYS = "risk.halt_loss stays 30: 60 would be looser, and within one account levels of loss only tighten."
NO_EFFECT = "risk.halt_loss does not count: it was 5000, and without it every tier's is 2000 at the most."
LATER = "risk.halt_loss of 1200 counts only from the Strategist on: it tightens nothing for the Hunter, who has 400."
GROWS = "+0s stop\n+1m deposit 6000\n+25h expect risk.tier == Strategist\n"


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Every test has a home of its own."""
    move_in(monkeypatch, tmp_path)
    return tmp_path


def run(capsys: pytest.CaptureFixture[str], *words: str, code: int = 0) -> tuple[Answer, dict[str, Any]]:
    """One more run over the same folder, and the risk at its end."""
    answer = say(capsys, *RUN, "--json", *(words if "--script" in words else (*words, "--duration", "1m")))
    assert answer.code == code, answer.err
    return answer, json.loads(answer.out)["risk"]


def script(home: Path, text: str) -> tuple[str, str]:
    """A script of a run."""
    (home / "script.txt").write_text(text)
    return "--script", "script.txt"


def exported(capsys: pytest.CaptureFixture[str], kind: str) -> list[dict[str, Any]]:
    """The bodies of the rows of one kind."""
    rows = [json.loads(line) for line in say(capsys, "--data-dir", "data", "journal", "export").out.splitlines()]
    return [row["body"] for row in rows if row["kind"] == kind]


def limits(capsys: pytest.CaptureFixture[str]) -> dict[str, str]:
    """What the newest run began with."""
    begun: dict[str, str] = exported(capsys, "run_start")[-1]["limits"]
    return begun


def assert_proven(capsys: pytest.CaptureFixture[str], runs: int) -> None:
    """All rows lead to the states that they tell of."""
    verified = json.loads(say(capsys, "--data-dir", "data", "replay", "--verify", "--json").out)
    assert (verified["runs"], verified["differences"], verified["equal"]) == (runs, [], True)


def test_limits_that_a_start_names_hold_from_there_on(capsys: pytest.CaptureFixture[str]) -> None:
    """In what is shown at the start, in the gate, in the row of the run, and in every run after it."""
    run(capsys, "--capital", "612")
    answer, named = run(capsys, *ASKED)
    assert answer.sentences[1] == LEVELS
    assert answer.sentences[2].endswith("leverage 1 at most")
    again, unnamed = run(capsys)
    assert again.sentences[1] == LEVELS
    assert again.sentences[2].endswith("leverage 1 at most")
    for risk in (named, unnamed):
        assert (risk["thresholds"]["halt"], risk["day_limit"]) == ("-30", "-12.24")
    starts = exported(capsys, "run_start")
    assert [start["limits"].get("halt_loss") for start in starts] == [None, "30", "30"]
    assert [start["leverage"] for start in starts] == ["3", "1", "1"]
    assert_proven(capsys, 3)


@pytest.mark.parametrize("source", ["file", "environment"])
def test_files_and_variables_name_limits_too(
    source: str, capsys: pytest.CaptureFixture[str], home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Also where the value is the default's own, and where a limit is switched off."""
    run(capsys, *ASKED, "--capital", "612")
    words: tuple[str, ...] = ()
    if source == "file":
        (home / "a.toml").write_text("[risk]\nmax_leverage = 3\nprice_collar = 'off'\n")
        words = ("--config", "a.toml")
    else:
        monkeypatch.setenv("HEAN__RISK__MAX_LEVERAGE", "3")
        monkeypatch.setenv("HEAN__RISK__PRICE_COLLAR", "off")
    answer = say(capsys, *words, *RUN, "--json", "--duration", "1m")
    assert answer.sentences[2].endswith("leverage 3 at most")
    begun = limits(capsys)
    assert (begun["max_leverage"], begun["daily_drawdown_limit"], begun["halt_loss"]) == ("3", "0.02", "30")
    assert "price_collar" not in begun
    assert_proven(capsys, 2)


def test_what_was_set_while_it_ran_stays_where_nobody_names_it(capsys: pytest.CaptureFixture[str], home: Path) -> None:
    """A start names one limit; the other one is as a person left it."""
    steps = "+1s set risk.max_leverage 2\n+2s set risk.warning_loss 12\n"
    run(capsys, "--capital", "612", *script(home, steps))
    _, risk = run(capsys, "--set", "risk.max_open_orders=7")
    begun = limits(capsys)
    assert (begun["max_leverage"], begun["max_open_orders"], risk["thresholds"]["warning"]) == ("2", "7", "-12")
    assert_proven(capsys, 2)


def test_a_looser_level_of_loss_is_not_taken_and_said_aloud(capsys: pytest.CaptureFixture[str], home: Path) -> None:
    """One sentence on stderr, in the log and in the journal; what else was named holds, and a tighter level does."""
    run(capsys, *ASKED, "--capital", "612")
    answer, risk = run(capsys, "--set", "risk.halt_loss=60", "--set", "risk.max_leverage=2")
    assert answer.sentences[0] == STAYS
    assert answer.sentences[2] == LEVELS
    assert (risk["thresholds"]["halt"], limits(capsys)["max_leverage"]) == ("-30", "2")
    assert STAYS in [row.get("words") for row in exported(capsys, "input")]
    assert STAYS in (home / "data" / "paper-sim" / "hean-tui.log").read_text()
    tighter, risk = run(capsys, "--set", "risk.halt_loss=20")
    assert (tighter.err.count("stays"), risk["thresholds"]["halt"]) == (0, "-20")
    assert [start["limits"]["halt_loss"] for start in exported(capsys, "run_start")] == ["30", "30", "20"]
    assert_proven(capsys, 3)


def test_a_level_for_a_larger_tier_is_kept_and_said_to_count_from_there(
    capsys: pytest.CaptureFixture[str], home: Path
) -> None:
    """In a folder with a journal as in a new one; where the account grows into that tier, it holds."""
    run(capsys, "--capital", "9000")
    answer, risk = run(capsys, "--set", "risk.halt_loss=1200")
    assert (answer.sentences[0], risk["thresholds"]["halt"]) == (LATER, "-400")
    assert LATER in [row.get("words") for row in exported(capsys, "input")]
    unnamed, _ = run(capsys)
    assert "counts" not in unnamed.err
    looser, _ = run(capsys, "--set", "risk.halt_loss=1500")
    assert looser.sentences[0].startswith("risk.halt_loss stays 1200: 1500 would be looser")
    _, risk = run(capsys, *script(home, GROWS))
    assert (risk["tier"], risk["thresholds"]["halt"]) == ("Strategist", "-1200")
    there, _ = run(capsys, "--set", "risk.halt_loss=1200")
    assert "counts" not in there.err
    assert_proven(capsys, 6)
    answer, risk = run(capsys, "--capital", "9000", "--data-dir", "new", "--set", "risk.halt_loss=1200")
    assert (answer.sentences[0], risk["thresholds"]["halt"]) == (LATER, "-400")


def test_a_tiers_own_level_is_kept_for_larger_ones_and_the_largest_ones_is_not(
    capsys: pytest.CaptureFixture[str],
) -> None:
    """Equal is not tighter: 10 is the Sniper's Info, and no tier's is looser than 200."""
    run(capsys, "--capital", "612")
    answer, risk = run(capsys, "--set", "risk.info_loss=10", "--set", "risk.warning_loss=500")
    assert answer.sentences[:2] == [
        "risk.info_loss of 10 counts only from the Hunter on: it tightens nothing for the Sniper, who has 10.",
        "risk.warning_loss does not count: it was 500, and without it every tier's is 500 at the most.",
    ]
    begun = limits(capsys)
    assert (begun["info_loss"], "warning_loss" in begun, risk["thresholds"]["warning"]) == ("10", False, "-25")
    tighter, risk = run(capsys, "--set", "risk.warning_loss=499.99", "--set", "risk.halt_loss=60.5")
    assert tighter.sentences[0].startswith("risk.warning_loss of 499.99 counts only from the Strategist on")
    assert (risk["thresholds"]["warning"], risk["thresholds"]["halt"]) == ("-25", "-60.5")
    assert_proven(capsys, 3)


def test_a_critical_behind_an_own_halt_counts_in_no_tier(capsys: pytest.CaptureFixture[str], home: Path) -> None:
    """HALT takes Critical along, so that a level between the two would never be the one that holds."""
    behind = "risk.critical_loss does not count: it was 45, and without it every tier's is 40 at the most."
    (home / "a.toml").write_text("[risk]\nhalt_loss = 40\ncritical_loss = 45\n")
    assert say(capsys, "--config", "a.toml", "config", "check").sentences == [behind]
    run(capsys, "--capital", "612", "--set", "risk.halt_loss=40")
    answer, _ = run(capsys, "--set", "risk.critical_loss=45")
    assert (answer.sentences[0], "critical_loss" in limits(capsys)) == (behind, False)


def test_a_level_that_is_reached_already_halts_at_the_start(capsys: pytest.CaptureFixture[str], home: Path) -> None:
    """A drawdown of more than ten is open when a HALT of ten is named."""
    steps = "+0s stop\n+5s buy BTC/USDT:USDT 0.01\n+1m market BTC/USDT:USDT -2%\n+5m expect risk.halted == false\n"
    run(capsys, "--capital", "1000", *script(home, steps))
    _, risk = run(capsys, "--set", "risk.halt_loss=10", code=7)
    assert (risk["level"], risk["thresholds"]["halt"]) == ("halt", "-10")
    assert "the Sniper's HALT of 10.00" in risk["halt_reason"]
    assert_proven(capsys, 2)


def test_a_start_after_a_crash_repeats_words_and_undoes_nothing(
    capsys: pytest.CaptureFixture[str], home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The supervisor knows the words of the first start alone; they count only if no row says them yet."""
    run(capsys, "--capital", "612", "--set", "risk.max_leverage=3", *script(home, "+1s set risk.max_leverage 1\n"))
    monkeypatch.setenv("HEAN_RESTARTS", "1")
    for _ in range(2):
        run(capsys, "--set", "risk.max_leverage=3")
        assert limits(capsys)["max_leverage"] == "1"
    run(capsys, "--set", "risk.max_leverage=2")  # the start of before crashed without a row
    assert limits(capsys)["max_leverage"] == "2"
    monkeypatch.delenv("HEAN_RESTARTS")
    run(capsys, "--set", "risk.max_leverage=3")
    assert limits(capsys)["max_leverage"] == "3"


def test_a_level_looser_than_every_tiers_own_is_said_to_be_without_effect(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where settings are checked, and where they are used, in a new folder and in one that has no level of its own."""
    monkeypatch.setenv("HEAN__RISK__HALT_LOSS", "1999.99")
    assert say(capsys, "config", "check").err == ""
    monkeypatch.setenv("HEAN__RISK__HALT_LOSS", "5000")
    assert say(capsys, "config", "check").sentences == [NO_EFFECT]
    assert ["warn", "limits", *NO_EFFECT.split()] in [line.split() for line in say(capsys, "doctor").out.splitlines()]
    answer, risk = run(capsys, "--capital", "612")
    assert (answer.sentences[0], risk["thresholds"]["halt"]) == (NO_EFFECT, "-75")
    monkeypatch.delenv("HEAN__RISK__HALT_LOSS")
    run(capsys, "--capital", "612", "--data-dir", "unnamed")
    answer, risk = run(capsys, "--data-dir", "unnamed", "--set", "risk.halt_loss=5000")
    assert (answer.sentences[0], risk["thresholds"]["halt"]) == (NO_EFFECT, "-75")
    assert answer.err.count("halt_loss") == 1
