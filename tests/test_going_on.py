"""A data folder goes on where it was left: the same money, the same positions and orders, the same halts."""

import json
import re
import sqlite3
from pathlib import Path
from typing import Any

import pytest

from hean_tui import going_on
from hean_tui.books import Books
from tests.command_line import Answer, move_in, say

SHORT = ("run", "--headless", "--speed", "max", "--data-dir", "data", "--json")
TRADING = ("--strategy", "ema_cross", "--strategy", "impulse", "--symbol", "BTC/USDT:USDT", "--symbol", "ETH/USDT:USDT")


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Every test has a home of its own."""
    move_in(monkeypatch, tmp_path)
    return tmp_path


def run(capsys: pytest.CaptureFixture[str], *more: str, code: int = 0) -> dict[str, Any]:
    """One run over the same folder; its last snapshot."""
    answer = say(capsys, *SHORT, *more)
    assert answer.code == code, answer.err
    snapshot: dict[str, Any] = json.loads(answer.out)
    return snapshot


def script(home: Path, *lines: str) -> str:
    file = home / "script.txt"
    file.write_text("\n".join(lines) + "\n")
    return str(file)


def replayed(capsys: pytest.CaptureFixture[str]) -> Answer:
    return say(capsys, "--data-dir", "data", "replay", "--verify", "--json")


def test_time_money_and_positions_go_on(capsys: pytest.CaptureFixture[str]) -> None:
    """The second run begins at the moment, with the cash and the positions, in which the first one ended."""
    first = run(capsys, *TRADING, "--duration", "5h")
    second = run(capsys, *TRADING, "--duration", "1s")
    assert first["engine"]["time"] == "2026-01-01T05:00:00.000Z"
    assert second["engine"]["time"] == "2026-01-01T05:00:01.000Z"
    assert first["positions"], "a first run without positions would prove little"
    for name in ("cash", "realised", "fees", "funding"):
        assert second["account"][name] == first["account"][name]
    for name in ("symbol", "side", "quantity", "entry_price", "strategy", "opened_at", "stop_price"):
        assert [held[name] for held in second["positions"]] == [held[name] for held in first["positions"]]
    assert {order["id"] for order in second["orders"]} >= {
        order["id"] for order in first["orders"] if order["status"] in ("accepted", "partly_filled")
    }
    answer = replayed(capsys)
    assert answer.code == 0
    assert json.loads(answer.out)["runs"] == 2


def test_a_kill_holds_until_a_person_opens_it(capsys: pytest.CaptureFixture[str], home: Path) -> None:
    """Starting again does not undo a kill; the phrase does, and entries then wait for a word."""
    killed = script(home, "+1h start", "+2h kill", "+3h expect engine.state == killed")
    run(capsys, *TRADING, "--script", killed, code=7)
    again = run(capsys, *TRADING, "--duration", "2h", code=7)
    assert again["engine"]["state"] == "killed"
    assert again["positions"] == []
    steps = (
        '+1s unlock kill --reason "I know what happened" --phrase "RESET KILL"',
        "+2s expect engine.state == paused",
        "+3s resume",
        "+4s expect engine.state == running",
    )
    run(capsys, *TRADING, "--script", script(home, *steps))


def test_a_start_that_comes_up_killed_says_so_and_how_it_is_opened(
    capsys: pytest.CaptureFixture[str], home: Path
) -> None:
    """One sentence before anything else, with the command word for word; none where nothing is closed any more."""
    told = (
        "The kill switch was used here: no entry is taken, also not after a restart, until "
        'hean-tui unlock kill --reason TEXT --phrase "RESET KILL".'
    )
    first = say(capsys, *SHORT, "--script", script(home, "+1m kill"))
    assert (first.code, told in first.sentences) == (7, False)
    opened = '+1s unlock kill --reason "a drill" --phrase "RESET KILL"'
    again = say(capsys, *SHORT, "--script", script(home, opened))
    assert (again.code, again.sentences[0]) == (0, told)
    assert told not in say(capsys, *SHORT, "--duration", "1s").sentences


def test_a_kill_flag_is_a_kill(capsys: pytest.CaptureFixture[str], home: Path) -> None:
    """A flag that somebody left while nothing could be written holds like a kill, and goes when it is lifted."""
    run(capsys, *TRADING, "--duration", "1h")
    flag = home / "data" / "paper-sim" / "kill.flag"
    flag.touch()
    assert run(capsys, *TRADING, "--duration", "5m", code=7)["engine"]["state"] == "killed"
    opened = '+10s unlock kill --reason "a drill" --phrase "RESET KILL"'
    run(capsys, *TRADING, "--script", script(home, "+1s flatten", opened, "+20s expect engine.state == paused"))
    assert not flag.exists()
    assert run(capsys, *TRADING, "--duration", "5m")["engine"]["state"] == "paused"


def test_ids_of_orders_are_never_used_twice(capsys: pytest.CaptureFixture[str]) -> None:
    """Three runs over one folder: every order has a name of its own."""
    for _ in range(3):
        run(capsys, *TRADING, "--duration", "4h")
    lines = say(capsys, "--data-dir", "data", "journal", "export").out.splitlines()
    rows = [json.loads(line) for line in lines]
    names = [row["body"]["client_id"] for row in rows if row["kind"] == "intent"]
    assert len(names) > 20
    assert len(set(names)) == len(names)
    executions = [row["body"]["exec_id"] for row in rows if row["kind"] == "execution"]
    assert len(set(executions)) == len(executions)


def test_the_story_of_an_order(capsys: pytest.CaptureFixture[str]) -> None:
    """Why an order was made can be read from the price it saw to what it brought."""
    run(capsys, *TRADING, "--duration", "4h")
    rows = [json.loads(line) for line in say(capsys, "--data-dir", "data", "journal", "export").out.splitlines()]
    name = next(row["body"]["client_id"] for row in rows if row["kind"] == "intent" and row["body"]["stop"])
    story = say(capsys, "--data-dir", "data", "journal", "why", name).out
    for part in ("stood at last", "it knew ema", "wanted to be", "the gate let it pass", "written down, then sent"):
        assert part in story
    for part in ("the venue took it in", "as taker, fee", "its stop", "it brought"):
        assert part in story
    assert re.match(r"2026-01-01 \d\d:\d\d:\d\d", story)
    answer = say(capsys, "--data-dir", "data", "journal", "why", "nobody")
    assert answer.code == 1
    assert answer.sentences == ['The journal knows no order "nobody"; hean-tui orders lists some.']


def test_the_story_of_an_exit_says_first_whose_it_is(capsys: pytest.CaptureFixture[str], home: Path) -> None:
    """A stop and a target that the venue made of an entry's wish: of which order, and what they are there for."""
    steps = ("+1m sell ETH/USDT:USDT 0.2 --stop 3300 --target 2700", "+2m buy BTC/USDT:USDT 0.01", "+3m stop")
    run(capsys, "--script", script(home, *steps))
    rows = [json.loads(line) for line in say(capsys, "--data-dir", "data", "journal", "export").out.splitlines()]
    name, bare = [row["body"]["client_id"] for row in rows if row["kind"] == "intent"][:2]
    entry = f"{name}, the order of operator to sell 0.2 ETH/USDT:USDT"
    for leg, why in (
        ("stop", "when the price reaches 3300 it buys back what was sold, so that no more is lost"),
        ("target", "when the price reaches 2700 it buys back what was sold, to take the profit"),
    ):
        first, second = say(capsys, "--data-dir", "data", "journal", "why", f"{name}.{leg}").out.splitlines()[:2]
        assert first == f"2026-01-01 00:01:00Z  it is the {leg} of {entry}: {why}"
        assert "  the venue took it in as " in second
    assert say(capsys, "--data-dir", "data", "journal", "why", f"{bare}.stop").code == 1  # there never was one


def test_a_journal_that_was_tampered_with_is_not_traded_on(capsys: pytest.CaptureFixture[str], home: Path) -> None:
    """A changed row ends a start in one sentence and code 4, and nothing is written."""
    run(capsys, *TRADING, "--duration", "3h")
    file = home / "data" / "paper-sim" / "journal.db"
    connection = sqlite3.connect(file)
    connection.execute(
        'UPDATE journal SET body = CAST(replace(CAST(body AS TEXT), \'"fee":"\', \'"fee":"9\') AS BLOB) '
        "WHERE kind = 'execution'"
    )
    connection.commit()
    connection.close()
    answer = say(capsys, *SHORT, "--duration", "1s")
    assert answer.code == 4
    assert len(answer.sentences) == 1


def test_a_start_reads_only_what_came_after_the_newest_snapshot(
    capsys: pytest.CaptureFixture[str], home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The state kept in a file leads to the same books as all the rows; a broken file costs nothing but time."""
    monkeypatch.setattr(going_on, "ROWS_AT_A_START", 50)
    monkeypatch.setattr(going_on, "ROWS_BETWEEN", 100)
    read: list[int] = []
    earlier = Books.earlier

    def counting(books: Books, after: int = 0) -> Any:
        read.append(after)
        return earlier(books, after)

    monkeypatch.setattr(Books, "earlier", counting)
    first = run(capsys, *TRADING, "--duration", "6h")
    second = run(capsys, *TRADING, "--duration", "1s")
    assert read[-1] > 100, "the first run kept a snapshot"
    assert second["account"]["cash"] == first["account"]["cash"]
    for file in (home / "data" / "paper-sim" / "snapshots").iterdir():
        file.write_bytes(file.read_bytes()[:-1] + b"x")
    third = run(capsys, *TRADING, "--duration", "1s")
    assert read[-1] == 0
    assert third["account"]["cash"] == first["account"]["cash"]
    assert replayed(capsys).code == 0


def test_a_run_in_the_engines_own_folder_goes_on_there(capsys: pytest.CaptureFixture[str], home: Path) -> None:
    """Named by itself, as other commands take it: the same account, and no second one inside."""
    run(capsys, *TRADING, "--duration", "5h")
    own = ("--data-dir", "data/paper-sim")
    again = say(capsys, "run", "--headless", "--speed", "max", "--json", *own, "--duration", "1s")
    assert again.code == 0, again.err
    assert json.loads(again.out)["engine"]["time"] == "2026-01-01T05:00:01.000Z"
    assert not (home / "data" / "paper-sim" / "paper-sim").exists()
    rows = json.loads(say(capsys, "--data-dir", "data", "journal", "verify", "--json").out)["rows"]
    for line in ("journal verify --json", "replay --verify --json"):
        assert json.loads(say(capsys, *own, *line.split()).out)["rows"] == rows
    assert say(capsys, *own, "db", "backup", "copy.db", "--json").code == 0
    assert say(capsys, *own, "db", "restore", "copy.db").code == 0
    assert f"{rows + 1:,} rows" in say(capsys, *own, "doctor").out


@pytest.mark.parametrize(
    ("words", "told"),
    [
        ("--capital 5000", "--capital counts for a new data folder alone"),
        ("--capital 5000 --start 2027-01-01T00:00:00Z", "--capital and --start count for a new data folder alone"),
        ("--seed 2", None),
    ],
)
def test_words_that_count_for_new_folders_alone_say_so(
    words: str, told: str | None, capsys: pytest.CaptureFixture[str]
) -> None:
    """One sentence where they were given and there is a journal; none in a new folder."""
    for is_new in (True, False):
        answer = say(capsys, *SHORT, *words.split(), "--duration", "1s")
        assert answer.code == 0, answer.err
        found = [sentence for sentence in answer.sentences if "a new data folder alone" in sentence]
        assert len(found) == (0 if is_new or told is None else 1)
        assert all(sentence.startswith(str(told)) for sentence in found)
