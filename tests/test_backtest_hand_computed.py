"""Small backtests whose every figure was worked out by hand; the sums are in the docstrings."""

from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from tests.backtest_runs import BARS, BTC, FUNDING, MARKS, MINUTE_MS, TRADES, Bench, at, new_bench

D = Decimal


@pytest.fixture
def bench(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path) -> Bench:
    """An empty folder and the command line."""
    return new_bench(monkeypatch, capsys, tmp_path)


def fills(result: dict[str, Any]) -> list[tuple[float, str, Decimal, Decimal]]:
    """Minute after the start, side, quantity and price of each fill."""
    return [
        ((fill["ts"] - at(0)) / MINUTE_MS, fill["side"], D(fill["quantity"]), D(fill["price"]))
        for fill in result["fill_list"]
    ]


FIVE = ("0,100,102,99,101,5", "1,101,104,100,103,5", "2,104,106,103,105,5", "3,105,105,95,96,5", "4,96,99,96,98,5")


def test_a_long_trip_by_hand(bench: Bench) -> None:
    """Bought 2 at the open of 104, sold at the open of 96: -16; fees 0.00055 x (208 + 192) = 0.22."""
    bench.write("b.csv", BARS, *FIVE)
    result = bench.played(["1.5,buy,2", "3.2,sell,2"], "--bars", "b.csv")
    assert fills(result) == [(2, "buy", D(2), D(104)), (4, "sell", D(2), D(96))]
    assert (result["realised"], result["fees"], result["pnl"]) == (-16, D("0.22"), D("-16.22"))
    assert result["equity_final"] == D("9983.78")
    assert (result["trades"], result["win_rate"], result["profit_factor"]) == (1, 0, 0)
    assert result["expectancy"] == D("-16.22")
    # Marked at the closes: 10000, 10000, 10000 + 2 - 0.1144, 10000 - 16 - 0.1144, 9983.78.
    assert [D(point[1]) for point in result["equity_curve"]] == [
        10_000,
        10_000,
        10_000,
        D("10001.8856"),
        D("9983.8856"),
        D("9983.78"),
    ]
    assert result["max_drawdown"] == D("18.1056")
    assert result["max_drawdown_pct"] == pytest.approx(D(100) * D("18.1056") / D("10001.8856"))
    assert result["turnover"] == D("0.04")
    assert result["exposure"] == D("0.4")  # two of five minutes
    assert (result["orders"], result["fills"], result["bars"], result["fidelity"]) == (2, 2, 5, "C")


def test_an_order_given_at_the_start_of_a_bar_is_filled_at_its_open(bench: Bench) -> None:
    """Also the very first bar; and what is given at the end of a bar gets the next open, not the close."""
    bench.write("b.csv", BARS, *FIVE)
    assert fills(bench.played(["0,buy,1", "1,sell,1"], "--bars", "b.csv")) == [
        (0, "buy", D(1), D(100)),
        (1, "sell", D(1), D(101)),
    ]


def test_an_order_from_before_the_data_goes_out_at_once(bench: Bench) -> None:
    """It gets the first open."""
    bench.write("b.csv", BARS, *FIVE)
    assert fills(bench.played(["-60,buy,1"], "--bars", "b.csv")) == [(0, "buy", D(1), D(100))]


def test_a_bar_that_starts_within_the_latency_is_missed(bench: Bench) -> None:
    """Given at minute 1 with 500 ms on the way: the bar that starts at minute 2 is the first that it reaches."""
    bench.write("b.csv", BARS, *FIVE)
    assert fills(bench.played(["1,buy,1"], "--bars", "b.csv", "--latency", "500")) == [(2, "buy", D(1), D(104))]
    # Exactly on time is in time.
    assert fills(bench.played(["1,buy,1"], "--bars", "b.csv", "--latency", "60000")) == [(2, "buy", D(1), D(104))]


def test_slippage_is_added_to_the_open(bench: Bench) -> None:
    """10 bps on 104 and on 96: bought at 104.104, sold at 95.904; together 0.2 of cost."""
    bench.write("b.csv", BARS, *FIVE)
    result = bench.played(["2,buy,1", "4,sell,1"], "--bars", "b.csv", "--slippage-bps", "10")
    assert fills(result) == [(2, "buy", D(1), D("104.104")), (4, "sell", D(1), D("95.904"))]
    assert result["slippage"] == D("0.2")


def test_turning_around_by_hand(bench: Bench) -> None:
    """Long 1 from 100, at 104 sold 3: +4 and short 2, bought back at 96: +16. Two trips, both won."""
    bench.write("b.csv", BARS, *FIVE)
    result = bench.played(
        ["0,buy,1", "2,sell,3", "4,buy,2"], "--bars", "b.csv", "--fee-taker", "0.001", "--fee-maker", "0"
    )
    # Fees: 0.1 + 0.312 + 0.192; the middle one is shared 1 to 2: trips of 4 - 0.1 - 0.104 and 16 - 0.208 - 0.192.
    assert (result["realised"], result["fees"]) == (20, D("0.604"))
    assert (result["trades"], result["win_rate"], result["profit_factor"]) == (2, 1, None)
    assert result["expectancy"] == D("9.698")


def test_an_open_position_is_marked_at_the_last_close(bench: Bench) -> None:
    """Short 3 from 105, last close 98: +21 open, no trade finished."""
    bench.write("b.csv", BARS, *FIVE)
    result = bench.played(["3,sell,3"], "--bars", "b.csv", "--fee-taker", "0")
    assert (result["unrealised"], result["realised"], result["trades"]) == (21, 0, 0)
    assert (result["equity_final"], result["expectancy"], result["win_rate"]) == (10_021, None, None)
    (position,) = result["positions"]
    assert (position["side"], position["quantity"], position["mark_price"]) == ("short", 3, 98)


def test_a_resting_limit_fills_at_its_price_as_maker(bench: Bench) -> None:
    """Bought at 97 inside the bar that falls to 95, for the maker's fee of 0.0002 x 97."""
    bench.write("b.csv", BARS, *FIVE)
    result = bench.played(["1,buy,1,limit,97"], "--bars", "b.csv")
    assert [(side, price) for _, side, _, price in fills(result)] == [("buy", D(97))]
    assert result["fees"] == D("0.0194")
    assert result["fill_list"][0]["maker"] is True


def test_a_stop_fills_at_its_trigger_and_through_a_gap_at_the_open(bench: Bench) -> None:
    """Sold at 99 inside a bar; after a gap from 105 to 90 at 90."""
    bench.write("b.csv", BARS, *FIVE)
    orders = ["0,buy,1", "1,sell,1,stop,99,true"]
    assert fills(bench.played(orders, "--bars", "b.csv"))[1][1:] == ("sell", D(1), D(99))
    bench.write("gap.csv", BARS, "0,100,100,100,100,1", "1,105,105,105,105,1", "2,90,91,90,91,1")
    assert fills(bench.played(orders, "--bars", "gap.csv"))[1][1:] == ("sell", D(1), D(90))


def test_funding_is_paid_on_what_is_held_at_the_moment(bench: Bench) -> None:
    """Held 2 through minute 2, last close 103: -2 x 103 x 0.001 = -0.206. Bought at that very moment: none."""
    bench.write("b.csv", BARS, *FIVE)
    bench.write("f.csv", FUNDING, "2,0.001", "4,-0.002")
    held = bench.played(["0,buy,2", "3,sell,2"], "--bars", "b.csv", "--funding", "f.csv")
    assert held["funding"] == D("-0.206")
    assert [(paid["ts"], paid["rate"], paid["amount"]) for paid in held["funding_list"]] == [
        (at(2), D("0.001"), D("-0.206"))
    ]
    late = bench.played(["2,buy,2", "4,sell,2"], "--bars", "b.csv", "--funding", "f.csv")
    # Sold at the opening of minute 4, so still held at that moment: 2 x 96 x 0.002 is received.
    assert [paid["amount"] for paid in late["funding_list"]] == [D("0.384")]


def test_a_short_position_receives_what_longs_pay(bench: Bench) -> None:
    """Short 2 at a rate of 0.001 and 103: +0.206, and the trip counts it."""
    bench.write("b.csv", BARS, *FIVE)
    bench.write("f.csv", FUNDING, "2,0.001")
    result = bench.played(["0,sell,2", "2,buy,2"], "--bars", "b.csv", "--funding", "f.csv", "--fee-taker", "0")
    assert (result["funding"], result["realised"]) == (D("0.206"), -8)
    assert result["expectancy"] == D("-7.794")


def test_marks_settle_funding_and_mark_equity(bench: Bench) -> None:
    """The mark is 100 at minute 2 and 97 at the end: funding -2 x 100 x 0.001, open profit 2 x (97 - 100)."""
    bench.write("b.csv", BARS, *FIVE)
    bench.write("m.csv", MARKS, *(f"{minute},99,101,96,{100 if minute < 4 else 97}" for minute in range(5)))
    bench.write("f.csv", FUNDING, "2,0.001")
    words = ("--bars", "b.csv", "--mark-bars", "m.csv", "--funding", "f.csv", "--fee-taker", "0")
    result = bench.played(["0,buy,2"], *words)
    assert (result["funding"], result["unrealised"]) == (D("-0.2"), -6)
    assert result["equity_final"] == D("9993.8")


def test_a_position_is_liquidated_on_the_mark(bench: Bench) -> None:
    """100 of capital at 10x, long 9 from 100: at 0.5 % maintenance gone when 100 + 9 (p - 100) = 0.045 p, so 89.34."""
    rows = ("0,100,100,100,100,1", "1,100,100,85,88,1", "2,88,120,88,120,1")
    bench.write("b.csv", BARS, *rows)
    words = ("--bars", "b.csv", "--leverage", "10", "--capital", "100", "--fee-taker", "0")
    result = bench.played(["0,buy,9"], *words)
    assert result["liquidations"] == 1
    kinds = [fill["kind"] for fill in result["fill_list"]]
    assert kinds == ["trade", "liquidation"]
    price = D(result["fill_list"][1]["price"])
    assert D("89.3") < price < D("89.4")
    assert result["equity_final"] == 100 + 9 * (price - 100)
    # The price alone wicked down, the mark did not: nothing happens.
    bench.write("m.csv", MARKS, "0,100,100,100,100", "1,100,100,95,100", "2,100,120,100,120")
    calm = bench.played(["0,buy,9"], *words, "--mark-bars", "m.csv")
    assert (calm["liquidations"], calm["equity_final"]) == (0, 280)


def test_trades_fill_at_the_first_price_after_the_latency(bench: Bench) -> None:
    """Given at 0 with 50 ms on the way: the trade 40 ms later is missed, the one at 60 ms is hit, plus 1 bp."""
    rows = ["0,100,1,buy", f"{40 / 60000},110,1,buy", f"{60 / 60000},120,1,sell", "1,130,1,buy"]
    bench.write("t.csv", TRADES, *rows)
    result = bench.played(["0,buy,1"], "--trades", "t.csv", "--slippage-bps", "1")
    assert fills(result)[0][3] == D("120.012")
    assert (result["ticks"], result["bars"], result["fidelity"]) == (4, 0, "B")
    assert result["unrealised"] == D("9.988")


def test_buy_and_hold_by_hand(bench: Bench) -> None:
    """Decided on the first close of 101: 0.98 x 10000 / 101 bought at the open of 101, marked at 98."""
    bench.write("b.csv", BARS, *FIVE)
    words = ("--strategy", "buy_and_hold", "--symbol", BTC, "--bars", "b.csv", "--no-risk", "--slippage-bps", "0")
    result = bench.result(*words)
    quantity = D("97.02970297")
    assert fills(result) == [(1, "buy", quantity, D(101))]
    assert result["equity_final"] == 10_000 + quantity * (98 - 101) - quantity * 101 * D("0.00055")


def test_ema_cross_by_hand(bench: Bench) -> None:
    """Averages over 2 and 3 closes, weights 2/3 and 1/2, told from the third close on; a turn trades twice.

    fast  100  106.67  115.56   98.52  86.17  115.39  131.80
    slow  100  105.00  112.50  101.25  90.63  110.31  125.16   so long, short, short, long, long at the opens after.
    """
    closes = [100, 110, 120, 90, 80, 130, 140]
    rows = []
    for minute, close in enumerate(closes):
        first = closes[minute - 1] if minute else 100
        rows.append(f"{minute},{first},{max(first, close)},{min(first, close)},{close},1")
    bench.write("b.csv", BARS, *rows)
    words = ("--strategy", "ema_cross", "--set", "fast=2", "--set", "slow=3", "--set", "quantity=1", "--no-risk")
    result = bench.result(*words, "--symbol", BTC, "--bars", "b.csv", "--slippage-bps", "0", "--fee-taker", "0")
    assert fills(result) == [
        (3, "buy", D(1), D(120)),
        (4, "sell", D(2), D(90)),
        (6, "buy", D(2), D(130)),
    ]
    assert result["pnl"] == (90 - 120) + (90 - 130) + (140 - 130)


def test_from_and_to_cut_the_history(bench: Bench) -> None:
    """Bars that start from minute 1 to before minute 4."""
    bench.write("b.csv", BARS, *FIVE)
    result = bench.played(["0,buy,1"], "--bars", "b.csv", "--from", str(at(1)), "--to", str(at(4)))
    assert (result["bars"], result["from"], result["to"]) == (3, at(1), at(4))
    assert fills(result) == [(1, "buy", D(1), D(101))]
    assert result["unrealised"] == 96 - 101


def test_stamps_of_closes_are_shifted(bench: Bench) -> None:
    """With --ts close the first bar starts a minute before its stamp."""
    bench.write("b.csv", BARS, *FIVE)
    result = bench.played(["-1,buy,1"], "--bars", "b.csv", "--ts", "close")
    assert (result["from"], result["to"]) == (at(-1), at(4))
    assert fills(result) == [(-1, "buy", D(1), D(100))]


def test_two_markets_share_one_account(bench: Bench) -> None:
    """Long 1 of one from 100 to 98, short 1 of the other from 10 to 7: -2 + 3; both open at the same instant."""
    bench.write("b.csv", BARS, *FIVE)
    bench.write("e.csv", BARS, *(f"{m},{10 - m / 2},{10 - m / 2},{9 - m / 2},{9 - m / 2},1" for m in range(5)))
    eth = "ETH/USDT:USDT"
    bench.write("orders.csv", "ts,side,quantity,symbol", f"0,buy,1,{BTC}", f"0,sell,1,{eth}")
    words = ("--strategy", "scripted", "--set", "orders=orders.csv", "--no-risk", "--slippage-bps", "0")
    files = ("--bars", f"{BTC}=b.csv", "--bars", f"{eth}=e.csv", "--fee-taker", "0")
    result = bench.result(*words, *files)
    assert (result["unrealised"], result["equity_final"], result["bars"]) == (1, 10_001, 10)
    assert result["symbol"] == f"{BTC},{eth}"
    # Never marked with only one of the two legs moved: closes are 101/9, 103/8.5, 105/8, 96/7.5, 98/7.
    assert [D(point[1]) - 10_000 for point in result["equity_curve"]] == [0, 2, D("4.5"), 7, D("-1.5"), 1]


def test_spot_pays_spot_fees_and_cannot_go_short(bench: Bench) -> None:
    """Bought 1 at 100 and sold at 104 for 0.001 each; selling what is not there is refused."""
    bench.write("b.csv", BARS, *FIVE)
    bench.write("orders.csv", "ts,side,quantity", "0,buy,1", "2,sell,1", "3,sell,1")
    words = ("--strategy", "scripted", "--set", "orders=orders.csv", "--no-risk", "--slippage-bps", "0")
    result = bench.result(*words, "--symbol", "BTC/USDT", "--bars", "b.csv")
    assert (result["fees"], result["realised"], result["rejected"]) == (D("0.204"), 4, 1)


def test_a_day_that_loses_too_much_halts_entries(bench: Bench) -> None:
    """At 3x, long 250 from 100, the close of 96 loses 1000 and more than 5 % of 10000: at once, at that close.

    From the open of 105, where 11,250 were there, it is more than the 2,000 of a Strategist's HALT as well.
    """
    bench.write("b.csv", BARS, *FIVE)
    bench.write("orders.csv", "ts,side,quantity", "0,buy,250", "4.5,buy,1")
    words = ("--strategy", "scripted", "--set", "orders=orders.csv", "--slippage-bps", "0", "--fee-taker", "0")
    result = bench.result(*words, "--symbol", BTC, "--bars", "b.csv", "--leverage", "3")
    assert [(halt["ts"], halt["equity"], halt["level"]) for halt in result["halts"]] == [(at(4), 9_000, "halt")] * 2
    assert (result["fills"], result["denied"]) == (1, 1)
