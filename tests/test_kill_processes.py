"""A kill of the real program: healthy, frozen, asked twice at once; proven by the journal and the venue's own rows."""

import json
import signal
import subprocess
import sys
import time
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from hean_tui.fill_history import fills
from infrastructure.journal.bodies import plain_body
from infrastructure.journal.places import Places
from infrastructure.journal.reading import bodies_of, open_for_reading
from tests.command_line import say
from tests.engine_process import BTC, ROOT, EngineProcess, quiet_environment, request, running, talk

KILL = (sys.executable, "-m", "hean_tui", "kill", "--json", "--data-dir")


def trade(engine: EngineProcess, capsys: pytest.CaptureFixture[str]) -> None:
    """A position with its stop, and an entry that waits."""
    for words in (("0.02", "--stop", "85000"), ("0.01", "--limit", "1000")):
        assert say(capsys, "buy", BTC, *words, "--data-dir", str(engine.root)).code == 0
    time.sleep(0.3)


def begin_kill(engine: EngineProcess) -> subprocess.Popen[str]:
    """The program of its own, from another shell."""
    return subprocess.Popen(
        [*KILL, str(engine.root)],
        env=quiet_environment(engine.root),
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def rows(folder: Path, kind: str) -> list[dict[str, Any]]:
    """What the journal's rows of a kind say."""
    connection = open_for_reading(Places.within(folder))
    try:
        return [plain_body(bytes(body)) for body in bodies_of(connection, kind)]
    finally:
        connection.close()


def prove(engine: EngineProcess, capsys: pytest.CaptureFixture[str]) -> None:
    """Once the process is gone: what was bought was sold, the fold agrees, and the proof is the exchange's word."""
    signed = {"buy": 1, "sell": -1}
    assert sum(Decimal(fill["quantity"]) * signed[fill["side"]] for fill in fills(engine.folder)) == 0
    done = [row for row in rows(engine.folder, "mode") if row["what"] == "kill.done"]
    assert done
    assert all((row["shown_by"], row["left"], row["orders"]) == ("the exchange", [], []) for row in done)
    at_venue = [fact for row in rows(engine.folder, "venue") for fact in row.get("facts", [])]
    assert at_venue
    bought = sum(Decimal(str(fact["quantity"])) * fact["side"] for fact in at_venue if "execution_id" in fact)
    assert bought == 0
    assert say(capsys, "journal", "verify", "--data-dir", str(engine.root)).code == 0
    assert say(capsys, "replay", "--verify", "--data-dir", str(engine.root)).code == 0


def test_a_frozen_engine_is_flat_within_ten_seconds(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Stopped in its tracks with a position: one command, from the start of Python to the proof."""
    with running(tmp_path / "engine") as engine:
        trade(engine, capsys)
        time.sleep(1.0)
        engine.freeze()
        began = time.monotonic()
        out, err = begin_kill(engine).communicate(timeout=30)
        assert time.monotonic() - began < 10, err
        said = json.loads(out)
        assert (said["left"], said["by"], said["state"]) == ([], "the journal", "killed")
        prove(engine, capsys)


def test_a_healthy_engine_asked_twice_at_once_is_flat_once(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Two shells in the same moment: both are told the same, and the position is closed once."""
    with running(tmp_path / "engine") as engine:
        trade(engine, capsys)
        both = [begin_kill(engine) for _ in range(2)]
        for asked in both:
            out, err = asked.communicate(timeout=30)
            said = json.loads(out)
            assert (asked.returncode, said["left"], said["state"], said["by"]) == (0, [], "killed", "the engine"), err
        assert [fill["side"] for fill in fills(engine.folder)] == ["buy", "sell"]
        engine.process.kill()
        engine.process.wait()
        prove(engine, capsys)


def test_an_engine_killed_in_the_middle_of_a_kill_finishes_it_at_its_next_start(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The process dies after the cancels, before the first closing order; it comes back killed, and gets flat alone."""
    dies = {"HEAN_TEST": "1", "HEAN_FAULTPOINT": "kill.step_4:1:kill"}
    with running(tmp_path / "engine", environment=dies) as engine:
        trade(engine, capsys)
        talk(engine.door, request("ask", "a-kill", ask={"verb": "kill"}))
        assert engine.process.wait(20) == -signal.SIGKILL
    with running(tmp_path / "engine") as engine:
        deadline = time.monotonic() + 15
        while json.loads(say(capsys, "positions", "--json", "--data-dir", str(engine.root)).out):
            assert time.monotonic() < deadline
            time.sleep(0.2)
        status = json.loads(say(capsys, "status", "--json", "--data-dir", str(engine.root)).out)
        resting = [order for order in status["orders"] if order["status"] in ("accepted", "submitted", "cancelling")]
        assert (status["engine"]["state"], resting) == ("killed", [])
