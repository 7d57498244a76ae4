"""Room on the disk: the levels of the design, and the sentence for each."""

from collections import namedtuple
from pathlib import Path

import pytest

from infrastructure.journal.room import RoomLevel, level_of, room_of

Usage = namedtuple("Usage", "total used free")


@pytest.mark.parametrize(
    ("free", "level"),
    [
        (2_000_000_000, RoomLevel.AMPLE),
        (1_999_999_999, RoomLevel.LOW),
        (500_000_000, RoomLevel.LOW),
        (499_999_999, RoomLevel.SCARCE),
        (100_000_000, RoomLevel.SCARCE),
        (99_999_999, RoomLevel.OUT),
        (0, RoomLevel.OUT),
    ],
)
def test_the_levels_are_those_of_the_design(free: int, level: RoomLevel) -> None:
    """Warning under 2 GB, alarm under 500 MB, no new risk under 100 MB."""
    assert level_of(free) is level


@pytest.mark.parametrize(
    ("free", "words", "allows"),
    [
        (9_000_000_000, "", True),
        (1_500_000_000, "has 1.5 GB left; make room soon.", True),
        (120_000_000, "has 120 MB left; make room soon.", True),
        (40_000_000, "has 40 MB left; no new risk is taken until there is room.", False),
    ],
)
def test_a_sentence_says_how_much_is_left(
    free: int, words: str, allows: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """None where all is well."""
    monkeypatch.setattr("infrastructure.journal.room.shutil.disk_usage", lambda _: Usage(10**12, 10**12 - free, free))
    found = room_of(tmp_path)
    assert (found.free_bytes, found.allows_new_risk) == (free, allows)
    assert found.sentence == (f'The disk of "{tmp_path}" {words}' if words else "")


def test_a_disk_that_does_not_answer_is_not_a_full_one(tmp_path: Path) -> None:
    """Nothing is known, and that is what is said."""
    found = room_of(tmp_path / "gone")
    assert (found.level, found.allows_new_risk) == (RoomLevel.UNKNOWN, True)
    assert "is unknown" in found.sentence


def test_the_real_disk_answers(tmp_path: Path) -> None:
    """Some number of bytes, and a level."""
    assert room_of(tmp_path).free_bytes > 0
