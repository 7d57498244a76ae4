"""Which rows of a history file are delivered, under which stamps, and how they are counted."""

from pathlib import Path

import pyarrow as pa
import pyarrow.feather
import pytest

from infrastructure.history import BadHistory, open_history

MINUTE_NS = 60_000_000_000
MIDNIGHT_MS = 1_700_006_400_000  # 2023-11-15T00:00:00Z


def csv_file(folder: Path, text: str) -> Path:
    """A CSV file with this text."""
    path = folder / "history.csv"
    path.write_text(text)
    return path


def minute_bars(folder: Path, count: int) -> Path:
    """A CSV file of bars without a hole."""
    rows = [f"{MIDNIGHT_MS + 60_000 * minute},2,3,1,2,7" for minute in range(count)]
    return csv_file(folder, "\n".join(["ts,open,high,low,close,volume", *rows]))


@pytest.mark.parametrize(
    ("header", "first_ms"),
    [
        ("ts,open,high,low,close,volume,open_interest", MIDNIGHT_MS),
        ("close_time,open,high,low,close,volume,turnover", MIDNIGHT_MS - 1),
        ("open_time,open,high,low,close,volume,close_time", MIDNIGHT_MS),
    ],
)
def test_closing_stamps_become_starts(tmp_path: Path, header: str, first_ms: int) -> None:
    """A bar stamped at its end is delivered at its start, also where the end is a millisecond early."""
    rows = [f"{first_ms + 60_000 * i},2,3,1,2,7,{first_ms + 60_000 * i}" for i in range(3)]
    history = open_history("bars", csv_file(tmp_path, "\n".join([header, *rows])), stamps="close")
    (batch,) = history.batches()
    assert batch.ts_ns.tolist() == [MIDNIGHT_MS * 1_000_000 + MINUTE_NS * (i - 1) for i in range(3)]


def test_gaps_are_counted_and_repeated_bars_dropped(tmp_path: Path) -> None:
    """Of two bars with one stamp the first stays; a hole counts once, with the bars that it lacks."""
    minutes = [0, 1, 1, 1, 2, 5, 6, 8]
    rows = [f"{MIDNIGHT_MS + 60_000 * minute},2,3,1,2,{place}" for place, minute in enumerate(minutes)]
    history = open_history(
        "bars", csv_file(tmp_path, "\n".join(["ts,open,high,low,close,volume", *rows])), batch_rows=2
    )
    assert [volume for batch in history.batches() for volume in batch.volume.tolist()] == [0, 1, 4, 5, 6, 7]
    stats = history.stats
    assert (stats.rows, stats.duplicates, stats.gaps, stats.missing) == (6, 2, 2, 3)


def test_a_settlement_is_never_paid_twice(tmp_path: Path) -> None:
    """A repeated funding stamp is dropped, a change of interval is no hole, a missed day is one."""
    hours = [0, 8, 8, 16, 20, 24, 25, 33, 57]
    rows = [f"{MIDNIGHT_MS + 3_600_000 * hour},0.0{place}" for place, hour in enumerate(hours)]
    stats = open_history("funding", csv_file(tmp_path, "\n".join(["ts,rate", *rows]))).stats
    assert (stats.rows, stats.duplicates, stats.gaps) == (8, 1, 1)


@pytest.mark.parametrize("batch_rows", [1, 3, 100])
def test_a_span_takes_its_start_and_leaves_its_end(tmp_path: Path, batch_rows: int) -> None:
    """Rows from the start to just before the end are delivered and counted, and no others."""
    path = minute_bars(tmp_path, 10)
    first_ns = MIDNIGHT_MS * 1_000_000
    history = open_history(
        "bars", path, batch_rows=batch_rows, start_ns=first_ns + 2 * MINUTE_NS, end_ns=first_ns + 5 * MINUTE_NS
    )
    stamps = [ts for batch in history.batches() for ts in batch.ts_ns.tolist()]
    assert stamps == [first_ns + minute * MINUTE_NS for minute in (2, 3, 4)]
    assert (history.stats.rows, history.stats.first_ns, history.stats.last_ns) == (3, stamps[0], stamps[-1])


def test_a_span_without_rows_is_empty(tmp_path: Path) -> None:
    """Nothing in the span is nothing delivered, which the counts say."""
    path = minute_bars(tmp_path, 10)
    stats = open_history("bars", path, start_ns=0, end_ns=1).stats
    assert (stats.rows, stats.first_ns, stats.last_ns) == (0, None, None)


def test_one_of_several_symbols_is_read_alone(tmp_path: Path) -> None:
    """Rows of other symbols, even broken or out of order ones, do not matter to the chosen one."""
    text = (
        "ts,symbol,price,size,side\n"
        f"{MIDNIGHT_MS},BTCUSDT,1,1,buy\n{MIDNIGHT_MS - 5},ETHUSDT,oops,1,buy\n{MIDNIGHT_MS},BTCUSDT,2,1,sell\n"
    )
    history = open_history("trades", csv_file(tmp_path, text), symbol="BTC/USDT:USDT")
    assert next(history.batches()).price.tolist() == [1, 2]
    assert history.symbols == history.stats.symbols == ("BTCUSDT", "ETHUSDT")
    with pytest.raises(BadHistory, match="row 2: price was 'oops'"):
        open_history("trades", tmp_path / "history.csv", symbol="ethusdt")


def test_spot_and_perpetual_stay_apart(tmp_path: Path) -> None:
    """Where the file writes unified names, only the very name matches."""
    path = tmp_path / "funding.feather"
    names = pa.array(["BTC/USDT", "BTC/USDT:USDT"]).dictionary_encode()
    pa.feather.write_feather(pa.table({"ts": [MIDNIGHT_MS] * 2, "pair": names, "rate": [0.1, 0.2]}), str(path))
    (batch,) = open_history("funding", path, symbol="BTC/USDT").batches()
    assert batch.rate.tolist() == [0.1]


def test_a_single_symbol_needs_no_choice(tmp_path: Path) -> None:
    """A file of one symbol is read without being told which."""
    text = f"ts,symbol,rate\n{MIDNIGHT_MS},SOLUSDT,0.001\n"
    assert open_history("funding", csv_file(tmp_path, text)).stats.symbols == ("SOLUSDT",)


@pytest.mark.parametrize("usual", [1, 5, 60])
def test_the_interval_of_a_market_that_rarely_trades_is_its_shortest_usual_step(tmp_path: Path, usual: int) -> None:
    """Where most bars are followed by a hole, those that are not tell how long a bar lasts."""
    minutes = [0, usual, *(usual * (3 + 2 * i) for i in range(10)), usual * 22]
    rows = [f"{MIDNIGHT_MS + 60_000 * minute},2,3,1,2,7" for minute in minutes]
    history = open_history("mark", csv_file(tmp_path, "\n".join(["ts,open,high,low,close,volume", *rows])))
    assert history.interval_ns == usual * MINUTE_NS
    assert (history.stats.gaps, history.stats.missing) == (10, 10)
