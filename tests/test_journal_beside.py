"""Others at the same file: backups, exports and checks while rows are written, and a tool that holds a lock."""

import io
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from threading import Thread
from typing import Any

import pytest

from hean_tui.cli import main
from infrastructure.journal import CommitFailed, Kind, Places, backups, connections, verify
from infrastructure.journal.background import BackgroundCheck
from infrastructure.journal.export import export
from infrastructure.journal.restoring import back_up
from tests.journal_stage import NOON_NS, PATIENCE_S, execution, journal_in, meddle, opened, write

ROWS = 3_000


def as_export(folder: Path, _: Path) -> int:
    """All rows there are at the beginning, as CSV."""
    return export(Places.within(folder), "csv", io.BytesIO())


def as_backup(folder: Path, beside: Path) -> int:
    """A copy that is verified."""
    return back_up(folder, beside / "copy.db").seq


def as_check(folder: Path, _: Path) -> int:
    """Every hash."""
    return verify(Places.within(folder)).head.seq


@pytest.mark.parametrize("use", [as_export, as_backup, as_check])
def test_whoever_reads_meanwhile_comes_to_an_end_and_stops_nobody(
    use: Callable[[Path, Path], int], tmp_path: Path
) -> None:
    """Rows go on being written, and what is read is all that was there at some moment after the beginning."""
    folder = tmp_path / "paper-sim"
    folder.mkdir()
    write(folder, ROWS)
    found: list[int] = []
    with journal_in(folder) as journal:
        reader = Thread(target=lambda: found.append(use(folder, tmp_path)))
        reader.start()
        number = ROWS
        while reader.is_alive() and number < ROWS + 20_000:
            journal.append(Kind.EXECUTION, execution(number), NOON_NS).wait(PATIENCE_S)
            number += 1
        reader.join(PATIENCE_S)
    assert len(found) == 1
    assert ROWS < found[0] <= number + 1


def test_a_copy_does_not_begin_again_with_each_row(tmp_path: Path) -> None:
    """A row is written after each page that was copied; the copy is that of the moment at which it began."""
    folder = tmp_path / "paper-sim"
    folder.mkdir()
    write(folder, 300)
    with journal_in(folder) as journal:

        class Watched(sqlite3.Connection):
            def backup(self, target: sqlite3.Connection, **_: Any) -> None:
                pages = 0

                def copied(_: int, __: int, all_pages: int) -> None:
                    nonlocal pages
                    pages += 1
                    assert pages < 2 * all_pages, "it began again"
                    journal.append(Kind.INPUT, pages, NOON_NS).wait(PATIENCE_S)

                super().backup(target, pages=1, progress=copied)

        file = Places.within(folder).journal
        with closing(sqlite3.connect(file, isolation_level=None, factory=Watched)) as source:
            backups.copy_database(source, tmp_path / "copy.db")
    assert verify(Places.alone(tmp_path / "copy.db"), has_heads=False).head.seq == 301


def test_a_tool_that_holds_a_lock_closes_the_journal_after_a_while(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nobody knows for how long it will; what cannot be written is told, and nothing waits for ever."""
    monkeypatch.setattr(connections, "BUSY_S", 0.2)
    journal = opened(tmp_path).journal
    with closing(sqlite3.connect(Places.within(tmp_path).journal, isolation_level=None)) as tool:
        tool.execute("BEGIN IMMEDIATE")
        with pytest.raises(CommitFailed, match="database is locked") as caught:
            journal.append(Kind.INPUT, 1, NOON_NS).wait(PATIENCE_S)
        assert not caught.value.disk_full
        tool.execute("ROLLBACK")
    assert journal.close(PATIENCE_S)
    assert verify(Places.within(tmp_path)).head.seq == 1


def test_a_reader_that_stays_holds_nobody_up(tmp_path: Path) -> None:
    """It sees what was there when it began, and the log grows a little longer."""
    write(tmp_path, 10)
    with journal_in(tmp_path) as journal, closing(connections.open_reader(Places.within(tmp_path).journal)) as reader:
        reader.execute("BEGIN")
        count = "SELECT count(*) FROM journal"
        assert reader.execute(count).fetchone() == (11,)
        for number in range(2_000):
            ticket = journal.append(Kind.EXECUTION, execution(100 + number), NOON_NS)
        ticket.wait(PATIENCE_S)
        assert reader.execute(count).fetchone() == (11,)
        reader.execute("ROLLBACK")
        assert reader.execute(count).fetchone() == (2_011,)


def test_a_run_has_one_connection_that_can_write(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """At any moment: what a library older than 3.51.3 could do wrong needs two."""
    writers: list[Any] = []
    most = 0
    connect = sqlite3.connect

    class Writer(sqlite3.Connection):
        def close(self) -> None:
            if self in writers:
                writers.remove(self)
            super().close()

    def counted(*words: Any, **named: Any) -> Any:
        nonlocal most
        if named.get("uri"):
            assert "mode=ro" in words[0]
            return connect(*words, **named)
        writer = connect(*words, **named, factory=Writer)
        writers.append(writer)
        most = max(most, len(writers))
        return writer

    monkeypatch.setattr(sqlite3, "connect", counted)
    assert main(["run", "--headless", "--duration", "5s", "--speed", "max", "--data-dir", str(tmp_path)]) == 0
    assert (most, writers) == (1, [])


def test_a_journal_whose_log_cannot_be_kept_is_refused() -> None:
    """SQLite would go on without one and say nothing, and then readers would hold up whoever writes."""
    with closing(sqlite3.connect(":memory:")) as connection, pytest.raises(sqlite3.OperationalError, match="a log"):
        connections.make_durable(connection)


def test_the_whole_journal_is_checked_while_it_is_written(tmp_path: Path) -> None:
    """In another process; nothing is to be said when every row holds."""
    write(tmp_path, 200)
    said: list[str | None] = []
    with journal_in(tmp_path) as journal:
        check = BackgroundCheck(tmp_path, said.append)
        while not check.wait(0):
            journal.append(Kind.INPUT, 1, NOON_NS).wait(PATIENCE_S)
    assert said == [None]


def test_a_row_that_changed_long_ago_is_told_while_the_engine_runs(tmp_path: Path) -> None:
    """A start looks at the last rows only; this one was changed before."""
    write(tmp_path, 200)
    meddle(tmp_path, "UPDATE journal SET body = X'7b7d' WHERE seq = 5")
    said: list[str | None] = []
    check = BackgroundCheck(tmp_path, said.append)
    assert check.wait(PATIENCE_S)
    assert said == ["Row 5 is not what was written: its hash does not follow from row 4."]


def test_a_check_that_is_given_up_says_nothing(tmp_path: Path) -> None:
    """The program ends sooner than the check."""
    write(tmp_path, 200)
    said: list[str | None] = []
    check = BackgroundCheck(tmp_path, said.append)
    check.stop()
    assert said in ([], [None])
