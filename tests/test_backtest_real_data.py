"""Backtests of real histories, where they are at hand: they go through, balance, and report what their table says."""

import math
from decimal import Decimal
from fractions import Fraction
from itertools import pairwise
from pathlib import Path

import pyarrow.parquet
import pytest

from tests.backtest_runs import BTC, Bench, new_bench

MARKET = Path(__file__).parents[2] / "shared" / "data" / "market"
pytestmark = pytest.mark.skipif(not MARKET.is_dir(), reason="the folder of real market data is not here")
BYBIT = MARKET / "bybit_linear_2025-09_2026-02"
BASIS = MARKET / "binance_basis_2023"


@pytest.fixture
def bench(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path) -> Bench:
    """An empty folder and the command line."""
    return new_bench(monkeypatch, capsys, tmp_path)


def test_funding_of_half_a_year_by_an_independent_sum(bench: Bench) -> None:
    """One coin held short through every settlement: its rates times the hourly marks, added up in fractions."""
    files = ("--bars", f"{BYBIT}/ADAUSDT_5m.parquet", "--mark-bars", f"{BYBIT}/ADAUSDT_mark_1h.parquet")
    orders = ["ts,side,quantity", "2025-09-24T00:00:00Z,sell,1000"]
    (bench.folder / "o.csv").write_text("\n".join(orders) + "\n")
    words = ("--strategy", "scripted", "--set", "orders=o.csv", "--symbol", "ADA/USDT:USDT", "--no-risk")
    found = bench.result(*words, *files, "--funding", f"{BYBIT}/ADAUSDT_funding.parquet")
    marks = {
        row["ts"] + 3_600_000: row["close"]
        for row in pyarrow.parquet.read_table(BYBIT / "ADAUSDT_mark_1h.parquet").to_pylist()
    }
    rates = pyarrow.parquet.read_table(BYBIT / "ADAUSDT_funding.parquet").to_pylist()
    amounts = [round(1000 * Fraction(repr(marks[row["ts"]])) * Fraction(repr(row["rate"])) * 10**8) for row in rates]
    assert [round(Decimal(paid["amount"]) * 10**8) for paid in found["funding_list"]] == amounts
    assert found["funding"] * 10**8 == sum(amounts)


def test_the_crash_of_october_is_in_the_drawdown(bench: Bench) -> None:
    """One bitcoin held through 2025-10-10: the deepest fall of the marked closes, found by a plain loop."""
    bars = pyarrow.parquet.read_table(BYBIT / "BTCUSDT_5m.parquet").to_pylist()
    (bench.folder / "o.csv").write_text("ts,side,quantity\n2025-10-10T00:00:00Z,buy,0.05\n")
    words = ("--strategy", "scripted", "--set", "orders=o.csv", "--symbol", BTC, "--no-risk", "--slippage-bps", "0")
    span = ("--from", "2025-10-10", "--to", "2025-10-12", "--fee-taker", "0")
    found = bench.result(*words, "--bars", f"{BYBIT}/BTCUSDT_5m.parquet", *span)
    inside = [row for row in bars if 1_760_054_400_000 <= row["ts"] < 1_760_227_200_000]
    peak = fall = 0.0
    for row in inside:
        profit = 0.05 * (row["close"] - inside[0]["open"])
        peak = max(peak, profit)
        fall = max(fall, peak - profit)
    assert float(found["max_drawdown"]) == pytest.approx(fall)
    assert fall > 400


def test_sharpe_of_a_year_from_the_curve_itself(bench: Bench) -> None:
    """The ends of days in the curve give the same figure as the program says, by numbers of our own."""
    words = ("--strategy", "buy_and_hold", "--symbol", BTC, "--no-risk", "--bars", f"{BASIS}/BTCUSDT_perp_1h.parquet")
    found = bench.result(*words)
    last = {(int(ts) - 1) // 86_400_000: float(equity) for ts, equity in found["equity_curve"]}
    values = list(last.values())  # the first point is the capital, at the end of the day before
    daily = [after / before - 1 for before, after in pairwise(values)]
    mean = sum(daily) / len(daily)
    spread = math.sqrt(sum((each - mean) ** 2 for each in daily) / (len(daily) - 1))
    assert len(daily) == 365  # the close of the last bar falls on the first instant of the next year, and ends this one
    assert float(found["sharpe"]) == pytest.approx(mean / spread * math.sqrt(365), rel=1e-6)


def test_sharpe_of_a_week_by_hand(bench: Bench) -> None:
    """Seven whole days held from the first open to the last close are seven returns."""
    span = ("--from", "2023-01-09", "--to", "2023-01-16", "--bars", f"{BASIS}/BTCUSDT_perp_1h.parquet")
    found = bench.result("--strategy", "buy_and_hold", "--symbol", BTC, "--no-risk", *span)
    assert float(found["sharpe"]) == pytest.approx(21.08, abs=0.005)
    assert len(found["equity_curve"]) == 7 * 24 + 1


def test_a_year_of_perpetual_spot_marks_and_funding(bench: Bench) -> None:
    """Everything at once; the hole in the spot history of 2023-03-24 is reported."""
    files = (
        *("--bars", f"{BASIS}/ETHUSDT_perp_1h.parquet", "--spot-bars", f"{BASIS}/ETHUSDT_spot_1h.parquet"),
        *("--mark-bars", f"{BASIS}/ETHUSDT_mark_8h.parquet", "--funding", f"{BASIS}/ETHUSDT_funding.parquet"),
    )
    found = bench.result("--strategy", "ema_cross", "--symbol", "ETH/USDT:USDT", *files)
    assert (found["bars"], found["data"]["gaps"], found["fidelity"]) == (8760 + 8759, 1, "D")
    assert found["fills"] > 100
    assert Decimal(found["pnl"]) == (
        Decimal(found["realised"]) + found["unrealised"] - found["fees"] + found["funding"]
    )


def test_twenty_markets_from_one_file(bench: Bench) -> None:
    """Long format, sorted by symbol: every market is found by its column."""
    file = MARKET / "binance_perp_universe_1h" / "universe20_2025-09_2025-12.parquet"
    found = bench.result("--strategy", "buy_and_hold", "--bars", str(file), "--to", "2025-09-20")
    assert len(found["symbol"].split(",")) == 20
    assert len(found["data"]["files"]) == 20


def test_real_trades(bench: Bench) -> None:
    """Four days of a quiet market, trade by trade."""
    file = MARKET / "kraken_ethbtc_trades_2020-02" / "ETHBTC_trades.parquet"
    words = ("--strategy", "ema_cross", "--set", "on=tick", "--symbol", "ETH/BTC:BTC", "--trades", str(file))
    found = bench.result(*words)
    assert (found["ticks"], found["bars"], found["fidelity"]) == (13_814, 0, "B")


@pytest.mark.parametrize(
    ("name", "words"),
    [("edge/NOPAIR_XXX-4m.json", ".json"), ("edge/empty_funding_0rows.feather", "has no rows")],
)
def test_odd_files_are_refused_in_a_sentence(bench: Bench, name: str, words: str) -> None:
    """What is no history says so."""
    answer = bench.say("--strategy", "buy_and_hold", "--symbol", BTC, "--bars", f"{MARKET}/{name}")
    assert answer.code == 4
    assert len(answer.sentences) == 1
    assert words in answer.err
