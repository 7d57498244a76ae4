"""`hean-tui journal` and `hean-tui db`: what they say, to people and to programs, and the code they end with."""

import csv
import io
import json
import os
from collections.abc import Callable
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from infrastructure.journal import FolderLock, Kind, Opening, Places, open_journal, verify
from infrastructure.journal.export import unlike_a_formula
from infrastructure.journal.opening import bring_up_to_date
from infrastructure.journal.schema import STEPS
from tests.command_line import move_in, say
from tests.journal_stage import NOON_NS, execution, journal_in, meddle


@pytest.fixture
def folder(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """A home whose data folder holds a journal of four rows."""
    move_in(monkeypatch, tmp_path)
    monkeypatch.setenv("HEAN_DATA_DIR", str(tmp_path / "data"))
    folder = tmp_path / "data/paper-sim"
    folder.mkdir(mode=0o700, parents=True)
    with journal_in(folder) as journal:
        journal.append(Kind.EXECUTION, execution(1), NOON_NS + 1)
        journal.append(Kind.ALARM, "=cmd|'/c calc'!A1", NOON_NS + 1_500_000_000)
        journal.append(Kind.ALARM, -3, NOON_NS + 2_000_000_000)
    return folder


def test_verify_says_that_it_holds(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A sentence for people, an object for programs."""
    answer = say(capsys, "journal", "verify")
    digest = verify(Places.within(folder)).head.hash.hex()
    assert (answer.code, answer.err) == (0, "")
    assert answer.out == f"The journal holds: 4 rows, each as it was written; the last is {digest}.\n"
    answer = say(capsys, "journal", "verify", "--json")
    assert json.loads(answer.out) == {"ok": True, "rows": 4, "hash": digest, "schema": 1}


def test_verify_names_the_first_bad_row_with_code_1(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """It was asked whether the journal holds, and it does not."""
    meddle(folder, "UPDATE journal SET body = X'7b7d' WHERE seq = 3")
    answer = say(capsys, "journal", "verify")
    assert (answer.code, answer.out) == (1, "")
    assert answer.sentences == ["Row 3 is not what was written: its hash does not follow from row 2."]
    answer = say(capsys, "journal", "verify", "--json")
    assert answer.code == 1
    assert json.loads(answer.out) == {
        "ok": False,
        "row": 3,
        "why": "hash",
        "sentence": ("Row 3 is not what was written: its hash does not follow from row 2."),
    }


def test_verify_says_when_the_end_is_missing(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The chain alone could not know."""
    meddle(folder, "DELETE FROM journal WHERE seq = 4")
    answer = say(capsys, "journal", "verify", "--json")
    assert answer.code == 1
    assert json.loads(answer.out)["why"] == "tail-cut"


def test_head_is_the_newest_row(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Number, hash, kind and time on one line; the epoch as client ids carry it."""
    digest = verify(Places.within(folder)).head.hash.hex()
    answer = say(capsys, "journal", "head")
    assert answer.out == f"4 {digest} alarm 2026-01-01T12:00:02Z\n"
    told = json.loads(say(capsys, "journal", "head", "--json").out)
    # Of the bytes 0 to 7 the last 25 bits: 0x050607 is 329223, which is 10·32³ + 1·32² + 16·32 + 7.
    assert told == {
        "seq": 4,
        "hash": digest,
        "kind": "alarm",
        "time": "2026-01-01T12:00:02Z",
        "epoch": "0a1g7",
        "instance": bytes(range(8, 24)).hex(),
        "schema": 1,
    }


@pytest.mark.usefixtures("folder")
def test_export_writes_one_object_a_line(capfdbinary: pytest.CaptureFixture[bytes]) -> None:
    """The fields of the contract in their order, the body as the object that it is."""
    from hean_tui.cli import main

    for line in (["journal", "export"], ["journal", "export", "--json"], ["journal", "export", "--format", "jsonl"]):
        assert main(line) == 0
        lines = [json.loads(text) for text in capfdbinary.readouterr().out.splitlines()]
        assert [list(row) for row in lines] == [["seq", "kind", "time", "body"]] * 4
        assert lines[1] == {
            "seq": 2,
            "kind": "execution",
            "time": "2026-01-01T12:00:00.000000001Z",
            "body": execution(1),
        }


@pytest.mark.usefixtures("folder")
def test_csv_cannot_trick_a_spreadsheet(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    """A cell that would be calculated has a quote in front; a JSON text begins with a quotation mark anyway."""
    answer = say(capsys, "journal", "export", "--format", "csv", "--output", "out.csv")
    assert (answer.code, answer.sentences) == (0, ["4 rows are in out.csv now."])
    rows = list(csv.DictReader(io.StringIO((tmp_path / "out.csv").read_text(encoding="utf-8"))))
    assert [row["seq"] for row in rows] == ["1", "2", "3", "4"]
    assert json.loads(rows[1]["body"]) == execution(1)
    assert [row["body"] for row in rows[2:]] == ["\"=cmd|'/c calc'!A1\"", "'-3"]
    assert [unlike_a_formula(text) for text in ("=1", "+1", "-1", "@x", "\tx", "\rx", "x=1")] == [
        "'=1",
        "'+1",
        "'-1",
        "'@x",
        "'\tx",
        "'\rx",
        "x=1",
    ]
    assert (tmp_path / "out.csv").stat().st_mode & 0o777 == 0o600


@pytest.mark.usefixtures("folder")
def test_parquet_keeps_every_nanosecond(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    """Times as timestamps, and the same rows as the lines."""
    answer = say(capsys, "journal", "export", "--format", "parquet", "--output", "out.parquet", "--json")
    assert json.loads(answer.out) == {"written": "out.parquet", "rows": 4}
    table = pq.read_table(tmp_path / "out.parquet")
    assert table.column_names == ["seq", "kind", "time", "body"]
    assert table["time"].cast("int64").to_pylist() == [
        NOON_NS,
        NOON_NS + 1,
        NOON_NS + 1_500_000_000,
        NOON_NS + 2_000_000_000,
    ]
    assert json.loads(table["body"][1].as_py()) == execution(1)


def nothing_there(folder: Path) -> None:
    for file in folder.iterdir():
        file.unlink()


def newer_schema(folder: Path) -> None:
    later = (*STEPS, "CREATE TABLE later(thing) ")
    open_journal(folder, Opening("r", NOON_NS, bytes(24), "9.1.0"), later).journal.close()


def a_letter(folder: Path) -> None:
    (folder / "journal.db").write_text("Dear diary", encoding="utf-8")


def a_link(folder: Path) -> None:
    os.replace(folder / "journal.db", folder / "real.db")
    (folder / "journal.db").symlink_to("real.db")


@pytest.mark.parametrize(
    ("meddle_with", "words"),
    [
        (nothing_there, "There is no journal"),
        (newer_schema, "use hean-tui 9.1.0 or later"),
        (a_letter, "is not a journal"),
        (a_link, "symbolic link"),
    ],
)
@pytest.mark.parametrize("action", ["verify", "head", "export"])
def test_what_cannot_be_read_as_a_journal_ends_with_code_4(
    action: str, meddle_with: Callable[[Path], None], words: str, folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """One sentence, whichever of the words was asked."""
    meddle_with(folder)
    answer = say(capsys, "journal", action)
    assert (answer.code, answer.out, len(answer.sentences)) == (4, "", 1)
    assert words in answer.err


@pytest.mark.usefixtures("folder")
@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("journal", "needs a word behind it: verify, head, export or why"),
        ("journal verfy", "did you mean verify?"),
        ("journal head --output x", "leave out --format and --output"),
        ("journal export --format xml", "jsonl, csv or parquet"),
        ("journal export --format parquet", "name a file with --output"),
        ("journal export --format csv --json", "leave out --format csv"),
        ("db", "needs a word behind it: backup, restore, migrate or prune"),
        ("db backup", "hean-tui db backup FILE"),
        ("db prune old.db", 'takes no file; leave "old.db" out'),
        ("db migrate --dry-run", "db prune does"),
    ],
)
def test_a_wrong_command_line_says_what_to_write(line: str, words: str, capsys: pytest.CaptureFixture[str]) -> None:
    """Code 2 and one sentence."""
    answer = say(capsys, *line.split())
    assert (answer.code, answer.out, len(answer.sentences)) == (2, "", 1)
    assert words in answer.err


def test_a_backup_goes_out_and_comes_in(folder: Path, capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    """And a second one does not write over the first."""
    answer = say(capsys, "db", "backup", "copy.db", "--json")
    assert (answer.code, json.loads(answer.out)["rows"]) == (0, 4)
    assert say(capsys, "db", "backup", "copy.db").code == 4
    (folder / "journal.db").unlink()
    assert say(capsys, "journal", "verify").code == 1
    answer = say(capsys, "db", "restore", "copy.db")
    assert answer.code == 0
    assert answer.out.startswith("The journal is the one of copy.db now, under the new epoch ")
    assert json.loads(say(capsys, "journal", "verify", "--json").out)["rows"] == 5
    assert (tmp_path / "copy.db").exists()


def test_nothing_is_restored_under_a_running_engine(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Code 3, and who it is."""
    assert say(capsys, "db", "backup", "copy.db").code == 0
    lock = FolderLock(folder, "run")
    answer = say(capsys, "db", "restore", "copy.db")
    lock.release()
    assert (answer.code, len(answer.sentences)) == (3, 1)
    assert f"process {os.getpid()}" in answer.err
    assert verify(Places.within(folder)).head.seq == 4


def test_migrate_says_when_there_is_nothing_to_do(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The newest schema already; and no engine may run meanwhile."""
    answer = say(capsys, "db", "migrate")
    assert (answer.code, answer.err) == (0, "")
    assert answer.out == "The journal has schema 1, which is the newest; there was nothing to do.\n"
    lock = FolderLock(folder, "run")
    assert say(capsys, "db", "migrate").code == 3
    lock.release()
    nothing_there(folder)
    assert say(capsys, "db", "migrate").code == 4


def test_migrate_brings_an_older_journal_up_to_date(folder: Path) -> None:
    """After a copy of it; the rows and their hashes are the same."""
    later = (*STEPS, "CREATE TABLE later(thing TEXT) STRICT")
    before = verify(Places.within(folder)).head
    done = bring_up_to_date(folder, "9.1.0", later)
    assert done == (1, 2, folder / "journal-schema-1.db")
    assert bring_up_to_date(folder, "9.1.0", later) == (2, 2, None)
    assert verify(Places.alone(folder / "journal-schema-1.db"), has_heads=False).head == before


def litter(folder: Path) -> None:
    """What years leave behind in a data folder."""
    for number in range(1, 12):
        (folder / f"replaced-{number}").mkdir()
        (folder / f"replaced-{number}/journal.db").write_bytes(bytes(1000))
    (folder / "tape").mkdir()
    for hour in range(26):
        (folder / f"tape/2026-01-{1 + hour // 24:02}T{hour % 24:02}.tape").write_bytes(bytes(10))
    (folder / "snapshots").mkdir()
    for seq in (9, 10, 100, 1000, 20):
        (folder / f"snapshots/state-{seq}.snapshot").write_bytes(bytes(10))
    for name in ("hean-tui.log", "hean-tui.log.1", "hean-tui.log.2026-01-01", "journal-schema-1.db", "mine.txt"):
        (folder / name).write_bytes(bytes(10))
    (folder / "replaced-12").symlink_to(folder.parent)


def test_prune_removes_what_nothing_relies_on(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Numbers are compared as numbers, the newest of each kind stays, and so does whatever is not ours."""
    litter(folder)
    before = {file.relative_to(folder) for file in folder.rglob("*")}
    rehearsed = say(capsys, "db", "prune", "--dry-run", "--json")
    assert {file.relative_to(folder) for file in folder.rglob("*")} == before
    answer = say(capsys, "db", "prune", "--json")
    gone = before - {file.relative_to(folder) for file in folder.rglob("*")}
    assert {str(path) for path in gone if path.suffix != ".db"} == {
        *(f"replaced-{number}" for number in range(1, 11)),
        *("tape/2026-01-01T00.tape", "tape/2026-01-01T01.tape"),
        *("snapshots/state-9.snapshot", "snapshots/state-10.snapshot"),
        *("hean-tui.log.1", "hean-tui.log.2026-01-01"),
    }
    told, would = json.loads(answer.out), json.loads(rehearsed.out)
    assert (answer.code, told["kept"], told["removed"]) == (0, [], would["removed"])
    assert told["bytes"] == sum(one["bytes"] for one in told["removed"])
    assert say(capsys, "db", "prune").out.endswith("No row of the journal is ever removed; each holds up the next.\n")
    assert verify(Places.within(folder)).head.seq == 4
