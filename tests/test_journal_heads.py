"""The file of heads: its last whole line counts, whatever a power loss left behind, and it does not grow for ever."""

import resource
from pathlib import Path

import pytest

from infrastructure.journal import Kind, Places, heads, verify
from infrastructure.journal.heads import Head, Heads, last_told
from tests.journal_stage import NOON_NS, PATIENCE_S, journal_in, write


def head(seq: int) -> Head:
    return Head(seq, seq.to_bytes(32, "big"))


def told_in(file: Path) -> int | None:
    told = last_told(file)
    return None if told is None else told.head.seq


@pytest.mark.parametrize(
    "left_behind",
    [b"", b"4 00", b"\n\n\n", bytes(100_000), b"\xff" * 5_000, b"4 " + b"00" * 32 + b" 1 instance 00000000\n"],
    ids=["nothing", "half a line", "empty lines", "room never written", "another file's content", "a wrong check sum"],
)
def test_what_a_power_loss_left_behind_the_last_line_is_passed_over(left_behind: bytes, tmp_path: Path) -> None:
    """However much it is; and the next line counts again."""
    file = tmp_path / "journal.heads"
    lines = Heads(file, "instance", 1)
    for seq in (1, 2, 3):
        lines.add(head(seq))
    lines.close()
    with file.open("ab") as stream:
        stream.write(left_behind)
    assert told_in(file) == 3
    again = Heads(file, "instance", 2)
    again.add(head(7))
    again.close()
    assert told_in(file) == 7


def test_a_file_without_a_whole_line_tells_nothing(tmp_path: Path) -> None:
    """As one that is not there."""
    file = tmp_path / "journal.heads"
    assert told_in(file) is None
    file.write_bytes(bytes(10_000))
    assert told_in(file) is None


def test_a_long_file_begins_anew_with_its_last_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """In the middle of work, and nobody who looks ever finds less than the last line."""
    monkeypatch.setattr(heads, "_LONG_BYTES", 1_000)
    write(tmp_path, 5)
    with journal_in(tmp_path) as journal:
        for number in range(100):
            journal.append(Kind.INPUT, number, NOON_NS).wait(PATIENCE_S)
            assert told_in(Places.within(tmp_path).heads) == journal.head.seq
    places = Places.within(tmp_path)
    assert places.heads.stat().st_size < 2_000
    assert places.heads.stat().st_mode & 0o777 == 0o600
    assert not places.heads.with_name("journal.heads.part").exists()
    assert verify(places).head.seq == 106


def test_a_beginning_anew_that_was_cut_short_harms_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What a dead process left of the new file is written over."""
    file = tmp_path / "journal.heads"
    file.with_name("journal.heads.part").write_bytes(b"half")
    monkeypatch.setattr(heads, "_LONG_BYTES", 10)
    lines = Heads(file, "instance", 1)
    lines.add(head(1))
    lines.add(head(2))
    lines.close()
    assert told_in(file) == 2


def test_a_line_that_fits_in_part_is_a_fault_and_costs_no_other(tmp_path: Path) -> None:
    """The disk takes the first bytes without a word; the line before counts, and so does the next after an opening."""
    file = tmp_path / "journal.heads"
    lines = Heads(file, "instance", 1)
    lines.add(head(1))
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (file.stat().st_size + 20, before[1]))
    try:
        with pytest.raises(OSError, match="too large"):
            lines.add(head(2))
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
    lines.close()
    assert told_in(file) == 1
    again = Heads(file, "instance", 2)
    again.add(head(3))
    again.close()
    assert told_in(file) == 3
