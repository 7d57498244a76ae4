"""Files that name markets in their own words: which rows are meant can be said in front of the file."""

from pathlib import Path

import pytest

from tests.backtest_runs import BTC, T0_MS, Bench, new_bench

PLAIN = ("--strategy", "buy_and_hold", "--no-risk", "--slippage-bps", "0", "--latency", "0")


@pytest.fixture
def bench(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path) -> Bench:
    """An empty folder, and in it the trades of two markets with names of another exchange."""
    bench = new_bench(monkeypatch, capsys, tmp_path)
    rows = [
        f"{T0_MS + 1000 * second},{name},{price + second},1,buy"
        for second in range(3)
        for name, price in (("PF_XBT", 100), ("PF_ETH", 20))
    ]
    (tmp_path / "t.csv").write_text("\n".join(["ts,symbol,price,size,side", *rows]) + "\n")
    return bench


@pytest.mark.parametrize(("name", "first"), [("PF_XBT", 100), ("PF_ETH", 20)])
def test_the_own_name_of_a_file_chooses_its_rows(bench: Bench, name: str, first: int) -> None:
    """The market is the one that was asked for, the prices are those of the rows."""
    found = bench.result(*PLAIN, "--symbol", BTC, "--trades", f"{name}=t.csv")
    assert (found["symbol"], found["ticks"]) == (BTC, 3)
    assert first <= found["fill_list"][0]["price"] <= first + 2


def test_without_it_the_sentence_says_how(bench: Bench) -> None:
    """Nothing is guessed where the letters differ."""
    answer = bench.say(*PLAIN, "--symbol", BTC, "--trades", "t.csv")
    assert answer.code == 4
    assert "it names PF_XBT and PF_ETH; say which of them it is, such as --trades PF_XBT=FILE." in answer.err


def test_a_name_that_the_file_does_not_have_is_refused(bench: Bench) -> None:
    """With those that it has."""
    answer = bench.say(*PLAIN, "--symbol", BTC, "--trades", "PF_SOL=t.csv")
    assert answer.code == 4
    assert answer.sentences == ['"t.csv" of --trades has no row of "PF_SOL"; it names PF_XBT and PF_ETH.']


def test_an_own_name_without_a_market_is_taken_for_what_it_says(bench: Bench) -> None:
    """One row of `BTCUSDT` chosen out of several needs no --symbol."""
    (bench.folder / "u.csv").write_text(
        f"ts,symbol,price,size,side\n{T0_MS},BTCUSDT,5,1,buy\n{T0_MS},odd,6,1,buy\n{T0_MS + 1},BTCUSDT,5,1,buy\n"
    )
    found = bench.result(*PLAIN, "--trades", "BTCUSDT=u.csv")
    assert (found["symbol"], found["ticks"]) == (BTC, 2)


def test_one_own_name_for_two_markets_is_left_open(bench: Bench) -> None:
    """Letters that fit neither say nothing."""
    two = ("--symbol", BTC, "--symbol", "ETH/USDT:USDT")
    answer = bench.say(*PLAIN, *two, "--trades", "PF_XBT=t.csv", "--trades", "PF_ETH=t.csv")
    assert answer.code == 2
    assert "leaves open which" in answer.err


def test_a_file_whose_name_holds_an_equals_sign_stays_a_file(bench: Bench) -> None:
    """What is there under the whole name goes first."""
    (bench.folder / "PF_XBT=t.csv").write_text(f"ts,price,size,side\n{T0_MS},7,1,buy\n{T0_MS + 1},7,1,buy\n")
    assert bench.result(*PLAIN, "--symbol", BTC, "--trades", "PF_XBT=t.csv")["ticks"] == 2
