"""What `doctor` says: every fact a start needs, judged, for people and for programs."""

import json
import platform
import sqlite3
from importlib.metadata import version
from pathlib import Path

import pytest

from hean_tui.doctor.fact import Level
from hean_tui.doctor.storage import storage_facts
from hean_tui.doctor.terminal import terminal_facts
from tests.command_line import move_in, say


@pytest.fixture(autouse=True)
def at_home(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """A home without settings and an environment without traps."""
    move_in(monkeypatch, tmp_path)
    for name in ("PYTHONPATH", "PYTHONDONTWRITEBYTECODE", "TMUX", "NO_COLOR"):
        monkeypatch.delenv(name, raising=False)


def facts_of(capsys: pytest.CaptureFixture[str], *words: str) -> tuple[int, dict[str, dict[str, str]]]:
    """The exit code, and the facts by name."""
    answer = say(capsys, "doctor", "--json", *words)
    told = json.loads(answer.out)
    assert told["ok"] is (answer.code == 0)
    return answer.code, {fact["name"]: fact for fact in told["facts"]}


def test_doctor_names_what_it_runs_on(capsys: pytest.CaptureFixture[str]) -> None:
    """The versions are those that the interpreter itself reports."""
    code, facts = facts_of(capsys)
    assert code == 0
    assert facts["python"]["text"].startswith(platform.python_version())
    assert facts["textual"]["text"] == version("textual")
    assert facts["sqlite"]["text"].startswith(sqlite3.sqlite_version)
    assert {"clock", "monotonic", "terminal", "colours", "letters", "disk", "settings", "mode", "keys"} <= set(facts)


def test_doctor_says_where_the_log_is_and_makes_nothing(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    """Looking is not starting: the place is told, and still is not there."""
    _, facts = facts_of(capsys, "--data-dir", "here")
    assert facts["log"]["text"].startswith(str(tmp_path / "here/paper-sim/hean-tui.log"))
    assert "first start" in facts["data folder"]["text"]
    assert list(tmp_path.iterdir()) == []


def test_a_file_in_place_of_the_data_folder_is_in_the_way(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    """What would stop a start ends the doctor with code 4."""
    (tmp_path / "file").touch()
    code, facts = facts_of(capsys, "--data-dir", "file")
    assert (code, facts["data folder"]["level"]) == (4, "bad")


def test_a_wrong_settings_file_is_a_fact_and_not_an_end(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    """All the other facts are still told."""
    (tmp_path / "a.toml").write_text("[risk]\nmax_leverage = -1\n", encoding="utf-8")
    code, facts = facts_of(capsys, "--config", "a.toml")
    assert (code, facts["settings"]["level"]) == (4, "bad")
    assert "risk.max_leverage" in facts["settings"]["text"]
    assert facts["python"]["level"] == "ok"


@pytest.mark.parametrize("name", ["PYTHONPATH", "PYTHONOPTIMIZE", "TEXTUAL_DRIVER", "HEAN_FAULTPOINT"])
def test_traps_in_the_environment_are_named(
    name: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Worth a look, and no reason to refuse."""
    monkeypatch.setenv(name, "1")
    code, facts = facts_of(capsys)
    assert (code, facts[name]["level"]) == (0, "warn")


def test_people_get_one_line_a_fact(capsys: pytest.CaptureFixture[str]) -> None:
    """The judgement first, and a last line that sums up."""
    lines = say(capsys, "doctor").out.splitlines()
    assert {line.split()[0] for line in lines[: lines.index("")]} <= {"ok", "warn", "bad"}
    assert lines[-1].startswith("Ready to start")


def test_others_being_able_to_look_in_is_worth_a_look(tmp_path: Path) -> None:
    """The next start mends it, and until then it is said."""
    (tmp_path / "paper-sim").mkdir(mode=0o755)
    facts = {fact.name: fact for fact in storage_facts(tmp_path)}
    assert facts["permissions"].level is Level.WARN
    (tmp_path / "paper-sim").chmod(0o700)
    assert {fact.name: fact for fact in storage_facts(tmp_path)}["permissions"].level is Level.OK


@pytest.mark.parametrize(
    ("environ", "level", "words"),
    [
        ({"TERM": "xterm-256color"}, Level.OK, "256 colours"),
        ({"TERM": "xterm", "COLORTERM": "truecolor"}, Level.OK, "all colours"),
        ({"TERM": "screen"}, Level.WARN, "16 colours"),
        ({"TERM": "dumb"}, Level.WARN, "no colours"),
        ({"TERM": "xterm-256color", "NO_COLOR": "1"}, Level.OK, "without colour"),
    ],
)
def test_colours_are_judged_by_what_the_terminal_says(environ: dict[str, str], level: Level, words: str) -> None:
    """The themes are made of 256 colours; fewer is worth a look."""
    (fact,) = (fact for fact in terminal_facts(environ) if fact.name == "colours")
    assert fact.level is level
    assert words in fact.text


@pytest.mark.parametrize(("held_back_ms", "level"), [(500, Level.WARN), (10, Level.OK)])
def test_tmux_that_holds_escape_back_is_named(
    held_back_ms: int, level: Level, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """The program `tmux` is asked, and the advice is a line for its settings."""
    program = tmp_path / "tmux"
    program.write_text(f"#!/bin/sh\necho {held_back_ms}\n", encoding="utf-8")
    program.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path), prepend=":")
    facts = {fact.name: fact for fact in terminal_facts({"TMUX": "somewhere", "COLORTERM": "truecolor"})}
    assert facts["tmux"].level is level
    assert ("set -s escape-time 10" in facts["tmux"].text) is (level is Level.WARN)
