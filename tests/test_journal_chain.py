"""The chain: what is written, and that nothing can change, go, come or move without being named."""

import sqlite3
from contextlib import closing
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from infrastructure.journal import Kind, Places, chain_parts, verify
from infrastructure.journal.chain import row_hash
from infrastructure.journal.chain_check import Visited, check_chain
from infrastructure.journal.chain_parts import check_in_parts
from infrastructure.journal.faults import DamagedRow
from infrastructure.journal.heads import Head
from infrastructure.journal.store import read_head
from tests.journal_stage import NOON_NS, PATIENCE_S, damage, journal_in, meddle, write


def number(value: int, width: int) -> bytes:
    """A number the long way round: big end first, two's complement."""
    return bytes(value >> 8 * place & 255 for place in range(width - 1, -1, -1))


def test_the_hash_covers_every_column_and_the_row_before(tmp_path: Path) -> None:
    """Recomputed here from the description in docs/journal.md, row by row, with another reader."""
    with journal_in(tmp_path, "run-é") as journal:
        journal.append(Kind.INPUT, {"a": 1}, NOON_NS, exchange_ns=-5)
        journal.append(Kind.MODE, [], NOON_NS + 1).wait(PATIENCE_S)
    previous = bytes(32)
    with closing(sqlite3.connect(Places.within(tmp_path).journal)) as connection:
        rows = connection.execute("SELECT seq, run, t_mono, t_exch, kind, body, hash FROM journal").fetchall()
    assert [row[4] for row in rows] == ["anchor", "input", "mode"]
    for seq, run, time_ns, exchange_ns, kind, body, found in rows:
        moment = number(exchange_ns or 0, 8) + number(exchange_ns is not None, 1)
        lengths = number(len(run.encode()), 2) + number(len(kind), 2)
        text = previous + number(seq, 8) + number(time_ns, 8) + moment + lengths + run.encode() + kind.encode() + body
        assert found == sha256(text).digest()
        previous = found
    assert verify(Places.within(tmp_path)).head == (3, previous)


@given(st.tuples(*[st.binary(max_size=6)] * 3), st.tuples(*[st.binary(max_size=6)] * 3), st.none() | st.just(0))
def test_columns_cannot_flow_into_each_other(
    first: tuple[bytes, bytes, bytes], second: tuple[bytes, bytes, bytes], exchange_ns: int | None
) -> None:
    """Equal hashes mean equal columns, wherever one ends and the next begins."""
    hashes = [row_hash(bytes(32), 1, run, 0, exchange_ns, kind, body) for run, kind, body in (first, second)]
    assert (hashes[0] == hashes[1]) == (first == second)
    assert row_hash(bytes(32), 1, b"r", 0, None, b"k", b"") != row_hash(bytes(32), 1, b"r", 0, 0, b"k", b"")


MEDDLING = {
    "a changed body": (("UPDATE journal SET body = X'7b7d' WHERE seq = 40",), 40, "hash"),
    "a changed time": (("UPDATE journal SET t_mono = t_mono + 1 WHERE seq = 40",), 40, "hash"),
    "a time that was not there": (("UPDATE journal SET t_exch = 0 WHERE seq = 40",), 40, "hash"),
    "another kind": (("UPDATE journal SET kind = 'input' WHERE seq = 40",), 40, "hash"),
    "another run": (("UPDATE journal SET run = 'run-2' WHERE seq = 40",), 40, "hash"),
    "a forged hash": (("UPDATE journal SET hash = zeroblob(32) WHERE seq = 40",), 40, "hash"),
    "a deleted row": (("DELETE FROM journal WHERE seq = 40",), 40, "gap"),
    "a deleted beginning": (("DELETE FROM journal WHERE seq = 1",), 1, "gap"),
    "neighbours that changed places": (
        (
            "UPDATE journal SET seq = -1 WHERE seq = 40",
            "UPDATE journal SET seq = 40 WHERE seq = 41",
            "UPDATE journal SET seq = 41 WHERE seq = -1",
        ),
        40,
        "order",
    ),
    "rows that changed places": (
        (
            "UPDATE journal SET seq = -1 WHERE seq = 40",
            "UPDATE journal SET seq = 40 WHERE seq = 77",
            "UPDATE journal SET seq = 77 WHERE seq = -1",
        ),
        40,
        "order",
    ),
    "another epoch": (("UPDATE meta SET value = value + 1 WHERE key = 'epoch'",), 1, "epoch"),
}


@pytest.mark.parametrize("what", MEDDLING)
def test_the_first_wrong_row_is_named_with_the_reason(what: str, tmp_path: Path) -> None:
    """Whatever was done to the table, and the rows before it are said to hold."""
    statements, seq, why = MEDDLING[what]
    write(tmp_path, 100)
    assert damage(tmp_path) is None
    meddle(tmp_path, *statements)
    fault = damage(tmp_path)
    assert fault is not None
    assert (fault.seq, fault.why) == (seq, why)
    assert f"{seq:,}" in str(fault) or why == "epoch"


def test_a_byte_that_flipped_on_the_disk_is_named(tmp_path: Path) -> None:
    """The database itself has no complaint about a changed letter in a body; the chain has."""
    write(tmp_path, 3000)
    file = Places.within(tmp_path).journal
    data = bytearray(file.read_bytes())
    at = data.index(b'"exec_id":"e1500"')
    data[at + 11] ^= 1
    file.write_bytes(data)
    fault = damage(tmp_path)
    assert fault is not None
    assert (fault.seq, fault.why) == (1502, "hash")  # the birth of the journal is row 1, e0 row 2


def test_a_damaged_page_names_the_row_that_can_no_longer_be_read(tmp_path: Path) -> None:
    """What lies before it is in order, and the sentence says so."""
    write(tmp_path, 3000)
    file = Places.within(tmp_path).journal
    data = bytearray(file.read_bytes())
    page = data.index(b'"exec_id":"e1500"') // 4096 * 4096
    data[page : page + 64] = b"\xff" * 64
    file.write_bytes(data)
    fault = damage(tmp_path)
    assert fault is not None
    assert fault.why == "corrupt"
    assert 1400 < fault.seq <= 1502
    assert "page is damaged" in str(fault)


def test_a_damaged_page_of_another_table_is_noticed(tmp_path: Path) -> None:
    """The rows hold, and the table that says which executions are known cannot be trusted."""
    write(tmp_path, 3000)
    file = Places.within(tmp_path).journal
    with closing(sqlite3.connect(file)) as connection:
        (root,) = connection.execute("SELECT rootpage FROM sqlite_master WHERE name = 'executions'").fetchone()
    data = bytearray(file.read_bytes())
    data[(root - 1) * 4096 : (root - 1) * 4096 + 64] = b"\xff" * 64
    file.write_bytes(data)
    fault = damage(tmp_path)
    assert fault is not None
    assert fault.why == "corrupt"


def test_verifying_visits_every_row_in_order(tmp_path: Path) -> None:
    """What a fold needs: number, kind and body of each."""
    write(tmp_path, 2500)
    seen: list[Visited] = []
    verify(Places.within(tmp_path), seen.extend)
    assert [row[:2] for row in seen] == [(1, "anchor"), *((seq, "execution") for seq in range(2, 2502))]


def in_parts(folder: Path, part: int = 8) -> list[int]:
    """The numbers of the rows as they are visited while three processes check them in small parts."""
    file = Places.within(folder).journal
    seen: list[Visited] = []
    with closing(sqlite3.connect(file)) as connection:
        last = read_head(connection)
        assert check_in_parts(connection, file, last.seq, seen.extend, part=part) == last
        assert check_in_parts(connection, file, last.seq, part=part) == last
    return [row[0] for row in seen]


def test_in_parts_the_same_rows_hold_and_are_visited_in_order(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whether the last part is whole or not, and whether the other processes are quick or have died at once."""
    monkeypatch.setattr(chain_parts, "_processors", lambda: 3)
    write(tmp_path, 95)
    assert in_parts(tmp_path) == list(range(1, 97))
    assert in_parts(tmp_path, 7) == list(range(1, 97))
    monkeypatch.setattr(chain_parts, "_PROGRAM", "raise SystemExit")
    assert in_parts(tmp_path) == list(range(1, 97))


def test_parts_that_were_told_to_hold_are_not_read_twice(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The process at the front stops checking where the others have come to."""
    write(tmp_path, 95)
    checked: list[int] = []

    def counted(*words: Any) -> Head:
        checked.append(words[1].seq)
        return check_chain(*words)

    class AllBut(chain_parts._Found):
        def holds(self, number: int) -> bool:
            return number not in (0, 5)

    monkeypatch.setattr(chain_parts, "_processors", lambda: 2)
    monkeypatch.setattr(chain_parts, "check_chain", counted)
    monkeypatch.setattr(chain_parts, "_Found", AllBut)
    assert in_parts(tmp_path) == list(range(1, 97))
    assert checked == [0, 40, 0, 40]


@pytest.mark.parametrize("what", [what for what in MEDDLING if what != "another epoch"])
def test_in_parts_the_same_row_is_named(what: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Also where it is the very row that a part begins after: row 40 is the last of the fifth part."""
    statements, seq, why = MEDDLING[what]
    monkeypatch.setattr(chain_parts, "_processors", lambda: 3)
    write(tmp_path, 100)
    meddle(tmp_path, *statements)
    with pytest.raises(DamagedRow) as caught:
        in_parts(tmp_path)
    assert (caught.value.seq, caught.value.why) == (seq, why)


def test_a_forger_who_mends_the_hashes_of_a_part_is_found_at_its_end(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each part holds by itself, and the next one no longer follows from it."""
    monkeypatch.setattr(chain_parts, "_processors", lambda: 3)
    write(tmp_path, 100)
    with closing(sqlite3.connect(Places.within(tmp_path).journal)) as connection, connection:
        rows = connection.execute("SELECT seq, run, t_mono, t_exch, kind, body, hash FROM journal").fetchall()
        previous = rows[35][6]
        for seq, run, time_ns, exchange_ns, kind, body, _ in rows[36:40]:
            forged = body.replace(b"BTC", b"ETH")
            previous = row_hash(previous, seq, run.encode(), time_ns, exchange_ns, kind.encode(), forged)
            connection.execute("UPDATE journal SET body = ?, hash = ? WHERE seq = ?", (forged, previous, seq))
    with pytest.raises(DamagedRow) as caught:
        in_parts(tmp_path)
    assert (caught.value.seq, caught.value.why) == (41, "hash")
