"""The market tape: what was heard comes back as it was, and where something is missing it says so."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from engine.events import BookUpdate, Event, MarkPrice, Tick
from infrastructure.tape import Gap, Heard, MarketTape, events_of, read_tape, recording
from infrastructure.tape.recording import TAPE_FOLDER

NOON_NS = 1_767_268_800_000_000_000  # 2026-01-01T12:00:00Z
SECOND_NS = 1_000_000_000
HOUR_NS = 3600 * SECOND_NS
SYMBOL = "BTC/USDT:USDT"


@contextmanager
def tape_in(folder: Path, **settings: int) -> Iterator[MarketTape]:
    """A tape that is closed in order at the end, and writes when it is closed."""
    tape = MarketTape(folder, every_s=60, **settings)
    try:
        yield tape
    finally:
        assert tape.close(10)


def tick(ts: int) -> Tick:
    return Tick(ts, SYMBOL, 61234.5, 0.012, 1)


def record(folder: Path, *times: int) -> None:
    with tape_in(folder) as tape:
        for ts in times:
            tape.record(tick(ts))


def heard(folder: Path, *span: int) -> list[Heard | Gap]:
    return list(read_tape(folder / TAPE_FOLDER, *span))


def test_what_was_heard_comes_back_as_it_was(tmp_path: Path) -> None:
    """Every field of every event, in the order of hearing, across the turn of an hour."""
    events: list[Event] = [
        tick(NOON_NS),
        BookUpdate(NOON_NS + 1, SYMBOL, ((61234.0, 0.5), (61233.5, 0.0)), (), True),
        MarkPrice(NOON_NS + HOUR_NS, SYMBOL, 61233.9, 61233.0),
        *[tick(NOON_NS + HOUR_NS + number) for number in range(1200)],
    ]
    with tape_in(tmp_path) as tape:
        for event in events:
            tape.record(event)
    kinds: dict[str, type[Event]] = {"Tick": Tick, "BookUpdate": BookUpdate, "MarkPrice": MarkPrice}
    assert list(events_of(iter(heard(tmp_path)), kinds)) == events
    assert (tape.recorded, tape.dropped, tape.trouble) == (1203, 0, None)
    files = sorted((tmp_path / TAPE_FOLDER).iterdir())
    assert [file.name for file in files] == ["2026-01-01T12.tape", "2026-01-01T13.tape"]
    assert {file.stat().st_mode & 0o777 for file in files} == {0o600}
    assert [
        event.ts for event in events_of(iter(heard(tmp_path)), {"MarkPrice": MarkPrice}) if isinstance(event, Event)
    ]


def test_a_span_is_read_without_the_rest(tmp_path: Path) -> None:
    """Both ends included."""
    record(tmp_path, *[NOON_NS + number * SECOND_NS for number in range(0, 9000, 30)])
    begin, end = NOON_NS + 3570 * SECOND_NS, NOON_NS + 3630 * SECOND_NS
    assert [one.ts for one in heard(tmp_path, begin, end) if isinstance(one, Heard)] == [
        NOON_NS + number * SECOND_NS for number in (3570, 3600, 3630)
    ]


def test_a_second_start_marks_the_time_between(tmp_path: Path) -> None:
    """Nobody knows what the market said meanwhile."""
    record(tmp_path, NOON_NS, NOON_NS + 5)
    record(tmp_path, NOON_NS + 2 * HOUR_NS)
    assert [one if isinstance(one, Gap) else one.ts for one in heard(tmp_path)] == [
        NOON_NS,
        NOON_NS + 5,
        Gap(NOON_NS + 5, NOON_NS + 2 * HOUR_NS, 0, "the program was not recording"),
        NOON_NS + 2 * HOUR_NS,
    ]


def test_a_gap_that_the_feed_knows_of_stands_where_it_was(tmp_path: Path) -> None:
    """Between what was heard before and after."""
    with tape_in(tmp_path) as tape:
        tape.record(tick(NOON_NS))
        tape.mark_gap(NOON_NS + 1, NOON_NS + 9, "the stream was down")
        tape.record(tick(NOON_NS + 10))
    assert [one if isinstance(one, Gap) else one.ts for one in heard(tmp_path)] == [
        NOON_NS,
        Gap(NOON_NS + 1, NOON_NS + 9, 0, "the stream was down"),
        NOON_NS + 10,
    ]


@pytest.mark.parametrize("cut", [1, 5, 30, 60])
def test_a_torn_end_is_cut_off_and_marked(cut: int, tmp_path: Path) -> None:
    """What a power loss left of the last block does not count, and the next start says from where on."""
    record(tmp_path, NOON_NS)
    record(tmp_path, NOON_NS + 7)
    file = tmp_path / TAPE_FOLDER / "2026-01-01T12.tape"
    file.write_bytes(file.read_bytes()[:-cut])
    times = [one.ts for one in heard(tmp_path) if isinstance(one, Heard)]
    assert times == [NOON_NS]
    record(tmp_path, NOON_NS + 20)
    last = heard(tmp_path)[-2:]
    # The mark of the second start was whole, and it goes to the moment of the event that was torn.
    assert last[0] == Gap(NOON_NS + 7, NOON_NS + 20, 0, "the program was not recording")
    assert isinstance(last[1], Heard)


def test_a_damaged_block_is_a_gap_and_the_next_one_is_found(tmp_path: Path) -> None:
    """One flipped bit costs one block."""
    for number in range(3):
        record(tmp_path, NOON_NS + number)
    file = tmp_path / TAPE_FOLDER / "2026-01-01T12.tape"
    data = bytearray(file.read_bytes())
    begins = [at for at in range(len(data)) if data.startswith(b"HTb1", at)]
    data[begins[2] + 45] ^= 1  # block 0 is the first event, 1 the first mark, 2 the second event
    file.write_bytes(data)
    found = heard(tmp_path)
    assert [one.ts for one in found if isinstance(one, Heard)] == [NOON_NS, NOON_NS + 2]
    assert Gap(NOON_NS + 1, NOON_NS + 1, 0, "a block is damaged") in found


def test_the_oldest_hours_make_room(tmp_path: Path) -> None:
    """By their number, and by their size; what else lies there is left alone."""
    (tmp_path / TAPE_FOLDER).mkdir()
    (tmp_path / TAPE_FOLDER / "notes.txt").write_text("mine", encoding="utf-8")
    with tape_in(tmp_path, hours_kept=3) as tape:
        for hour in range(6):
            tape.record(tick(NOON_NS + hour * HOUR_NS))
    names = sorted(file.name for file in (tmp_path / TAPE_FOLDER).iterdir())
    # Room is made before a new hour begins: three that stay, and the new one.
    assert names == [*(f"2026-01-01T{hour}.tape" for hour in (14, 15, 16, 17)), "notes.txt"]
    with tape_in(tmp_path, bytes_kept=1) as tape:
        tape.record(tick(NOON_NS + 6 * HOUR_NS))
    assert sum(1 for _ in (tmp_path / TAPE_FOLDER).glob("*.tape")) == 2


def test_what_does_not_fit_is_counted_and_marked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The engine never waits for the tape."""
    monkeypatch.setattr(recording, "WAITING_MAX", 3)
    with tape_in(tmp_path) as tape:
        for number in range(5):
            tape.record(tick(NOON_NS + number))
    assert (tape.recorded, tape.dropped) == (3, 2)
    gaps = [one for one in heard(tmp_path) if isinstance(one, Gap)]
    assert [(gap.lost, gap.reason) for gap in gaps] == [(2, "the disk could not keep up")]


def test_a_disk_that_fails_costs_what_was_to_be_written_and_no_more(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """It is tried again a moment later, and the gap says how many events are missing and why."""
    (tmp_path / TAPE_FOLDER).write_text("in the way", encoding="utf-8")
    tape = MarketTape(tmp_path, every_s=60)
    tape.record(tick(NOON_NS))
    tape._write_what_waits()
    assert (tape.dropped, tape.trouble) == (1, "File exists")
    assert len(caplog.records) == 1
    (tmp_path / TAPE_FOLDER).unlink()
    tape.record(tick(NOON_NS + 1))
    tape._write_what_waits()
    assert tape.trouble is None
    assert tape.close(10)
    assert [one if isinstance(one, Gap) else one.ts for one in heard(tmp_path)] == [
        Gap(NOON_NS + 1, NOON_NS + 1, 1, "the tape could not be written: File exists"),
        NOON_NS + 1,
    ]


def test_a_folder_without_a_tape_has_nothing_to_read(tmp_path: Path) -> None:
    """No file, no event, no complaint."""
    assert heard(tmp_path) == []
