"""A long history passes through little memory, and a damaged one never ends in anything but a refusal."""

import random
import tracemalloc
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.csv
import pyarrow.feather
import pyarrow.parquet
import pytest

from infrastructure.history import BadHistory, open_history

FIRST_MS = 1_600_000_020_000
BATCH_ROWS = 16_384
ROW_BYTES = 6 * 8


def minute_bars(count: int) -> pa.Table:
    """Bars of a price that walks, so that nothing compresses away."""
    price = 1_000 + np.random.default_rng(7).normal(0, 0.01, count).cumsum()
    columns = {"open": price, "high": price + 0.5, "low": price - 0.5, "close": price, "volume": price}
    return pa.table({"ts": FIRST_MS + np.arange(count) * 60_000, **columns})


def write(table: pa.Table, path: Path) -> Path:
    """Parquet as one row group, the hardest to stream; feather and CSV as they are usually written."""
    if path.suffix == ".parquet":
        pa.parquet.write_table(table, path, row_group_size=len(table))
    elif path.suffix == ".feather":
        pa.feather.write_feather(table, str(path))
    else:
        pa.csv.write_csv(table, str(path))
    return path


def highest_bytes(path: Path, count: int) -> int:
    """The most memory, numpy's and Arrow's, that one pass over so many rows held while a batch was in hand."""
    arrow_before, highest, rows = pa.total_allocated_bytes(), 0, 0
    tracemalloc.start()
    for batch in open_history("bars", path, batch_rows=BATCH_ROWS).batches():
        rows += len(batch)
        held = pa.total_allocated_bytes() - arrow_before + tracemalloc.get_traced_memory()[1]
        highest = max(highest, held)
        assert len(batch) <= BATCH_ROWS
    tracemalloc.stop()
    assert rows == count
    return highest


@pytest.mark.parametrize("ending", [".parquet", ".feather", ".csv"])
def test_memory_does_not_grow_with_the_file(tmp_path: Path, ending: str) -> None:
    """Four times the rows need no more memory."""
    short = highest_bytes(write(minute_bars(200_000), tmp_path / f"short{ending}"), 200_000)
    long = highest_bytes(write(minute_bars(800_000), tmp_path / f"long{ending}"), 800_000)
    assert long < 1.2 * short + BATCH_ROWS * ROW_BYTES


def test_nothing_is_read_before_it_is_asked_for(tmp_path: Path) -> None:
    """A bad row at the end of a long file does not keep the rows above it from coming."""
    table = minute_bars(100_000)
    broken = table["close"].to_numpy().copy()
    broken[-1] = np.nan
    path = write(table.set_column(4, "close", pa.array(broken)), tmp_path / "bars.parquet")
    batches = open_history("bars", path, batch_rows=BATCH_ROWS).batches()
    assert [len(next(batches)) for _ in range(6)] == [BATCH_ROWS] * 6
    with pytest.raises(BadHistory, match="row 100000: close was nan"):
        next(batches)


@pytest.mark.parametrize("ending", [".parquet", ".feather", ".csv"])
def test_a_damaged_file_is_read_or_refused(tmp_path: Path, ending: str) -> None:
    """Whichever bytes of a file are changed or lost, reading it ends well or with a refusal, never otherwise."""
    draw = random.Random(11)
    path = write(minute_bars(300), tmp_path / f"bars{ending}")
    whole = path.read_bytes()
    refused = 0
    for _ in range(150):
        damaged = bytearray(whole)
        for _ in range(draw.choice([1, 3, 20])):
            damaged[draw.randrange(len(damaged))] = draw.randrange(256)
        path.write_bytes(damaged[: draw.randrange(len(damaged))] if draw.random() < 0.2 else damaged)
        try:
            rows = open_history("bars", path).stats.rows
        except BadHistory:
            refused += 1
        else:
            assert 0 < rows <= 300
    assert refused > 75
