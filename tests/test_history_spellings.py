"""Columns, moments, sides and numbers are understood in the spellings of many exchanges and tools."""

from datetime import UTC, datetime
from pathlib import Path

import pyarrow as pa
import pyarrow.feather
import pyarrow.parquet
import pytest

from infrastructure.history import Trades, open_history

MIDNIGHT_MS = 1_700_006_400_000  # 2023-11-15T00:00:00Z


def csv_file(folder: Path, text: str) -> Path:
    """A CSV file with this text."""
    path = folder / "history.csv"
    path.write_text(text)
    return path


def only_batch(folder: Path, text: str) -> Trades:
    """The trades of a CSV file with this text."""
    (batch,) = open_history("trades", csv_file(folder, text)).batches()
    return batch


@pytest.mark.parametrize(
    ("kind", "header"),
    [
        ("bars", "timestamp,Open,HIGH,low,close,vol"),
        ("bars", "open_time,open,high,low,close,volume"),
        ("bars", "Open Time;open price;h;l;c;base_volume"),
        ("mark", "\ufeffdate\to\thigh\tlow\tclose\tremark"),
    ],
)
def test_names_of_other_tools_are_understood(tmp_path: Path, kind: str, header: str) -> None:
    """Case, blanks, underscores, separators and usual synonyms do not matter."""
    mark = next(sign for sign in ",;\t" if sign in header)
    rows = [f"{MIDNIGHT_MS + 60_000 * i}{mark}2{mark}3{mark}1{mark}2.5{mark}7" for i in range(2)]
    history = open_history(kind, csv_file(tmp_path, "\n".join([header, *rows])))  # type: ignore[call-overload]
    (batch,) = history.batches()
    assert [batch.open[0], batch.high[0], batch.low[0], batch.close[0]] == [2, 3, 1, 2.5]
    assert batch.volume.tolist() == ([7, 7] if kind == "bars" else [0, 0])


@pytest.mark.parametrize(
    ("header", "cells", "expected"),
    [
        ("time,price,qty,taker_is_buyer", ["true", "False", "1", "0", ""], [1, -1, 1, -1, 0]),
        ("time,price,quantity,is_buyer_maker", ["true", "False", "1", "0", ""], [-1, 1, -1, 1, 0]),
        ("time,p,amount,isBuyerMaker", ["TRUE", "FALSE"], [-1, 1]),
        ("time,price,volume,side", ["b", "s", "1", "-1", "unknown", "Seller"], [1, -1, 1, -1, 0, -1]),
    ],
)
def test_a_buyer_who_rested_is_a_seller_who_took(
    tmp_path: Path, header: str, cells: list[str], expected: list[int]
) -> None:
    """Flags about the maker are turned round, flags and words about the taker are not."""
    rows = [f"{MIDNIGHT_MS},5,1,{cell}" for cell in cells]
    batch = only_batch(tmp_path, "\n".join([header, *rows]))
    assert batch.side.tolist() == expected


@pytest.mark.parametrize(("name", "maker"), [("taker_is_buyer", False), ("is_buyer_maker", True)])
def test_flags_may_be_real_booleans(tmp_path: Path, name: str, maker: bool) -> None:
    """A boolean column says the same as its text."""
    path = tmp_path / "trades.parquet"
    pa.parquet.write_table(pa.table({"ts": [MIDNIGHT_MS] * 2, "p": [1.0, 1.0], "q": [1, 1], name: [True, False]}), path)
    assert next(open_history("trades", path).batches()).side.tolist() == ([-1, 1] if maker else [1, -1])


@pytest.mark.parametrize("name", ["rate", "funding_rate", "fundingRate", "Funding Rate"])
def test_funding_rates_have_several_names(tmp_path: Path, name: str) -> None:
    """The rate is found under the usual names."""
    (batch,) = open_history("funding", csv_file(tmp_path, f"fundingTime,{name}\n{MIDNIGHT_MS},-0.01\n")).batches()
    assert batch.rate.tolist() == [-0.01]


MOMENT_NS = 1_700_006_400_123_000_000


@pytest.mark.parametrize(
    "stamps",
    [
        pa.array([1_700_006_400_123]),
        pa.array([1_700_006_400_123.0]),
        pa.array([1_700_006_400_123_000]),
        pa.array([MOMENT_NS]),
        pa.array(["1700006400123"]),
        pa.array(["1700006400123.0"]),
        pa.array(["2023-11-15T00:00:00.123Z"]),
        pa.array(["2023-11-15 00:00:00.123"]),
        pa.array(["2023-11-15 00:00:00.123000 UTC"]),
        pa.array([" 2023-11-15T01:30:00.123+01:30 "]),
        pa.array(["2023-11-14T19:00:00.123-05:00"]).dictionary_encode(),
        pa.array([MOMENT_NS // 1_000_000], pa.timestamp("ms")),
        pa.array([MOMENT_NS // 1_000], pa.timestamp("us", "UTC")),
        pa.array([MOMENT_NS], pa.timestamp("ns", "America/New_York")),
    ],
    ids=str,
)
def test_one_moment_in_many_spellings(tmp_path: Path, stamps: pa.Array) -> None:
    """Whole numbers of any unit, ISO text and Arrow timestamps mean the same moment; without a zone it is UTC."""
    path = tmp_path / "funding.parquet"
    pa.parquet.write_table(pa.table({"ts": stamps, "rate": [0.0]}), path)
    (batch,) = open_history("funding", path).batches()
    assert batch.ts_ns.tolist() == [MOMENT_NS]


def test_seconds_and_days_are_moments_too(tmp_path: Path) -> None:
    """Whole seconds in text and dates without a time of day read as UTC."""
    midnight = int(datetime(2023, 11, 15, tzinfo=UTC).timestamp())
    (text,) = open_history("funding", csv_file(tmp_path, f"ts,rate\n{midnight},0\n2023-11-16,0\n")).batches()
    assert text.ts_ns.tolist() == [midnight * 10**9, (midnight + 86_400) * 10**9]
    path = tmp_path / "dates.feather"
    pa.feather.write_feather(pa.table({"date": pa.array([midnight // 86_400], pa.date32()), "rate": [0.0]}), str(path))
    (dates,) = open_history("funding", path).batches()
    assert dates.ts_ns.tolist() == [midnight * 10**9]


@pytest.mark.parametrize("kind", [pa.float32(), pa.int64(), pa.decimal128(20, 4), pa.string(), pa.large_string()])
def test_numbers_of_any_type_become_floats(tmp_path: Path, kind: pa.DataType) -> None:
    """Integers, decimals and text that spells numbers serve as prices."""
    path = tmp_path / "trades.parquet"
    columns = {"ts": [MIDNIGHT_MS], "price": pa.array(["12"]).cast(kind), "size": [1.0], "side": ["buy"]}
    pa.parquet.write_table(pa.table(columns), path)
    assert next(open_history("trades", path).batches()).price.tolist() == [12.0]


def test_blanks_and_plus_signs_around_numbers_do_no_harm(tmp_path: Path) -> None:
    """Cells padded by hand are numbers still."""
    text = f"ts,price,size,side\n{MIDNIGHT_MS}, 12.5 ,+1e1,  buy\n"
    batch = only_batch(tmp_path, text)
    assert (batch.price.tolist(), batch.size.tolist(), batch.side.tolist()) == ([12.5], [10.0], [1])
