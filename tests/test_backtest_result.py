"""What a backtest tells: the JSON that programs read, the page for people, and what was found in the data."""

import hashlib
import json
import re
from decimal import Decimal
from html.parser import HTMLParser
from pathlib import Path

import pytest

from tests.backtest_runs import BARS, BOOK, BTC, FUNDING, TRADES, Bench, at, new_bench

KEYS = (
    *("strategy", "symbol", "from", "to", "capital", "bars", "ticks", "fidelity", "equity_final", "pnl", "realised"),
    *("fees", "funding", "slippage", "orders", "fills", "trades", "win_rate", "profit_factor", "expectancy"),
    *("max_drawdown", "max_drawdown_pct", "sharpe", "sortino", "calmar", "exposure", "turnover", "liquidations"),
    *("halts", "data", "equity_curve", "fill_list", "funding_list", "events_per_s", "wall_s", "state_hash", "code"),
    "config_hash",
)


@pytest.fixture
def bench(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path) -> Bench:
    """An empty folder and the command line."""
    return new_bench(monkeypatch, capsys, tmp_path)


def minutes(count: int, *holes: int, start: int = 0) -> list[str]:
    """Bars that rise and fall, without those minutes."""
    rows = []
    for minute in range(start, start + count):
        price = 100 + minute % 7
        rows.append(f"{minute},{price},{price + 2},{price - 2},{price + 1},5")
    return [row for minute, row in enumerate(rows, start) if minute not in holes]


EMA = ("--strategy", "ema_cross", "--set", "fast=2", "--set", "slow=5")


def test_the_json_has_every_promised_name(bench: Bench) -> None:
    """Names of the contract, all of them; times are milliseconds, numbers are numbers."""
    bench.write("b.csv", BARS, *minutes(200))
    bench.write("f.csv", FUNDING, "60,0.0001", "120,-0.0001")
    found = bench.result(*EMA, "--symbol", BTC, "--bars", "b.csv", "--funding", "f.csv", "--no-risk")
    assert [name for name in KEYS if name not in found] == []
    assert list(found["data"])[:4] == ["rows", "gaps", "missing", "duplicates"]
    assert (found["from"], found["to"], found["capital"]) == (at(0), at(200), 10_000)
    first = found["fill_list"][0]
    assert {"ts", "symbol", "side", "quantity", "price", "fee", "maker", "strategy"} <= set(first)
    assert {"ts", "symbol", "rate", "amount"} <= set(found["funding_list"][0])
    assert found["equity_curve"][0] == [at(0), 10_000]
    assert found["equity_curve"][-1][0] == at(200)
    numbers = [value for name, value in found.items() if name not in {"strategy", "symbol", "fidelity", "halts"}]
    assert all(isinstance(value, int | Decimal) for value in numbers[:8])
    assert re.fullmatch(r"0\.1\.0\+[0-9a-f]{16}", found["code"])
    assert re.fullmatch(r"[0-9a-f]{64}", found["state_hash"])
    assert found["events_per_s"] > 0


def test_the_books_balance(bench: Bench) -> None:
    """equity = capital + realised + unrealised - fees + funding, to the last digit."""
    bench.write("b.csv", BARS, *minutes(300))
    bench.write("f.csv", FUNDING, "60,0.0003", "120,-0.0001", "240,0.0002")
    found = bench.result(*EMA, "--symbol", BTC, "--bars", "b.csv", "--funding", "f.csv", "--no-risk")
    money = {
        name: Decimal(found[name]) for name in ("equity_final", "realised", "unrealised", "fees", "funding", "pnl")
    }
    assert money["pnl"] == money["realised"] + money["unrealised"] - money["fees"] + money["funding"]
    assert money["equity_final"] == 10_000 + money["pnl"]
    assert money["fees"] == sum(Decimal(fill["fee"]) for fill in found["fill_list"])
    assert money["funding"] == sum(Decimal(paid["amount"]) for paid in found["funding_list"])
    assert found["fills"] == len(found["fill_list"]) > 20


def test_gaps_and_duplicates_are_counted_and_reported(bench: Bench) -> None:
    """Two holes of two and one minutes, one bar twice; the first of the two counts."""
    rows = minutes(60, 10, 11, 30)
    rows.insert(40, rows[39].replace("5", "9"))
    name = bench.write("b.csv", BARS, *rows)
    words = (*EMA, "--symbol", BTC, "--bars", name)
    data = bench.result(*words)["data"]
    assert (data["rows"], data["gaps"], data["missing"], data["duplicates"]) == (57, 2, 3, 1)
    assert data["sha256"] == hashlib.sha256((bench.folder / name).read_bytes()).hexdigest()
    assert data["files"][0]["file"] == "b.csv"
    assert "57 rows, 2 gaps (3 missing), 1 duplicate left out" in bench.say(*words).out


def test_one_file_of_many_markets(bench: Bench) -> None:
    """A column of symbols stands for --symbol; names without a slash are taken for perpetuals, and that is said."""
    rows = [f"{row},{name}" for name in ("ETHUSDT", "BTCUSDT") for row in minutes(30)]
    bench.write("all.csv", f"{BARS},symbol", *rows)
    answer = bench.say(*EMA, "--bars", "all.csv", "--json")
    found = json.loads(answer.out)
    assert found["symbol"] == "ETH/USDT:USDT,BTC/USDT:USDT"
    assert (found["bars"], {line["rows"] for line in found["data"]["files"]}) == (60, {30})
    assert '"ETHUSDT" of the file was taken for ETH/USDT:USDT, and 1 more likewise' in answer.err
    spot = bench.result(*EMA, "--bars", "all.csv", "--symbol", "BTC/USDT")
    assert (spot["symbol"], spot["bars"]) == ("BTC/USDT", 30)


def test_a_long_run_gives_a_short_curve(bench: Bench) -> None:
    """Five thousand bars, at most two thousand points, the end of each day among them."""
    bench.write("b.csv", BARS, *minutes(5_000))
    found = bench.result("--strategy", "buy_and_hold", "--no-risk", "--symbol", BTC, "--bars", "b.csv")
    times = [ts for ts, _ in found["equity_curve"]]
    assert len(times) <= 2_000
    assert times == sorted(set(times))
    assert {at(1440), at(2 * 1440), at(3 * 1440), at(5_000)} <= set(times)


def test_a_book_and_trades_are_the_best_fidelity(bench: Bench) -> None:
    """Two bought at the market: one at 101, one at 102, from what stood on the ask; no slippage is added."""
    bench.write("k.csv", BOOK, "0,clear,0,0", "0,bid,99,5", "0,ask,101,1", "0,ask,102,5")
    bench.write("t.csv", TRADES, "0,100,1,buy", "1,100,1,sell", "2,100,1,sell")
    found = bench.played(["0.5,buy,2"], "--trades", "t.csv", "--book", "k.csv")
    assert [(fill["quantity"], fill["price"]) for fill in found["fill_list"]] == [(1, 101), (1, 102)]
    assert (found["fidelity"], found["slippage"], found["unrealised"]) == ("A", 0, -3)


def test_spot_bars_stand_beside_the_perpetual(bench: Bench) -> None:
    """They are read and counted, and not traded by a strategy for the perpetual."""
    bench.write("b.csv", BARS, *minutes(30))
    found = bench.result(*EMA, "--symbol", BTC, "--bars", "b.csv", "--spot-bars", "b.csv")
    assert (found["symbol"], found["bars"]) == (BTC, 60)
    assert {fill["symbol"] for fill in found["fill_list"]} == {BTC}


def test_coarser_bars_are_fidelity_d(bench: Bench) -> None:
    """Bars longer than a minute say less about what happened inside."""
    rows = [row.replace(row.partition(",")[0], str(5 * int(row.partition(",")[0])), 1) for row in minutes(30)]
    bench.write("b.csv", BARS, *rows)
    assert bench.result(*EMA, "--symbol", BTC, "--bars", "b.csv")["fidelity"] == "D"


def test_the_page_of_text_says_what_people_ask(bench: Bench) -> None:
    """Equity, costs, risk, data and conventions, without a wide line; nothing on stderr."""
    bench.write("b.csv", BARS, *minutes(100))
    answer = bench.say(*EMA, "--symbol", BTC, "--bars", "b.csv")
    assert answer.code == 0
    assert answer.err == ""
    for words in ("ema_cross on BTC/USDT:USDT", "max drawdown", "sharpe", "fees", "won", "Data:", "UTC days, 365"):
        assert words in answer.out
    assert max(map(len, answer.out.splitlines())) <= 120


class Page(HTMLParser):
    """Collects what a page refers to and what it says."""

    def __init__(self) -> None:
        super().__init__()
        self.references: list[str] = []
        self.tags: list[str] = []
        self.text = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Remember tags and addresses."""
        self.tags.append(tag)
        self.references += [value or "" for name, value in attrs if name in ("src", "href", "data", "action")]

    def handle_data(self, data: str) -> None:
        """Remember texts."""
        self.text += data


def test_the_html_report_stands_alone(bench: Bench) -> None:
    """One file with the curve inside, no script, and no address of anything outside."""
    bench.write("b.csv", BARS, *minutes(100))
    bench.write("a<b>&.csv", BARS, *minutes(100))
    answer = bench.say(*EMA, "--symbol", BTC, "--bars", "a<b>&.csv", "--html", "report.html", "--no-risk")
    assert answer.code == 0
    text = (bench.folder / "report.html").read_text(encoding="utf-8")
    page = Page()
    page.feed(text)
    assert page.references == []
    assert "script" not in page.tags
    assert {"svg", "polyline", "table"} <= set(page.tags)
    assert "://" not in text
    assert "ema_cross on BTC/USDT:USDT" in page.text
    assert "a<b>&.csv" in page.text
    assert "<b>" not in text


def test_a_strategy_that_fails_is_told_and_the_rest_goes_on(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    """The result is printed, the failure is named on stderr, and the exit code says that something was wrong."""
    from strategies.buy_and_hold import BuyAndHold

    def stumble(_: BuyAndHold, __: object) -> None:
        raise ZeroDivisionError("a stone in the way")

    monkeypatch.setattr(BuyAndHold, "on_candle", stumble)
    bench.write("b.csv", BARS, *minutes(30))
    words = (*EMA, "--strategy", "buy_and_hold", "--symbol", BTC, "--bars", "b.csv", "--json")
    answer = bench.say(*words)
    assert answer.code == 1
    assert "buy_and_hold: ZeroDivisionError: a stone in the way" in answer.err
    assert json.loads(answer.out)["fills"] > 0


def test_spot_and_perpetual_traded_together(bench: Bench) -> None:
    """With both named, --bars is for the perpetual and --spot-bars for the spot market."""
    bench.write("p.csv", BARS, *minutes(30))
    bench.write("s.csv", BARS, *minutes(20))
    symbols = ("--symbol", BTC, "--symbol", "BTC/USDT")
    found = bench.result("--strategy", "buy_and_hold", "--no-risk", *symbols, "--bars", "p.csv", "--spot-bars", "s.csv")
    assert {line["symbol"]: line["rows"] for line in found["data"]["files"]} == {BTC: 30, "BTC/USDT": 20}
    assert [fill["symbol"] for fill in found["fill_list"]] == [BTC, "BTC/USDT"]
    perpetual, spot = found["fill_list"]
    assert perpetual["fee"] == perpetual["quantity"] * perpetual["price"] * Decimal("0.00055")
    assert spot["fee"] == spot["quantity"] * spot["price"] * Decimal("0.001")
