"""Snapshots beside the journal: the newest that holds is found, and one that does not costs nothing but time."""

from contextlib import closing
from hashlib import sha256
from pathlib import Path

from infrastructure.journal import Kind, Places
from infrastructure.journal.reading import open_for_reading
from infrastructure.journal.snapshots import SNAPSHOT_FOLDER, Snapshot, newest_snapshot, save_snapshot
from tests.journal_stage import NOON_NS, journal_in


def take(folder: Path, *states: bytes) -> list[str]:
    """Save states one after another, each with the row that names it; the names of the files."""
    names = []
    with journal_in(folder) as journal:
        for state in states:
            file, digest = save_snapshot(folder, journal.next_seq - 1, state)
            body = {"state_hash": sha256(state[::-1]).hexdigest(), "file": file, "sha256": digest}
            journal.append(Kind.SNAPSHOT, body, NOON_NS)
            names.append(file)
    return names


def newest(folder: Path) -> tuple[Snapshot | None, list[str]]:
    """What a start finds, and what it is told."""
    told: list[str] = []
    with closing(open_for_reading(Places.within(folder))) as connection:
        return newest_snapshot(connection, folder, told.append), told


def test_a_start_finds_the_state_that_was_saved_last(tmp_path: Path) -> None:
    """With the row up to which it goes, and the hash that a fold has to arrive at."""
    take(tmp_path, b"first", b"second")
    found, told = newest(tmp_path)
    assert found == Snapshot(2, b"second", sha256(b"dnoces").hexdigest())
    assert told == []
    file = tmp_path / SNAPSHOT_FOLDER / "state-2.snapshot"
    assert (file.stat().st_mode & 0o777, file.parent.stat().st_mode & 0o777) == (0o600, 0o700)


def test_there_need_not_be_one(tmp_path: Path) -> None:
    """A new journal has none, and that is nothing to speak of."""
    take(tmp_path)
    assert newest(tmp_path) == (None, [])


def test_a_corrupt_or_missing_one_is_passed_over_with_a_notice(tmp_path: Path) -> None:
    """The one before it is taken; with all of them gone every row is read again."""
    names = take(tmp_path, b"first", b"second", b"third")
    place = tmp_path / SNAPSHOT_FOLDER
    (place / names[2]).write_bytes(b"thirD")
    (place / names[1]).unlink()
    found, told = newest(tmp_path)
    assert found is not None
    assert (found.seq, found.state) == (1, b"first")
    assert told == [
        f'The snapshot "{names[2]}" is not what was written; an earlier one is used, and more rows are read.',
        f'The snapshot "{names[1]}" is gone or cannot be read; an earlier one is used, and more rows are read.',
    ]
    (place / names[0]).rename(place / "elsewhere")
    (place / names[0]).symlink_to(place / "elsewhere")
    assert newest(tmp_path)[0] is None


def test_a_file_that_no_row_names_does_not_count(tmp_path: Path) -> None:
    """A process may die between the file and its row; the rows alone say what is."""
    take(tmp_path, b"first")
    save_snapshot(tmp_path, 99, b"never named")
    found, told = newest(tmp_path)
    assert found is not None
    assert (found.seq, told) == (1, [])


def test_a_row_cannot_lead_out_of_the_folder(tmp_path: Path) -> None:
    """A name with a path in it is no name of a snapshot."""
    secret = tmp_path / "state-1.snapshot"
    secret.write_bytes(b"elsewhere")
    with journal_in(tmp_path) as journal:
        body = {"state_hash": "", "file": "../state-1.snapshot", "sha256": sha256(b"elsewhere").hexdigest()}
        journal.append(Kind.SNAPSHOT, body, NOON_NS)
    found, told = newest(tmp_path)
    assert found is None
    assert len(told) == 1


def test_three_are_kept(tmp_path: Path) -> None:
    """The newest ones by the row they go up to, counted as numbers, whatever else lies beside them."""
    names = take(tmp_path, *[b"%d" % n for n in range(12)])
    place = tmp_path / SNAPSHOT_FOLDER
    (place / "notes.txt").write_text("mine", encoding="utf-8")
    save_snapshot(tmp_path, 13, b"last")
    assert sorted(file.name for file in place.iterdir()) == sorted([*names[-2:], "state-13.snapshot", "notes.txt"])


def test_a_save_that_was_cut_short_leaves_the_earlier_one(tmp_path: Path) -> None:
    """What a dead process left of a file has another name, and is gone after the next save."""
    take(tmp_path, b"first")
    part = tmp_path / SNAPSHOT_FOLDER / "state-5.snapshot.part"
    part.write_bytes(b"half of")
    found, _ = newest(tmp_path)
    assert found is not None
    assert found.state == b"first"
    save_snapshot(tmp_path, 7, b"second")
    assert not part.exists()
