"""`hean-tui sim`: its words, its JSON, its exit codes."""

import json
import shlex
from pathlib import Path
from typing import Any

import pytest

from engine import faultpoints
from hean_tui.sim import command
from hean_tui.sim.bugs import BUGS
from hean_tui.sim.hunting import planted
from hean_tui.sim.plan import Plan
from hean_tui.sim.world import World
from tests.command_line import Answer, move_in, say


@pytest.fixture(autouse=True)
def _home(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    move_in(monkeypatch, tmp_path)


def last_line(answer: Answer) -> dict[str, Any]:
    """The last line of the output, as JSON."""
    told = json.loads(answer.out.splitlines()[-1])
    assert isinstance(told, dict)
    return told


def test_a_seed_is_told_in_one_line_of_json(capsys: pytest.CaptureFixture[str]) -> None:
    """Seed, digest, orders, kills and violations, as the contract has it, and a second time the same."""
    answer = say(capsys, "sim", "run", "--seed", "7", "--hours", "0.1", "--json")
    told = last_line(answer)
    assert answer.code == 0
    assert told["seed"] == 7
    assert told["violations"] == []
    assert isinstance(told["orders"], int)
    assert isinstance(told["kills"], int)
    again = last_line(say(capsys, "sim", "run", "--seed", "7", "--hours", "0.1", "--json"))
    assert again["digest"] == told["digest"]


def test_several_seeds_end_with_a_summary(capsys: pytest.CaptureFixture[str]) -> None:
    """A line a seed, and one for all of them."""
    answer = say(capsys, "sim", "run", "--seeds", "3", "--profile", "quiet", "--hours", "0.05", "--jobs", "1", "--json")
    lines = [json.loads(line) for line in answer.out.splitlines()]
    assert [line["seed"] for line in lines[:-1]] == [0, 1, 2]
    assert (lines[-1]["seeds"], lines[-1]["violations"]) == (3, 0)


def test_the_summary_has_the_throughput_beside_its_floor_and_goal(capsys: pytest.CaptureFixture[str]) -> None:
    """Simulated hours for each second of a core, profile by profile."""
    words = ("--seeds", "2", "--profile", "crash", "--profile", "quiet", "--hours", "0.05", "--jobs", "1", "--json")
    crash, quiet = json.loads(say(capsys, "sim", "run", *words).out.splitlines()[-1])["throughput"]
    assert (crash["profile"], crash["seeds"], crash["floor"], crash["goal"]) == ("crash", 2, 0.25, 1.25)
    assert crash["hours_per_core_s"] > 0
    assert (quiet["profile"], quiet["floor"]) == ("quiet", None)


def test_people_read_a_table_with_floor_and_goal(capsys: pytest.CaptureFixture[str]) -> None:
    """The throughput beside what it should be."""
    answer = say(capsys, "sim", "run", "--profile", "crash", "--hours", "0.05")
    assert answer.code == 0
    assert "floor" in answer.out
    assert "digest of seed 0" in answer.out


def test_a_profile_of_ones_own_is_a_file(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    """Fault names with their ranges, and the shape of the market beside them."""
    file = tmp_path / "lossy.json"
    file.write_text(json.dumps({"request_loss": [0.1, 0.1], "always": ["request_loss"], "tick_s": [1, 1]}))
    told = last_line(say(capsys, "sim", "run", "--profile-file", str(file), "--hours", "0.1", "--json"))
    assert told["profile"] == "lossy"
    assert set(told["faults"]) == {"request_loss"}


@pytest.mark.parametrize(
    ("words", "code", "sentence"),
    [
        (("sim",), 2, "needs a word"),
        (("sim", "dance"), 2, "dance"),
        (("sim", "run", "--profile", "crahs"), 2, "did you mean crash"),
        (("sim", "run", "--seed", "-1"), 2, "--seed"),
        (("sim", "run", "--hours", "0"), 2, "--hours"),
        (("sim", "run", "--seeds", "2", "--trace", "t.jsonl"), 2, "one seed"),
        (("sim", "run", "--profile-file", "none.json"), 4, "none.json"),
    ],
)
def test_what_makes_no_sense_is_refused_in_a_sentence(
    capsys: pytest.CaptureFixture[str], words: tuple[str, ...], code: int, sentence: str
) -> None:
    """With the exit code of the contract."""
    answer = say(capsys, *words)
    assert answer.code == code
    assert sentence in answer.err


@pytest.mark.parametrize(
    "text",
    [
        "[]",
        "{",
        '{"request_los": [0, 1]}',
        '{"request_loss": "often"}',
        '{"request_loss": [0]}',
        '{"kill": [60, 30]}',
        '{"symbols": [2, 1]}',
        '{"tick_s": [2, 1]}',
    ],
)
def test_a_profile_that_cannot_be_read_is_refused(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, text: str
) -> None:
    """As a wrong file, with its name."""
    file = tmp_path / "odd.json"
    file.write_text(text)
    answer = say(capsys, "sim", "run", "--profile-file", str(file))
    assert answer.code == 4
    assert "odd.json" in answer.err


def test_a_range_with_its_larger_figure_first_is_named(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    """Which one, both figures, and the way out, in one sentence."""
    file = tmp_path / "odd.json"
    file.write_text('{"kill": [60, 30]}')
    answer = say(capsys, "sim", "run", "--profile-file", str(file))
    assert answer.sentences == [f'The profile "{file}" has kill from 60 to 30; write the smaller figure first.']


def test_a_failure_of_a_profile_of_ones_own_is_seen_again_with_one_command(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """The command names the file, ready for a shell, and the exact length; report and JSON have the same."""
    file = tmp_path / "my own.json"
    file.write_text('{"kill": [35, 85], "always": ["kill"]}')
    words = ("sim", "run", "--profile-file", str(file), "--seed", "0", "--hours", "0.0500001")
    with monkeypatch.context() as broken:
        broken.setattr(command, "World", _broken_world)
        answer = say(capsys, *words, "--json")
    assert answer.code == 1
    replay = answer.sentences[-1].removeprefix("See it again: ")
    assert shlex.split(replay) == ["hean-tui", "sim", "run", "--seed", "0", *words[2:4], "--hours", "0.0500001"]
    violations = last_line(answer)["violations"]
    assert [each["replay"] for each in violations] == [replay]
    assert say(capsys, *shlex.split(replay)[1:]).code == 0  # without the bug


def _broken_world(plan: Plan) -> World:
    world = World(plan)
    world.process.tamper = planted(next(bug for bug in BUGS if bug.name == "row after send"))
    return world


def test_a_run_can_be_stopped_at_a_step_and_traced(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    """The trace holds what happened until then, in the order of time."""
    trace = tmp_path / "trace.jsonl"
    answer = say(capsys, "sim", "run", "--seed", "3", "--until-step", "800", "--trace", str(trace), "--json")
    assert answer.code == 0
    assert last_line(answer)["steps"] == 800
    moments = [json.loads(line) for line in trace.read_text().splitlines()]
    happened = [moment["t"] for moment in moments if moment["what"] != "fault"]
    assert happened == sorted(happened)
    assert {"left", "arrived", "told", "durable"} <= {moment["what"] for moment in moments}


def test_the_fault_points_are_listed(capsys: pytest.CaptureFixture[str]) -> None:
    """Every name there is, with the place it stands for."""
    answer = say(capsys, "sim", "faultpoints", "--json")
    names = {each["name"] for each in json.loads(answer.out)}
    assert set(faultpoints.POINTS) <= names


def test_coverage_counts_what_was_reached(capsys: pytest.CaptureFixture[str]) -> None:
    """Fault points and rows of the state table, those with nothing beside them included."""
    answer = say(capsys, "sim", "coverage", "--profile", "quiet", "--hours", "0.1", "--jobs", "1", "--json")
    told = json.loads(answer.out)
    assert told["fault_points"]["intent.append"] > 0
    assert told["state_table"]["submitted: accept"] > 0
    assert 0 in told["state_table"].values()
