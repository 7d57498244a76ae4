"""Opening a journal: what is told apart when it is not the one that was left, and that it is left as it was."""

import os
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from infrastructure.journal import DamagedRow, JournalFault, Kind, Opening, Places, open_journal, verify
from infrastructure.journal.faults import (
    HeadsMissing,
    JournalEmptied,
    NewerSchema,
    NotAJournal,
    OlderCopy,
    OtherDatabase,
    TailCut,
    Unreadable,
)
from infrastructure.journal.restoring import back_up, restore
from infrastructure.journal.schema import STEPS
from tests.journal_stage import NOON_NS, PATIENCE_S, copied, execution, journal_in, meddle, opened, write

Meddle = Callable[[Path, Path], None]


def cut_to_nothing(folder: Path, _: Path) -> None:
    os.truncate(folder / "journal.db", 0)


def remove(folder: Path, _: Path) -> None:
    (folder / "journal.db").unlink()


def cut_in_half(folder: Path, _: Path) -> None:
    os.truncate(folder / "journal.db", (folder / "journal.db").stat().st_size // 2)


def put_another_there(folder: Path, beside: Path) -> None:
    beside.mkdir()
    opened(beside, entropy=bytes(range(1, 25))).journal.close()
    write(beside, 500)
    os.replace(beside / "journal.db", folder / "journal.db")


def put_yesterdays_there(folder: Path, beside: Path) -> None:
    copied(folder, beside)
    write(folder, 50, run="run-2", first=1000)
    os.replace(beside / "journal.db", folder / "journal.db")


def delete_the_end(folder: Path, _: Path) -> None:
    meddle(folder, "DELETE FROM journal WHERE seq > 60")


def change_the_last(folder: Path, _: Path) -> None:
    meddle(folder, "UPDATE journal SET body = X'7b7d' WHERE seq = 101")


def damage_a_page(folder: Path, _: Path) -> None:
    data = bytearray((folder / "journal.db").read_bytes())
    page = data.index(b'"exec_id":"e50"') // 4096 * 4096
    data[page : page + 64] = b"\xff" * 64
    (folder / "journal.db").write_bytes(data)


def lose_the_heads(folder: Path, _: Path) -> None:
    (folder / "journal.heads").unlink()


def write_a_letter(folder: Path, _: Path) -> None:
    (folder / "journal.db").write_text("Dear diary, today nothing was lost.\n" * 100, encoding="utf-8")


def make_another_kind_of_database(folder: Path, _: Path) -> None:
    (folder / "journal.db").unlink()
    meddle(folder, "CREATE TABLE diary(day)")


def link_it(folder: Path, beside: Path) -> None:
    copied(folder, beside)
    (folder / "journal.db").unlink()
    (folder / "journal.db").symlink_to(beside / "journal.db")


def put_a_folder_there(folder: Path, _: Path) -> None:
    (folder / "journal.db").unlink()
    (folder / "journal.db").mkdir()


FOUND: dict[str, tuple[Meddle, type[JournalFault], str]] = {
    "truncated to zero": (cut_to_nothing, JournalEmptied, "had 101 rows"),
    "removed": (remove, JournalEmptied, "had 101 rows"),
    "cut in half": (cut_in_half, DamagedRow, "was cut"),
    "another journal": (put_another_there, OtherDatabase, "not the one that was here"),
    "restored from yesterday": (
        put_yesterdays_there,
        OlderCopy,
        "an earlier copy: its heads tell of row 151, and row 101",
    ),
    "the end deleted": (delete_the_end, TailCut, "its heads tell of row 101, and row 60 is its last"),
    "the last row changed": (change_the_last, DamagedRow, "Row 101"),
    "a page damaged": (damage_a_page, DamagedRow, "is damaged"),
    "heads gone": (lose_the_heads, HeadsMissing, "file of heads is gone"),
    "a text": (write_a_letter, NotAJournal, "not a journal"),
    "another program's": (make_another_kind_of_database, NotAJournal, "not a journal"),
    "a link": (link_it, Unreadable, "symbolic link"),
    "a folder in its place": (put_a_folder_there, Unreadable, "not a file"),
}


@pytest.mark.parametrize("what", FOUND)
def test_what_is_not_the_journal_that_was_left_is_told_apart(what: str, tmp_path: Path) -> None:
    """One named fault and one sentence each, for opening as for verifying, and nothing is changed by either."""
    meddle_with, fault, words = FOUND[what]
    folder = tmp_path / "paper-sim"
    folder.mkdir()
    write(folder, 100)
    meddle_with(folder, tmp_path / "beside")
    before = {file.name: file.read_bytes() for file in folder.iterdir() if file.is_file() and "-" not in file.name}
    for use in (lambda: opened(folder), lambda: verify(Places.within(folder))):
        with pytest.raises(fault) as caught:
            use()
        assert words in str(caught.value)
        assert str(caught.value).count("\n") == 0
    after = {file.name: file.read_bytes() for file in folder.iterdir() if file.is_file() and "-" not in file.name}
    assert after == before


def test_a_torn_end_of_the_log_costs_nothing_that_was_durable(tmp_path: Path) -> None:
    """A power loss in the middle of a write leaves half a page behind the last whole commit."""
    folder = tmp_path / "a"
    folder.mkdir()
    journal = opened(folder).journal
    for number in range(20):
        journal.append(Kind.EXECUTION, execution(number), NOON_NS).wait(PATIENCE_S)
    torn = copied(folder, tmp_path / "torn")
    cut = copied(folder, tmp_path / "cut")
    assert journal.close(PATIENCE_S)
    with (torn / "journal.db-wal").open("ab") as log:
        log.write(b"\x37\x7f\x06\x82" + b"torn" * 300)
    with (torn / "journal.heads").open("ab") as heads:
        heads.write(b"22 5f1c")  # a line that never became whole
    assert verify(Places.within(torn)).head.seq == 21
    with journal_in(torn) as again:
        assert again.append(Kind.INPUT, {}, NOON_NS).seq == 22
    assert verify(Places.within(torn)).head.seq == 22
    # The same file without its last durable page is not a torn tail: something that was told durable is gone.
    os.truncate(cut / "journal.db-wal", (cut / "journal.db-wal").stat().st_size - 100)
    with pytest.raises(TailCut, match="tell of row 21, and row 20"):
        opened(cut)


def test_the_same_journal_goes_on_under_the_same_epoch(tmp_path: Path) -> None:
    """Only a new or restored one draws; the run's name changes with the run."""
    first = opened(tmp_path, "run-1")
    first.journal.append(Kind.INPUT, 1, NOON_NS)
    assert first.journal.close(PATIENCE_S)
    second = opened(tmp_path, "run-2", entropy=bytes(24))
    assert second.journal.append(Kind.INPUT, 2, NOON_NS).seq == 3
    assert second.journal.close(PATIENCE_S)
    assert (first.is_new, second.is_new) == (True, False)
    assert (first.epoch, first.instance) == (second.epoch, second.instance)
    with closing(sqlite3.connect(Places.within(tmp_path).journal)) as connection:
        assert connection.execute("SELECT seq, run FROM journal").fetchall() == [
            (1, "run-1"),
            (2, "run-1"),
            (3, "run-2"),
        ]


def test_the_files_are_the_owners_alone(tmp_path: Path) -> None:
    """Also what the database keeps beside its file, whatever the umask is."""
    before = os.umask(0)
    try:
        journal = opened(tmp_path).journal
        journal.append(Kind.INPUT, 1, NOON_NS).wait(PATIENCE_S)
        modes = {file.name: file.stat().st_mode & 0o777 for file in tmp_path.iterdir()}
    finally:
        os.umask(before)
    assert journal.close(PATIENCE_S)
    assert set(modes) == {"journal.db", "journal.db-wal", "journal.db-shm", "journal.heads", "ballast"}
    assert set(modes.values()) == {0o600}


def test_the_pragmas_are_those_that_durability_rests_on(tmp_path: Path) -> None:
    """Asked of the connection that writes, because a pragma that is not understood is silently ignored."""
    journal = opened(tmp_path).journal
    connection = journal._store._connection  # type: ignore[attr-defined]
    wanted = {
        "journal_mode": "wal",
        "synchronous": 2,
        "locking_mode": "normal",
        "foreign_keys": 1,
        "trusted_schema": 0,
        "cell_size_check": 1,
        "mmap_size": 0,
        "wal_autocheckpoint": 1000,
        "page_size": 4096,
    }
    found = {name: (connection.execute(f"PRAGMA {name}").fetchone() or (0,))[0] for name in wanted}
    assert journal.close(PATIENCE_S)
    assert found == wanted


LATER = (*STEPS, "CREATE TABLE later(thing TEXT) STRICT; INSERT INTO later VALUES('new')")


def test_an_older_schema_is_brought_up_to_date_after_a_backup(tmp_path: Path) -> None:
    """The rows and their hashes are the same, and the copy is a journal of the older schema that verifies."""
    write(tmp_path, 30)
    head = verify(Places.within(tmp_path)).head
    opening = Opening("run-2", NOON_NS, bytes(24), "9.0.0")
    later = open_journal(tmp_path, opening, LATER).journal
    assert later.head == head
    assert later.close(PATIENCE_S)
    copy = Places.alone(tmp_path / "journal-schema-1.db")
    assert verify(copy, has_heads=False).head == head
    with closing(sqlite3.connect(tmp_path / "journal.db")) as connection:
        assert connection.execute("SELECT thing FROM later").fetchall() == [("new",)]


def test_a_step_that_fails_leaves_the_older_schema(tmp_path: Path) -> None:
    """All of it or nothing: the program that wrote it can go on with it."""
    write(tmp_path, 30)
    broken = (*STEPS, "CREATE TABLE later(thing); CREATE TABLE later(thing)")
    with pytest.raises(Unreadable, match="already exists"):
        open_journal(tmp_path, Opening("run-2", NOON_NS, bytes(24), "9.0.0"), broken)
    with journal_in(tmp_path) as journal:
        assert journal.head.seq == 31


def test_a_newer_schema_is_refused_with_the_version_it_needs(tmp_path: Path) -> None:
    """The older program leaves the file as it is."""
    write(tmp_path, 30)
    assert open_journal(tmp_path, Opening("run-2", NOON_NS, bytes(24), "9.0.0"), LATER).journal.close(PATIENCE_S)
    before = (tmp_path / "journal.db").read_bytes()
    for use in (lambda: opened(tmp_path), lambda: verify(Places.within(tmp_path))):
        with pytest.raises(NewerSchema, match=r"has schema 2 and this program knows 1; use hean-tui 9\.0\.0 or later"):
            use()
    assert (tmp_path / "journal.db").read_bytes() == before


def test_a_restored_backup_is_the_same_journal_under_a_new_epoch(tmp_path: Path) -> None:
    """No client id of the days since the backup can come again, and what was replaced is kept."""
    folder = tmp_path / "paper-sim"
    folder.mkdir()
    write(folder, 40)
    before = opened(folder)
    copied_head = back_up(folder, tmp_path / "copy.db")  # while it is in use
    before.journal.append(Kind.INPUT, "since", NOON_NS)
    assert before.journal.close(PATIENCE_S)
    restored = restore(folder, tmp_path / "copy.db", "restore", bytes(range(9, 33)))
    assert (copied_head.seq, restored.head.seq) == (41, 42)
    after = opened(folder)
    assert after.journal.close(PATIENCE_S)
    assert after.instance == before.instance
    assert after.epoch == restored.epoch != before.epoch
    assert verify(Places.within(folder)).epoch == after.epoch
    assert restored.replaced is not None
    assert verify(Places.within(restored.replaced)).head.seq == 42


def test_a_backup_that_does_not_hold_is_not_taken_in(tmp_path: Path) -> None:
    """The journal in place is better than one that was changed."""
    folder = tmp_path / "paper-sim"
    folder.mkdir()
    write(folder, 40)
    back_up(folder, tmp_path / "copy.db")
    with closing(sqlite3.connect(tmp_path / "copy.db")) as connection, connection:
        connection.execute("UPDATE journal SET t_mono = 0 WHERE seq = 9")
    with pytest.raises(DamagedRow, match="Row 9"):
        restore(folder, tmp_path / "copy.db", "restore", bytes(24))
    assert verify(Places.within(folder)).head.seq == 41
