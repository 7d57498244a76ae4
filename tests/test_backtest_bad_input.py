"""Broken histories and wrong wishes: one sentence with the value and the way out, the right exit code, no traceback."""

from pathlib import Path

import pyarrow as pa
import pyarrow.parquet
import pytest

from tests.backtest_runs import BARS, BTC, FUNDING, ORDERS, TRADES, Bench, at, new_bench

GOOD = ("0,100,102,99,101,5", "1,101,104,100,103,5", "2,104,106,103,105,5")


@pytest.fixture
def bench(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path) -> Bench:
    """An empty folder with one good file of each kind, and the command line."""
    bench = new_bench(monkeypatch, capsys, tmp_path)
    bench.write("good.csv", BARS, *GOOD)
    bench.write("rates.csv", FUNDING, "1,0.0001")
    bench.write("trades.csv", TRADES, "0,100,1,buy", "1,101,1,sell")
    bench.write("book.csv", "ts,side,price,size", "0,bid,99,1", "0,ask,101,1")
    bench.write("hours.csv", BARS, "0,100,102,99,101,5", "60,101,104,100,103,5")
    return bench


def refused(bench: Bench, code: int, parts: list[str], *words: str) -> None:
    """One sentence on stderr that holds these parts, nothing on stdout."""
    answer = bench.say(*words)
    assert answer.code == code, answer.err
    assert answer.out == ""
    assert len(answer.sentences) == 1, answer.err
    for part in parts:
        assert part in answer.err
    assert answer.err.rstrip().endswith((".", "?"))
    assert "Traceback" not in answer.err
    assert " got " not in answer.err


# The rows of a file of bars, and what its refusal must name: the row, the column, the value.
BROKEN_BARS = [
    ([*GOOD, "3,nan,1,1,1,1"], ["row 4", "open", "nan"]),
    ([*GOOD, "3,105,105,105,,1"], ["row 4", "close", "empty"]),
    ([*GOOD, "3,-5,105,-5,105,1"], ["row 4", "open", "-5"]),
    ([*GOOD, "3,0,105,0,105,1"], ["row 4", "0"]),
    ([*GOOD, "3,inf,inf,1,1,1"], ["row 4", "inf"]),
    ([*GOOD, "3,105,104,103,104,1"], ["row 4", "open", "105"]),
    ([*GOOD, "3,105,103,104,105,1"], ["row 4", "high", "103"]),
    ([*GOOD, "3,105,106,104,105,-1"], ["row 4", "volume", "-1"]),
    ([*GOOD, "3,1e300,1e301,1,2,1"], ["row 4", "1e300"]),
    ([*GOOD, "1,105,106,104,105,1"], ["row 4", "ts", "sort"]),
    ([*GOOD, "3,abc,106,104,105,1"], ["row 4", "open", "abc"]),
    ([*GOOD, "3,105,106"], ["row 4"]),
    (["0,100,102,99,101,5"], ["single bar"]),
    ([], ["no rows"]),
]


@pytest.mark.parametrize(("rows", "parts"), BROKEN_BARS)
def test_broken_bars(bench: Bench, rows: list[str], parts: list[str]) -> None:
    """The first offending row is named, wherever it is."""
    bench.write("broken.csv", BARS, *rows)
    words = ("--strategy", "buy_and_hold", "--symbol", BTC, "--bars", "broken.csv")
    refused(bench, 4, ["broken.csv", *parts], *words)


BROKEN_FILES = [
    ("bars", "b.csv", "ts,open,high,low,volume\n1700006400000,1,1,1,1\n", ["close"]),
    ("bars", "b.csv", "time,price\n1700006400000,1\n", ["open"]),
    ("bars", "b.csv", "1700006400000,1,1,1,1,1\n1700006460000,1,1,1,1,1\n", ["header"]),
    ("bars", "b.csv", "", ["empty"]),
    ("bars", "b.txt", "ts\n1\n", [".txt"]),
    ("bars", "b.parquet", "not parquet", ["parquet"]),
    ("trades", "t.csv", "ts,price,size\n1700006400000,1,1\n", ["side"]),
    ("trades", "t.csv", "ts,price,size,side\n1700006400000,1,1,up\n", ["side", "up"]),
    ("trades", "t.csv", "ts,price,size,side\n1700006400000,1,-1,buy\n", ["size", "-1"]),
    ("trades", "t.csv", "ts,price,size,side\nyesterday,1,1,buy\n", ["ts", "yesterday"]),
]


@pytest.mark.parametrize(("kind", "name", "content", "parts"), BROKEN_FILES)
def test_broken_files(bench: Bench, kind: str, name: str, content: str, parts: list[str]) -> None:
    """A file that is not what it should be says so."""
    (bench.folder / name).write_text(content, encoding="utf-8")
    refused(bench, 4, [name, *parts], "--strategy", "buy_and_hold", "--symbol", BTC, f"--{kind}", name)


@pytest.mark.parametrize("content", ["1,2", "1,nan", "1,"])
def test_broken_funding(bench: Bench, content: str) -> None:
    """A rate of 200 % or none at all is refused, though it comes in the middle of a run."""
    bench.write("broken.csv", FUNDING, "0,0.0001", content)
    words = ("--strategy", "buy_and_hold", "--symbol", BTC, "--bars", "good.csv", "--funding", "broken.csv")
    refused(bench, 4, ["broken.csv", "row 2", "rate"], *words)


EMA = ("--strategy", "ema_cross")
WRONG_WISHES = [
    ((*EMA, "--symbol", BTC), 2, ["--bars"]),
    (("--strategy", "ema_cros", "--symbol", BTC, "--bars", "good.csv"), 2, ['"ema_cros"', "ema_cross"]),
    ((*EMA, "--bars", "good.csv"), 2, ["--symbol"]),
    ((*EMA, "--symbol", BTC, "--bars", "nowhere.csv"), 4, ["nowhere.csv"]),
    ((*EMA, "--symbol", BTC, "--funding", "rates.csv"), 2, ["--bars"]),
    ((*EMA, "--symbol", BTC, "--bars", "good.csv", "--trades", "trades.csv"), 2, ["both bars and trades"]),
    ((*EMA, "--symbol", BTC, "--book", "book.csv"), 2, ["--trades"]),
    ((*EMA, "--symbol", BTC, "--book", "book.csv", "--bars", "good.csv"), 2, ["--trades"]),
    ((*EMA, "--symbol", BTC, "--bars", "good.csv", "--bars", "hours.csv"), 2, ["two files"]),
    ((*EMA, "--symbol", "BTC/USDT", "--bars", "good.csv", "--funding", "rates.csv"), 2, ["perpetual"]),
    ((*EMA, "--symbol", "BTC/USD:BTC", "--bars", "good.csv"), 2, ["BTC/USD:BTC", "settled"]),
    ((*EMA, "--symbol", BTC, "--symbol", "ETH/USDT:USDT", "--bars", "good.csv"), 2, ["no column symbol"]),
    ((*EMA, "--bars", f"{BTC}=good.csv", "--symbol", BTC, "--symbol", "ETH/USDT:USDT"), 2, ["ETH/USDT:USDT", "--bars"]),
    ((*EMA, "--bars", f"{BTC}=good.csv", "--bars", "ETH/USDC:USDC=good.csv"), 2, ["USDT and USDC"]),
    ((*EMA, "--bars", f"{BTC}=good.csv", "--bars", "ETH/USDT:USDT=hours.csv"), 4, ["60 s", "3600 s"]),
    ((*EMA, "--bars", f"{BTC}=good.csv", "--trades", "ETH/USDT:USDT=trades.csv"), 4, ["bars", "trades"]),
    ((*EMA, "--bars", f"{BTC}=good.csv", "--funding", "ETH/USDT:USDT=rates.csv"), 2, ["ETH/USDT:USDT", "not traded"]),
    ((*EMA, "--symbol", BTC, "--bars", "good.csv", "--from", "2030-01-01"), 4, [BTC, "span"]),
    ((*EMA, "--symbol", BTC, "--bars", "good.csv", "--set", "fast=30", "--set", "slow=10"), 2, ["30", "10"]),
    ((*EMA, "--symbol", BTC, "--bars", "good.csv", "--set", "on=moon"), 2, ["moon"]),
    (("--strategy", "scripted", "--symbol", BTC, "--bars", "good.csv"), 2, ["orders=FILE"]),
    (("--strategy", "scripted", "--set", "orders=no.csv", "--symbol", BTC, "--bars", "good.csv"), 4, ["no.csv"]),
]


@pytest.mark.parametrize(("words", "code", "parts"), WRONG_WISHES)
def test_wrong_wishes(bench: Bench, words: tuple[str, ...], code: int, parts: list[str]) -> None:
    """What cannot be done is said before anything runs."""
    refused(bench, code, parts, *words)


WRONG_ORDERS = [
    (f"{at(0)},hold,1,,,,", ["row 1", "hold"]),
    (f"{at(0)},buy,-1,,,,", ["row 1", "quantity", "-1"]),
    (f"{at(0)},buy,nan,,,,", ["row 1", "nan"]),
    (f"{at(0)},buy,1,limit,,,", ["row 1", "price"]),
    (f"{at(0)},buy,1,twap,5,,", ["row 1", "twap"]),
    (f"{at(0)},buy,1,,,perhaps,", ["row 1", "perhaps"]),
    (f"{at(0)},buy,1,,,,ETH/USDT", ["row 1", "ETH/USDT"]),
    ("soon,buy,1,,,,", ["row 1", "soon"]),
]


@pytest.mark.parametrize(("row", "parts"), WRONG_ORDERS)
def test_wrong_lists_of_orders(bench: Bench, row: str, parts: list[str]) -> None:
    """The first row that makes no sense is named."""
    (bench.folder / "orders.csv").write_text(f"{ORDERS}\n{row}\n", encoding="utf-8")
    words = ("--strategy", "scripted", "--set", "orders=orders.csv", "--symbol", BTC, "--bars", "good.csv")
    refused(bench, 4, ["orders.csv", *parts], *words)


def test_a_column_of_symbols_that_nobody_can_read(bench: Bench) -> None:
    """A name without a known quote currency needs a --symbol."""
    (bench.folder / "odd.csv").write_text(
        f"ts,open,high,low,close,volume,symbol\n{at(0)},1,1,1,1,1,moon\n{at(1)},1,1,1,1,1,moon\n", encoding="utf-8"
    )
    refused(bench, 2, ['"moon"', "--symbol"], *EMA, "--bars", "odd.csv")
    refused(bench, 4, ["odd.csv", "moon", BTC], *EMA, "--bars", "odd.csv", "--symbol", BTC)


def test_a_report_that_cannot_be_written(bench: Bench) -> None:
    """The folder of --html is looked at before the work begins."""
    words = (*EMA, "--symbol", BTC, "--bars", "good.csv", "--html", "no/where.html")
    refused(bench, 4, ["no/where.html"], *words)


def test_nulls_in_parquet(bench: Bench) -> None:
    """A missing price in a typed file is an empty cell like any other."""
    table = pa.table(
        {
            "ts": [at(0), at(1), at(2)],
            **{name: pa.array([1.0, None, 1.0]) for name in ("open", "high", "low", "close", "volume")},
        }
    )
    pyarrow.parquet.write_table(table, bench.folder / "nulls.parquet")
    refused(bench, 4, ["nulls.parquet", "row 2", "empty"], *EMA, "--symbol", BTC, "--bars", "nulls.parquet")
