"""A history file that cannot be trusted is refused with one sentence: file, first bad row, value, way out."""

import gzip
from pathlib import Path

import pyarrow as pa
import pyarrow.feather
import pyarrow.parquet
import pytest

from infrastructure.history import BadHistory, open_history

T = 1_700_006_400_000  # 2023-11-15T00:00:00Z
BARS = "ts,open,high,low,close,volume"
TRADES = "ts,price,size,side"
FUNDING = "ts,rate"
BOOK = "ts,side,price,size"
GOOD = {
    "bars": [f"{T + 60_000 * i},2,3,1,2,7" for i in range(4)],
    "trades": [f"{T},2,3,buy"] * 4,
    "funding": [f"{T + 28_800_000 * i},0.0001" for i in range(4)],
    "book": [f"{T},bid,2,3"] * 4,
}
GOOD["mark"] = GOOD["bars"]
HEADERS = {"bars": BARS, "mark": BARS, "trades": TRADES, "funding": FUNDING, "book": BOOK}
LATER = T + 60_000 * 4

# kind, the fifth row after four good ones, what the refusal says about it
BAD_ROWS = [
    ("bars", f"{LATER},2,3,1,nan,7", "close was 'nan', not a number"),
    ("bars", f"{LATER},2,inf,1,2,7", "high was 'inf', beyond any believable number"),
    ("bars", f"{LATER},-inf,3,1,2,7", "open was '-inf', beyond any believable number"),
    ("bars", f"{LATER},2,3,-1,2,7", "low was '-1', not above zero"),
    ("bars", f"{LATER},2,3,0,2,7", "low was '0', not above zero"),
    ("bars", f"{LATER},2,3,1,,7", "close was empty, not a number"),
    ("bars", f"{LATER},2,3,1,2,", "volume was empty, not a number"),
    ("bars", f"{LATER},2,3,1,2,-7", "volume was '-7', below zero"),
    ("bars", f"{LATER},2,3,1,2,nan", "volume was 'nan', not a number"),
    ("bars", f"{LATER},2,3,1,2,1e300", "volume was '1e300', beyond any believable number"),
    ("bars", f"{LATER},2,1,3,2,7", "high was '1', below the low of 3.0"),
    ("bars", f"{LATER},4,3,1,2,7", "open was '4', outside the bar's low 1.0 and high 3.0"),
    ("bars", f"{LATER},2,3,1,0.5,7", "close was '0.5', outside the bar's low 1.0 and high 3.0"),
    ("bars", f"{LATER},two,3,1,2,7", "open was 'two', not a number"),
    ("bars", f"{LATER},0x10,3,1,2,7", "open was '0x10', not a number"),
    ("bars", f'{LATER},"2,000",3,1,2,7', "open was '2,000', not a number"),
    ("bars", f"{LATER},2,3,1,2", "it was '1700006640000,2,3,1,2', 5 values where the header names 6"),
    ("bars", f"{LATER},2,3,1,2,7,8", "7 values where the header names 6"),
    ("bars", "1700006520000,2,3,1,2,7", "ts was 2023-11-15T00:02:00Z, before 2023-11-15T00:03:00Z of the row above"),
    ("bars", ",2,3,1,2,7", "ts was empty, not a moment between 2009 and 2100"),
    ("bars", "nan,2,3,1,2,7", "ts was 'nan', not a moment"),
    ("bars", "soon,2,3,1,2,7", "ts was 'soon', not a moment"),
    ("bars", "-1,2,3,1,2,7", "ts was '-1', not a moment"),
    ("bars", f"{LATER // 1000},2,3,1,2,7", "ts was '1700006640', not a moment between 2009 and 2100 in milliseconds"),
    ("bars", f"{LATER}.5,2,3,1,2,7", "ts was '1700006640000.5', not a moment"),
    ("bars", "2023-13-15,2,3,1,2,7", "ts was '2023-13-15', not a moment"),
    ("bars", "2008-12-31T23:59:59Z,2,3,1,2,7", "ts was '2008-12-31T23:59:59Z', not a moment"),
    ("bars", "2100-01-01,2,3,1,2,7", "ts was '2100-01-01', not a moment"),
    ("mark", f"{LATER},2,3,1,2,-7", "volume was '-7', below zero"),
    ("mark", f"{LATER},0,3,1,2,7", "open was '0', not above zero"),
    ("trades", f"{T},0,3,buy", "price was '0', not above zero"),
    ("trades", f"{T},-2,3,buy", "price was '-2', not above zero"),
    ("trades", f"{T},nan,3,buy", "price was 'nan', not a number"),
    ("trades", f"{T},2,-3,buy", "size was '-3', below zero"),
    ("trades", f"{T},2,inf,buy", "size was 'inf', beyond any believable number"),
    ("trades", f"{T},2,,buy", "size was empty, not a number"),
    ("trades", f"{T},2,3,upwards", "side was 'upwards', not one of the words buy or sell"),
    ("trades", f"{T - 1},2,3,buy", "ts was 2023-11-14T23:59:59.999Z, before 2023-11-15T00:00:00Z"),
    ("funding", f"{T + 10**9},1.01", "rate was '1.01', more than the whole position"),
    ("funding", f"{T + 10**9},-5", "rate was '-5', more than the whole position"),
    ("funding", f"{T + 10**9},nan", "rate was 'nan', not a number"),
    ("funding", f"{T + 10**9},inf", "rate was 'inf', more than the whole position"),
    ("funding", f"{T + 10**9},0.01 %", "rate was '0.01 %', not a number"),
    ("book", f"{T},buyers,2,3", "side was 'buyers', not one of the words bid, ask or clear"),
    ("book", f"{T},,2,3", "side was empty, not one of the words bid, ask or clear"),
    ("book", f"{T},ask,0,3", "price was '0', not above zero"),
    ("book", f"{T},ask,,3", "price was empty, not a number"),
    ("book", f"{T},bid,2,-3", "size was '-3', below zero"),
    ("trades", f"{T},2,3,\x1b[31mbuy", "side was '[31mbuy', not one of the words"),
]


def refusal(kind: str, path: Path, **reading: object) -> str:
    """The sentence with which a file is refused, at its opening or when it is gone through."""
    with pytest.raises(BadHistory) as caught:
        open_history(kind, path, **reading).stats  # type: ignore[call-overload]  # noqa: B018
    sentence = str(caught.value)
    assert str(path) in sentence
    assert sentence.endswith(".")
    assert "got" not in sentence
    assert sentence.isprintable()
    assert ". " not in sentence.replace(str(path), "")
    return sentence.replace(str(path), "FILE")


def written(folder: Path, text: str | bytes, name: str = "history.csv") -> Path:
    """A file with this content."""
    path = folder / name
    path.write_bytes(text.encode() if isinstance(text, str) else text)
    return path


@pytest.mark.parametrize(("kind", "row", "said"), BAD_ROWS, ids=[f"{kind}:{row}" for kind, row, _ in BAD_ROWS])
def test_the_first_impossible_row_is_named(tmp_path: Path, kind: str, row: str, said: str) -> None:
    """Row, column, value and reason of the first impossible row are said; a worse one below is not."""
    worse = ",".join(["rubbish"] * (HEADERS[kind].count(",") + 1))
    path = written(tmp_path, "\n".join([HEADERS[kind], *GOOD[kind], row, worse]))
    sentence = refusal(kind, path)
    assert sentence.startswith("FILE, row 5: ")
    assert said in sentence
    assert "; " in sentence


@pytest.mark.parametrize("count", [10, 70_000])
@pytest.mark.parametrize("ending", [".parquet", ".feather", ".csv"])
def test_a_bad_row_far_below_is_still_counted_from_one(tmp_path: Path, ending: str, count: int) -> None:
    """The row number holds across batches, in each format."""
    prices = [1.0] * count
    prices[count - 3] = -1.0
    table = pa.table({"ts": [T] * count, "price": prices, "size": prices[::-1], "side": ["buy"] * count})
    path = tmp_path / f"trades{ending}"
    if ending == ".csv":
        path.write_text("\n".join([TRADES, *(f"{T},{price:g},1,buy" for price in prices)]))
    elif ending == ".parquet":
        pa.parquet.write_table(table.set_column(2, "size", pa.array([1.0] * count)), path)
    else:
        pa.feather.write_feather(table.set_column(2, "size", pa.array([1.0] * count)), str(path))
    assert f"row {count - 2}: price was " in refusal("trades", path)


def test_a_ragged_row_far_below_is_counted_too(tmp_path: Path) -> None:
    """What stands above a ragged row is judged first; then the ragged row is named, blank lines not counted."""
    good = [f"{T},2,3,buy"] * 90_000
    path = written(tmp_path, "\n".join([TRADES, "", *good, f"{T},2", *good]))
    assert f"row 90001: it was '{T},2', 2 values where the header names 4" in refusal("trades", path)
    path = written(tmp_path, "\n".join([TRADES, *good[:-1], f"{T},0,3,buy", f"{T},2"]))
    assert "row 90000: price was '0'" in refusal("trades", path)


@pytest.mark.parametrize(
    ("kind", "header", "said"),
    [
        ("bars", "ts,open,high,low,close,volum", "lacks the column volume of a bars file (it has ts, open, high, low"),
        ("bars", "ts,open,high,low,close,volum", "rename 'volum' to volume if that is what it holds"),
        ("bars", "ts,open,high,low,clsoe,volume", "rename 'clsoe' to close"),
        ("bars", "moment,open,high,low,close,volume", "lacks the column ts"),
        ("bars", "u,w,x,y,z,zz", "lacks the columns ts, open, high, low, close, volume"),
        ("bars", "ts,open,high,low,close,volume,Open", "has 2 columns for one thing (open, Open)"),
        ("bars", "ts,open,open,low,close,volume", "has 2 columns for one thing (open, open)"),
        ("trades", "ts,price,size", "lacks the column side"),
        ("trades", "ts,pricee,size,side", "rename 'pricee' to price"),
        ("funding", BARS, "lacks the column rate of a funding file"),
        ("book", "ts,bid,ask,size", "lacks the columns side, price of a book file"),
        (
            "bars",
            f"{T},2,3,1,2,7",
            f"starts with a row of numbers ({T}, 2, 3, 1 and 2 more); put the header {BARS} on top",
        ),
        ("bars", BARS, "has no rows"),
        ("bars", BARS + "\n", "has no rows"),
    ],
)
def test_a_wrong_header_is_refused_with_what_was_found(tmp_path: Path, kind: str, header: str, said: str) -> None:
    """Missing, doubled and absent names are said beside the names that the file has."""
    rows = [] if said == "has no rows" else GOOD["bars"]
    assert said in refusal(kind, written(tmp_path, "\n".join([header, *rows])))


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("a.parquet", b"", "is empty (0 bytes)"),
        ("a.csv", b"", "is empty (0 bytes)"),
        ("a.csv", b"\n\n", "has no rows"),
        ("a.parquet", b"PAR1 and nothing else PAR1", "could not be read as parquet"),
        ("a.feather", b"ARROW1 and nothing else", "could not be read as feather"),
        ("a.parquet", f"{TRADES}\n{T},1,1,buy\n".encode(), "could not be read as parquet"),
        ("a.csv.gz", f"{TRADES}\n{T},1,1,buy\n".encode(), "could not be read as CSV"),
        (
            "a.csv.gz",
            gzip.compress(f"{TRADES}\n{T},1,1,buy\n".encode() * 99, mtime=0)[:-30],
            "could not be read as CSV",
        ),
        ("a.csv", f"{TRADES}\n{T},1,1,buy\n{T},1,1,\xff\n".encode("latin-1"), "row 2: it was not UTF-8 text"),
        ("a.csv", f"{TRADES}\n{T},1,1,buy\n".encode("utf-16"), "FILE"),
        ("a.json", b"[]", "its extension was .json; use one of .parquet, .feather, .arrow, .csv, .csv.gz"),
        ("history", b"ts", "its extension was none"),
        ("a.csv.zip", b"PK", "its extension was .zip"),
    ],
)
def test_a_file_that_is_no_table_is_refused(tmp_path: Path, name: str, content: bytes, said: str) -> None:
    """Empty, damaged, cut off and foreign files end in one sentence."""
    assert said in refusal("trades", written(tmp_path, content, name))


def test_a_file_that_is_not_there_is_refused(tmp_path: Path) -> None:
    """A missing file and a folder are told apart."""
    assert "does not exist" in refusal("bars", tmp_path / "absent.csv")
    (tmp_path / "folder.csv").mkdir()
    assert "is not a plain file" in refusal("bars", tmp_path / "folder.csv")


@pytest.mark.parametrize("cut", [0.1, 0.5, 0.9, 0.999])
@pytest.mark.parametrize("ending", [".parquet", ".feather"])
def test_a_cut_off_file_is_refused(tmp_path: Path, ending: str, cut: float) -> None:
    """A download that broke off is no file."""
    path = tmp_path / f"funding{ending}"
    table = pa.table({"ts": [T + i for i in range(5_000)], "rate": [0.0001] * 5_000})
    if ending == ".parquet":
        pa.parquet.write_table(table, path)
    else:
        pa.feather.write_feather(table, str(path))
    whole = path.read_bytes()
    path.write_bytes(whole[: int(len(whole) * cut)])
    assert "could not be read as" in refusal("funding", path)


@pytest.mark.parametrize(
    ("column", "cells", "said"),
    [
        ("price", pa.array([[1.0]]), "price was [1.0], not a number"),
        ("price", pa.array([True]), "price was True, not a number"),
        ("price", pa.nulls(1), "price was empty, not a number"),
        ("ts", pa.nulls(1), "ts was empty, not a moment"),
        ("ts", pa.array([True]), "ts was True, not a moment"),
        ("ts", pa.array([float("nan")]), "ts was nan, not a moment"),
        ("ts", pa.array([5]), "ts was 5, not a moment"),
        ("ts", pa.array([0], pa.timestamp("ns", "Europe/Paris")), "ts was 1970-01-01 00:00:00.000000000, not a moment"),
        ("side", pa.array([[1]]), "side was [1], not one of the words buy or sell"),
        ("side", pa.array([2.5]), "side was 2.5, not one of the words buy or sell"),
        ("symbol", pa.array([None], pa.string()), "symbol was empty, where every row needs a symbol"),
    ],
)
def test_columns_of_the_wrong_type_are_refused(tmp_path: Path, column: str, cells: pa.Array, said: str) -> None:
    """A typed file may hold anything in a column, and the refusal shows what."""
    columns = {"ts": pa.array([T]), "price": pa.array([1.0]), "size": pa.array([1.0]), "side": pa.array(["buy"])}
    path = tmp_path / "trades.parquet"
    pa.parquet.write_table(pa.table({**columns, column: cells}), path)
    assert f"FILE, row 1: {said}" in refusal("trades", path)


def test_a_symbol_must_be_chosen_and_be_there(tmp_path: Path) -> None:
    """Several symbols need a choice, and the choice must be one of them."""
    path = written(tmp_path, f"ts,symbol,rate\n{T},BTCUSDT,0\n{T},ETHUSDT,0\n")
    assert "holds 2 symbols (BTCUSDT, ETHUSDT) and none was asked for" in refusal("funding", path)
    assert "has no row of SOL/USDT, only of BTCUSDT, ETHUSDT" in refusal("funding", path, symbol="SOL/USDT")
    path = written(tmp_path, f"ts,symbol,rate\n{T},BTCUSDT,0\n{T},BTC-USDT,0\n")
    assert "holds BTCUSDT, BTC-USDT and BTC/USDT may mean each" in refusal("funding", path, symbol="BTC/USDT")


def test_a_symbol_column_with_a_new_name_in_each_row_is_none(tmp_path: Path) -> None:
    """Reading does not collect names without end."""
    path = written(tmp_path, "\n".join(["ts,symbol,rate", *(f"{T},id{i},0" for i in range(10_001))]))
    assert "names over 10000 symbols" in refusal("funding", path)


def test_bars_of_two_lengths_do_not_mix(tmp_path: Path) -> None:
    """A bar that starts while the one above it lasts is refused with both times."""
    rows = [f"{T + 60_000 * minute},2,3,1,2,7" for minute in range(30)]
    path = written(tmp_path, "\n".join([BARS, *rows, f"{T + 60_000 * 29 + 1_500},2,3,1,2,7"]))
    sentence = refusal("bars", path)
    assert "row 31: ts was 2023-11-15T00:29:01.5Z, 1.5 s after the bar above where bars last 60 s" in sentence


@pytest.mark.parametrize(("into_s", "is_refused"), [(30, True), (45, True), (53, True), (55, False), (59, False)])
def test_a_bar_that_begins_inside_another_is_refused(tmp_path: Path, into_s: int, is_refused: bool) -> None:
    """Half a minute into a minute bar it would tell the same trades twice; stamps may jitter by a tenth."""
    rows = [f"{T + 60_000 * minute},2,3,1,2,7" for minute in range(30)]
    path = written(tmp_path, "\n".join([BARS, *rows, f"{T + 60_000 * 29 + 1000 * into_s},2,3,1,2,7"]))
    if is_refused:
        assert f"{into_s} s after the bar above where bars last 60 s" in refusal("bars", path)
    else:
        assert open_history("bars", path).stats.rows == 31


def test_months_are_bars_of_their_own_lengths(tmp_path: Path) -> None:
    """February is no overlap."""
    months = [f"20{year}-{month:02d}-01,2,3,1,2,7" for year in (22, 23) for month in range(1, 13)]
    assert open_history("bars", written(tmp_path, "\n".join([BARS, *months]))).stats.rows == 24


@pytest.mark.parametrize("kind", ["bars", "mark"])
def test_a_single_bar_has_no_length(tmp_path: Path, kind: str) -> None:
    """One bar, even repeated, does not say how long it lasts."""
    path = written(tmp_path, "\n".join([BARS, GOOD["bars"][0], GOOD["bars"][0]]))
    assert "holds a single bar and nothing tells how long it lasts" in refusal(kind, path)


def test_a_long_cell_is_shown_in_part(tmp_path: Path) -> None:
    """A refusal stays readable whatever the file holds."""
    path = written(tmp_path, f"{TRADES}\n{T},{'9' * 5_000}x,1,buy\n")
    assert len(refusal("trades", path)) < 200
