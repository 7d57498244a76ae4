"""What `doctor` says of a data folder with a journal, and that looking changes nothing there."""

import json
import signal
import sqlite3
from collections.abc import Callable
from pathlib import Path

import pytest

from hean_tui import going_on
from hean_tui.doctor.fact import Fact, Level
from hean_tui.doctor.journal_facts import journal_facts
from infrastructure.control.kill_flag import raise_flag
from infrastructure.journal import Kind, Opening, open_journal
from tests.command_line import move_in, say
from tests.engine_process import running

NAMES = {"lock", "journal", "snapshot", "halts", "last run", "kill flag"}
START_NS = 1_767_225_600_000_000_000  # 2026-01-01T00:00:00Z
BIRTH = Opening("run1", START_NS, bytes(range(32)), "0.1.0")
Written = dict[str, tuple[int, int, bytes]]


def facts_of(folder: Path) -> dict[str, Fact]:
    """The facts by their names, each once."""
    facts = journal_facts(folder)
    assert len({fact.name for fact in facts}) == len(facts)
    return {fact.name: fact for fact in facts}


def written(folder: Path) -> Written:
    """Every file with its length, the time of its last change, and what is in it."""
    files = [file for file in folder.rglob("*") if file.is_file()]
    return {str(file): (file.stat().st_size, file.stat().st_mtime_ns, file.read_bytes()) for file in files}


def journal_in(folder: Path, *rows: tuple[str, object], ends: bool = True) -> None:
    """A journal with these rows; one that does not end in order is left as a process that dies leaves it."""
    folder.mkdir(mode=0o700, exist_ok=True)
    journal = open_journal(folder, BIRTH).journal
    for number, (kind, body) in enumerate(rows, 1):
        journal.append(kind, body, START_NS + number * 1_000_000_000)
    if ends:
        journal.append(Kind.RUN_END, {"reason": "", "state_hash": "-"}, START_NS + 3600 * 1_000_000_000)
    assert journal.close(10)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A data folder."""
    return tmp_path / "paper-sim"


def test_a_folder_in_which_nothing_was_written_has_no_such_facts(folder: Path) -> None:
    """The first start makes a journal; until then there is nothing to say."""
    assert journal_facts(folder) == []
    folder.mkdir()
    assert journal_facts(folder) == []


def test_a_run_that_ended_in_order(
    folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Six lines, all of them fine, also for programs; the folder is as it was, to the byte and the nanosecond."""
    move_in(monkeypatch, tmp_path)
    monkeypatch.setattr(going_on, "ROWS_AT_A_START", 10)
    monkeypatch.setattr(going_on, "ROWS_BETWEEN", 10)
    short = ("run", "--headless", "--speed", "max", "--duration", "3h", "--data-dir", str(tmp_path))
    assert say(capsys, *short, "--symbol", "BTC/USDT:USDT").code == 0
    before = written(folder)
    answer = say(capsys, "--data-dir", str(tmp_path), "doctor", "--json")
    assert written(folder) == before
    told = {fact["name"]: fact for fact in json.loads(answer.out)["facts"]}
    assert (answer.code, set(told) >= NAMES) == (0, True)
    assert {told[name]["level"] for name in NAMES} == {"ok"}
    rows = json.loads(say(capsys, "--data-dir", str(tmp_path), "journal", "head", "--json").out)["seq"]
    assert told["journal"]["text"].startswith(f"schema 1, {rows} rows, ")
    newest = max(int(file.stem.partition("-")[2]) for file in (folder / "snapshots").iterdir())
    assert told["snapshot"]["text"].startswith(f"the state after row {newest}; ")
    assert told["last run"]["text"].startswith("ended in order: ")
    assert "2026-01-01T03:00:00Z" in told["last run"]["text"]
    assert told["lock"]["text"].startswith("free")
    assert (told["halts"]["text"], told["kill flag"]["text"]) == ("none in force", "none")


def test_beside_a_running_engine_and_after_its_violent_end(tmp_path: Path) -> None:
    """Who holds the folder is told, nothing is added to it; what a killed process left is told, and left as it is."""
    with running(tmp_path) as engine:
        names = {file.name for file in engine.folder.iterdir()}
        facts = facts_of(engine.folder)
        assert {file.name for file in engine.folder.iterdir()} <= names | {"snapshots", "tape"}
        assert facts["lock"].text == f"held by process {engine.process.pid}, an engine that runs"
        assert facts["last run"].text.startswith("it goes on: ")
        assert {fact.level for fact in facts.values()} == {Level.OK}
        engine.process.send_signal(signal.SIGKILL)
        engine.process.wait(10)
        before = written(engine.folder)
        facts = facts_of(engine.folder)
        assert written(engine.folder) == before
        assert facts["lock"].text.startswith("free")
        assert facts["journal"].level is Level.OK
        assert facts["last run"].level is Level.WARN
        assert facts["last run"].text.startswith("crashed or was cut off: ")


def test_what_keeps_entries_closed_is_named(folder: Path) -> None:
    """A halt until it was lifted, and the flag of a kill."""
    halt = {"what": "Halt", "scope": "account", "level": "HALTED", "reason": "the day's loss\nreached 5 %"}
    other = {**halt, "scope": "strategy ema_cross"}
    lifted = {"what": "HaltLifted", "scope": "strategy ema_cross", "reason": "seen"}
    journal_in(folder, ("halt", halt), ("halt", other), ("reset", lifted))
    assert raise_flag(folder, "by hand")
    facts = facts_of(folder)
    assert facts["halts"] == Fact("halts", Level.WARN, 'in force: account ("the day\'s loss?reached 5 %")')
    assert facts["kill flag"].level is Level.WARN
    assert "hean-tui unlock kill" in facts["kill flag"].text


def _change_a_row(folder: Path) -> None:
    with sqlite3.connect(folder / "journal.db") as connection:
        connection.execute("UPDATE journal SET body = CAST('{}' AS BLOB) WHERE seq = 3")
    connection.close()


def _cut_the_end(folder: Path) -> None:
    with sqlite3.connect(folder / "journal.db") as connection:
        connection.execute("DELETE FROM journal WHERE seq = (SELECT max(seq) FROM journal)")
    connection.close()


def _lose_the_journal(folder: Path) -> None:
    (folder / "journal.db").unlink()


def _exchange_it(folder: Path) -> None:
    (folder / "journal.db").write_text("something else " * 100)


@pytest.mark.parametrize(
    ("harm", "words"),
    [
        (_change_a_row, "Row 3 is not what was written"),
        (_cut_the_end, "is missing"),
        (_lose_the_journal, "is empty or gone"),
        (_exchange_it, "journal.db"),
    ],
)
def test_a_journal_that_does_not_hold_is_in_the_way(harm: Callable[[Path], None], words: str, folder: Path) -> None:
    """The fault's own sentence; the lock and the flag are told all the same."""
    journal_in(folder, *[("input", {"what": "prices", "marks": {}})] * 5)
    for file in (folder / "journal.db-wal", folder / "journal.db-shm"):
        file.unlink(missing_ok=True)
    harm(folder)
    facts = facts_of(folder)
    assert facts["journal"].level is Level.BAD
    assert words in facts["journal"].text
    assert set(facts) == {"lock", "journal", "kill flag"}


def test_a_snapshot_that_is_not_what_was_written_is_worth_a_look(folder: Path) -> None:
    """A start would take an earlier one, or read every row."""
    body = {"state_hash": "-", "file": "state-1.snapshot", "sha256": "0" * 64}
    journal_in(folder, ("snapshot", body))
    assert facts_of(folder)["snapshot"].level is Level.WARN
    assert "is gone or cannot be read" in facts_of(folder)["snapshot"].text


def test_a_log_without_its_index_is_left_to_those_who_may_write(folder: Path) -> None:
    """A reader would have to make that index, and looking makes nothing."""
    journal_in(folder)
    (folder / "journal.db-shm").unlink(missing_ok=True)
    (folder / "journal.db-wal").write_bytes(b"something waits")
    before = written(folder)
    facts = facts_of(folder)
    assert written(folder) == before
    assert "hean-tui journal verify reads them" in facts["journal"].text
