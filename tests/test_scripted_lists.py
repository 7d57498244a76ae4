"""Lists of orders: their moments in any unit, their bounds, and what is said of orders whose moment never came."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from infrastructure.history.times import NO_TIME, TimeReader
from strategies import scripted
from strategies.moments import read_moment
from tests.backtest_runs import BARS, BTC, T0_MS, Bench, new_bench

PLAIN = ("--symbol", BTC, "--no-risk", "--slippage-bps", "0", "--fee-taker", "0", "--bars", "b.csv")


@pytest.fixture
def bench(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path) -> Bench:
    """An empty folder, and in it three bars."""
    bench = new_bench(monkeypatch, capsys, tmp_path)
    bench.write("b.csv", BARS, "0,10,12,9,11,1", "1,11,12,9,10,1", "2,10,12,9,11,1")
    return bench


@pytest.mark.parametrize("ts", [T0_MS // 1000 + 60, T0_MS + 60_000, (T0_MS + 60_000) * 1000, (T0_MS + 60_000) * 10**6])
def test_the_size_of_a_number_tells_its_unit(bench: Bench, ts: int) -> None:
    """Seconds, milliseconds, microseconds and nanoseconds of one minute after the start fill at one price."""
    (bench.folder / "o.csv").write_text(f"ts,side,quantity\n{ts},buy,1\n")
    found = bench.result("--strategy", "scripted", "--set", "orders=o.csv", *PLAIN)
    assert [(fill["ts"], fill["price"]) for fill in found["fill_list"]] == [(T0_MS + 60_000, 11)]


@given(st.integers(0, 5_000_000_000), st.sampled_from([1, 10**3, 10**6, 10**9]))
def test_units_are_told_as_history_files_tell_them(seconds: int, units: int) -> None:
    """The rule for lists and the one for histories agree on every number, also on what is no moment."""
    number = seconds * units
    expected = int(TimeReader().read(pa.array([number]))[0])
    if expected == NO_TIME:
        with pytest.raises(ValueError, match="2009 to 2100"):
            read_moment(str(number))
    else:
        assert read_moment(str(number)) == expected


@given(st.datetimes(datetime(2009, 1, 1), datetime(2099, 12, 31)), st.integers(-12, 14))  # noqa: DTZ001
def test_iso_times_keep_their_zone(moment: datetime, hours: int) -> None:
    """Without a zone it is UTC."""
    since = moment.replace(tzinfo=UTC) - datetime(1970, 1, 1, tzinfo=UTC)
    expected = since // timedelta(microseconds=1) * 1000
    assert read_moment(moment.isoformat()) == expected
    sign, ahead = ("-", -hours) if hours < 0 else ("+", hours)
    if datetime(2010, 1, 1) < moment:  # noqa: DTZ001
        assert read_moment(f"{moment.isoformat()}{sign}{ahead:02d}:00") == expected - hours * 3_600 * 10**9


@pytest.mark.parametrize("ts", ["0", "16733088", "-5", "1970-01-01", "2100-01-01", "12e9", "soon", "", "9" * 5000])
def test_what_is_no_moment_is_refused_with_its_row(bench: Bench, ts: str) -> None:
    """One sentence names the file, the row and what stood there."""
    (bench.folder / "o.csv").write_text(f"ts,side,quantity\n{T0_MS},buy,1\n{ts},sell,1\n")
    answer = bench.say("--strategy", "scripted", "--set", "orders=o.csv", *PLAIN)
    assert answer.code == 4
    assert len(answer.sentences) == 1
    assert answer.err.startswith("o.csv, row 2: ts has to be a moment from 2009 to 2100")


def test_orders_after_the_last_row_are_reported_and_change_nothing_else(bench: Bench) -> None:
    """Two of three come too late: a notice with the count on stderr, the same JSON, and exit code 0."""
    (bench.folder / "o.csv").write_text(f"ts,side,quantity\n{T0_MS},buy,1\n2030-01-01,buy,1\n2030-01-02,sell,1\n")
    answer = bench.say("--strategy", "scripted", "--set", "orders=o.csv", *PLAIN, "--json")
    assert answer.code == 0
    assert answer.sentences == ["2 orders of the list were never sent: the data ended before."]
    assert '"fills":1' in answer.out.replace(" ", "")
    (bench.folder / "o.csv").write_text(f"ts,side,quantity\n{T0_MS},buy,1\n")
    assert not bench.say("--strategy", "scripted", "--set", "orders=o.csv", *PLAIN, "--json").err


def test_a_device_is_no_list(bench: Bench) -> None:
    """It would be read for ever."""
    answer = bench.say("--strategy", "scripted", "--set", "orders=/dev/zero", *PLAIN)
    assert (answer.code, answer.sentences) == (4, ["/dev/zero is not a plain file; write the orders into one."])


def test_a_list_that_is_too_large_is_not_read(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is refused by its size alone."""
    (bench.folder / "o.csv").write_text("ts,side,quantity\n" + f"{T0_MS},buy,1\n" * 100)
    monkeypatch.setattr(scripted, "LARGEST_LIST", 1000)
    answer = bench.say("--strategy", "scripted", "--set", "orders=o.csv", *PLAIN)
    assert answer.code == 4
    assert "o.csv is larger than" in answer.err
