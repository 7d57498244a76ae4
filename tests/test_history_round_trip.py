"""What was written to parquet, feather or CSV reads back exactly."""

import gzip
import hashlib
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.csv
import pyarrow.feather
import pyarrow.parquet
import pytest
from hypothesis import given
from hypothesis import strategies as st

from infrastructure.history import Bars, open_history

MINUTE_NS = 60_000_000_000
MIDNIGHT_MS = 1_700_006_400_000  # 2023-11-15T00:00:00Z


def write_gzip(table: pa.Table, path: str) -> None:
    """Write gzipped CSV."""
    sink = pa.BufferOutputStream()
    pa.csv.write_csv(table, sink)
    Path(path).write_bytes(gzip.compress(sink.getvalue().to_pybytes(), mtime=0))


WRITERS: dict[str, Callable[[pa.Table, str], None]] = {
    ".parquet": pa.parquet.write_table,
    ".feather": pa.feather.write_feather,
    ".csv": pa.csv.write_csv,
    ".csv.gz": write_gzip,
}
every_format = pytest.mark.parametrize("ending", WRITERS)


def bar_table(count: int = 4) -> pa.Table:
    """Minute bars with prices that have no short binary form."""
    price = [100.1 + index / 7 for index in range(count)]
    return pa.table(
        {
            "ts": [MIDNIGHT_MS + 60_000 * index for index in range(count)],
            "open": price,
            "high": [value + 0.3 for value in price],
            "low": [value - 0.3 for value in price],
            "close": price,
            "volume": [index * 1.7 for index in range(count)],
        }
    )


@every_format
def test_bars_read_back_exactly(tmp_path: Path, ending: str) -> None:
    """Every format returns the very numbers that were written."""
    table = bar_table(500)
    path = tmp_path / f"bars{ending}"
    WRITERS[ending](table, str(path))
    history = open_history("bars", path, batch_rows=200)
    batches = list(history.batches())
    assert [len(batch) for batch in batches] == [200, 200, 100]
    for name in ("open", "high", "low", "close", "volume"):
        assert table[name].to_pylist() == np.concatenate([getattr(batch, name) for batch in batches]).tolist()
    stamps = np.concatenate([batch.ts_ns for batch in batches])
    assert [ts * 1_000_000 for ts in table["ts"].to_pylist()] == stamps.tolist()
    assert history.interval_ns == MINUTE_NS
    assert history.stats.rows == 500
    assert history.stats.sha256 == hashlib.sha256(path.read_bytes()).hexdigest()


@every_format
def test_a_second_pass_reads_the_same(tmp_path: Path, ending: str) -> None:
    """A history can be gone through again, and twice at once."""
    path = tmp_path / f"bars{ending}"
    WRITERS[ending](bar_table(10), str(path))
    history = open_history("bars", path, batch_rows=3)
    pairs = list(zip(history.batches(), history.batches(), strict=True))
    assert [len(one) for one, _ in pairs] == [3, 3, 3, 1]
    assert all((one.close == other.close).all() for one, other in pairs)


@every_format
def test_trades_keep_who_took(tmp_path: Path, ending: str) -> None:
    """Buyer, seller and unknown takers survive, and so do equal stamps."""
    path = tmp_path / f"trades{ending}"
    table = pa.table(
        {
            "ts": [MIDNIGHT_MS, MIDNIGHT_MS, MIDNIGHT_MS + 1],
            "price": [3.5, 3.4, 3.6],
            "size": [1.0, 0.0, 2.5],
            "side": ["Buy", "SELL", None],
        }
    )
    WRITERS[ending](table, str(path))
    batch = next(open_history("trades", path).batches())
    assert batch.side.tolist() == [1, -1, 0]
    assert batch.price.tolist() == [3.5, 3.4, 3.6]
    assert batch.size.tolist() == [1.0, 0.0, 2.5]


@every_format
def test_a_clear_needs_no_price(tmp_path: Path, ending: str) -> None:
    """A book's clear row may leave price and size empty, and a level of size zero is a deletion."""
    path = tmp_path / f"book{ending}"
    table = pa.table(
        {
            "ts": [MIDNIGHT_MS] * 3,
            "side": ["clear", "bid", "ask"],
            "price": [None, 99.5, 100.5],
            "size": [None, 2.0, 0.0],
        }
    )
    WRITERS[ending](table, str(path))
    (batch,) = open_history("book", path).batches()
    assert batch.side.tolist() == [0, 1, -1]
    assert batch.price.tolist() == [0.0, 99.5, 100.5]
    assert batch.size.tolist() == [0.0, 2.0, 0.0]


@every_format
def test_funding_rates_keep_their_sign(tmp_path: Path, ending: str) -> None:
    """Negative rates, paid by shorts, read back as they are."""
    path = tmp_path / f"funding{ending}"
    WRITERS[ending](pa.table({"ts": [MIDNIGHT_MS, MIDNIGHT_MS + 28_800_008], "rate": [0.0001, -0.00561711]}), str(path))
    (batch,) = open_history("funding", path).batches()
    assert batch.rate.tolist() == [0.0001, -0.00561711]


def test_batches_cannot_be_changed(tmp_path: Path) -> None:
    """A batch handed to several readers is the same for all of them."""
    path = tmp_path / "bars.parquet"
    pa.parquet.write_table(bar_table(), path)
    (batch,) = open_history("bars", path).batches()
    with pytest.raises(ValueError, match="read-only"):
        batch.close[0] = 1.0


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One folder for all examples, each of which writes its file over the one before."""
    return tmp_path_factory.mktemp("any")


Row = tuple[float, ...]
prices = st.floats(min_value=1e-9, max_value=1e12, allow_subnormal=False)


@st.composite
def bar_rows(draw: st.DrawFn) -> list[Row]:
    """Valid bars on a grid of minutes, the first two in a row so that the interval is known."""
    steps = draw(st.lists(st.sampled_from([1, 1, 2, 7, 600]), max_size=30))
    minute = draw(st.integers(30_000_000, 31_000_000))
    rows: list[Row] = []
    for step in [0, 1, 1, *steps]:
        minute += step
        low, one, two, high = sorted(draw(st.tuples(prices, prices, prices, prices)))
        volume = draw(st.floats(min_value=0, max_value=1e15))
        rows.append((minute * 60_000, *draw(st.permutations([one, two])), high, low, volume))
    return rows


@given(rows=bar_rows(), ending=st.sampled_from(list(WRITERS)), batch_rows=st.integers(1, 50))
def test_any_valid_bars_read_back(
    folder: Path,
    rows: list[Row],
    ending: str,
    batch_rows: int,
) -> None:
    """Whatever bars are possible come back bit for bit, in any format and batch length, their holes counted."""
    path = folder / f"any{ending}"
    names = ("ts", "open", "close", "high", "low", "volume")
    WRITERS[ending](pa.table(dict(zip(names, map(list, zip(*rows, strict=True)), strict=True))), str(path))
    history = open_history("bars", path, batch_rows=batch_rows)
    back: list[tuple[float, ...]] = []
    for batch in history.batches():
        assert isinstance(batch, Bars)
        assert 0 < len(batch) <= batch_rows
        stamps = (batch.ts_ns // 1_000_000).tolist()
        back += zip(stamps, *(getattr(batch, name).tolist() for name in names[1:]), strict=True)
    assert back == rows
    leaps = [step for step in np.diff([row[0] for row in rows]).tolist() if step > 60_000]
    assert (history.stats.gaps, history.stats.missing) == (len(leaps), sum(leap // 60_000 - 1 for leap in leaps))


@given(
    rows=st.lists(
        st.tuples(st.integers(0, 3), prices, st.floats(0, 1e15), st.sampled_from(["buy", "sell"])), min_size=1
    ),
    ending=st.sampled_from(list(WRITERS)),
)
def test_any_valid_trades_read_back(folder: Path, rows: list[tuple[int, float, float, str]], ending: str) -> None:
    """Whatever trades are possible come back bit for bit, repeated stamps included."""
    path = folder / f"any{ending}"
    steps, price, size, side = map(list, zip(*rows, strict=True))
    stamps = (MIDNIGHT_MS + np.cumsum(steps)).tolist()
    WRITERS[ending](pa.table({"ts": stamps, "price": price, "size": size, "side": side}), str(path))
    batch = next(open_history("trades", path).batches())
    assert (batch.ts_ns // 1_000_000).tolist() == stamps
    assert (batch.price.tolist(), batch.size.tolist()) == (price, size)
    assert ["sell" if code < 0 else "buy" for code in batch.side.tolist()] == side
