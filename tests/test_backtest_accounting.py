"""Any list of market orders on any bars, against a cash book of a few lines in exact fractions."""

from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hean_tui.backtest import run_backtest
from hean_tui.backtesting.result import BacktestResult
from hean_tui.requests import BacktestRequest, InputFile
from hean_tui.settings.model import Settings
from hean_tui.settings.sources import LoadedSettings
from tests.backtest_runs import BARS, BTC, MINUTE_MS, T0_MS

MS_NS = 1_000_000
CAPITAL = 10_000_000
MAKER, TAKER = Fraction(1, 5000), Fraction(11, 20000)


@dataclass(frozen=True)
class Bar:
    """A bar of a minute."""

    minute: int
    open: Decimal
    close: Decimal


@dataclass(frozen=True)
class Case:
    """A history and what is done in it."""

    bars: tuple[Bar, ...]
    orders: tuple[tuple[int, int, Decimal], ...]  # milliseconds after the start, side, quantity
    rates: tuple[tuple[int, Decimal], ...]  # minute, rate
    latency_ms: int


prices = st.integers(9_000, 11_000).map(lambda cents: Decimal(cents) / 100)


@st.composite
def cases(draw: st.DrawFn) -> Case:
    """A few minutes with holes in them, and orders at and between their beginnings."""
    minutes = sorted(draw(st.sets(st.integers(1, 40), min_size=3, max_size=25)) | {0, 1})
    bars = tuple(Bar(minute, draw(prices), draw(prices)) for minute in minutes)
    moments = st.integers(0, 42 * 4).map(lambda quarter: quarter * MINUTE_MS // 4)
    quantity = st.integers(1, 500).map(lambda lots: Decimal(lots) / 100)
    orders = draw(st.lists(st.tuples(moments, st.sampled_from([1, -1]), quantity), max_size=15))
    rates = draw(st.dictionaries(st.integers(0, 41), st.integers(-50, 50).map(lambda n: Decimal(n) / 10_000)))
    latency_ms = draw(st.sampled_from([0, 0, 1, 60_000, 90_000]))
    return Case(bars, tuple(sorted(orders, key=lambda order: order[0])), tuple(sorted(rates.items())), latency_ms)


def played(case: Case, folder: Path) -> BacktestResult:
    """The case through the program."""
    bars = []
    for bar in case.bars:
        low, high = sorted((bar.open, bar.close))
        bars.append(f"{T0_MS + bar.minute * MINUTE_MS},{bar.open},{high},{low},{bar.close},1")
    rates = [f"{T0_MS + minute * MINUTE_MS},{rate}" for minute, rate in case.rates]
    orders = [f"{T0_MS + ts},{'buy' if side > 0 else 'sell'},{quantity}" for ts, side, quantity in case.orders]
    for name, head, rows in (("b", BARS, bars), ("f", "ts,rate", rates), ("o", "ts,side,quantity", orders)):
        (folder / f"{name}.csv").write_text("\n".join([head, *rows]) + "\n", encoding="utf-8")
    request = BacktestRequest(
        loaded=LoadedSettings(Settings(), {}, (), ()),
        strategies=("scripted",),
        parameters={"scripted": {"orders": str(folder / "o.csv")}},
        overrides={},
        symbols=(BTC,),
        bars=(InputFile(folder / "b.csv"),),
        spot_bars=(),
        mark_bars=(),
        funding=(InputFile(folder / "f.csv"),) if rates else (),
        trades=(),
        book=(),
        from_ns=None,
        to_ns=None,
        capital=Decimal(CAPITAL),
        fee_maker=None,
        fee_taker=None,
        latency_ns=case.latency_ms * MS_NS,
        slippage_bps=Decimal(0),
        leverage=Decimal(1),
        use_risk=False,
        ts="open",
        seed=7,
        html=None,
        json=True,
        verbosity=0,
    )
    result, troubles = run_backtest(request)
    assert troubles == []
    return result


class CashBook:
    """Buys cost, sales bring, fees and funding go; nothing else is known."""

    def __init__(self, case: Case) -> None:
        self.cash = Fraction(CAPITAL)
        self.held = self.fees = self.funding = Fraction(0)
        self.fills: list[tuple[int, int, Decimal, Decimal]] = []
        waiting = list(case.orders)
        rates = list(case.rates)
        last = Fraction(0)
        end = case.bars[-1].minute + 1
        for number, bar in enumerate(case.bars):
            start_ms = bar.minute * MINUTE_MS
            while rates and rates[0][0] <= bar.minute:
                self.settle(Fraction(rates.pop(0)[1]), last)
            while waiting and waiting[0][0] + case.latency_ms <= start_ms:
                _, side, quantity = waiting.pop(0)
                self.trade(start_ms, side, quantity, bar.open)
            last = Fraction(bar.close)
            if number == len(case.bars) - 1:
                while rates and rates[0][0] <= end:
                    self.settle(Fraction(rates.pop(0)[1]), last)
        self.equity = self.cash + self.held * last

    def trade(self, ts_ms: int, side: int, quantity: Decimal, price: Decimal) -> None:
        """At the open, for the taker's fee."""
        value = Fraction(quantity) * Fraction(price)
        self.cash -= side * value + value * TAKER
        self.fees += value * TAKER
        self.held += side * Fraction(quantity)
        self.fills.append((T0_MS + ts_ms, side, quantity, price))

    def settle(self, rate: Fraction, last: Fraction) -> None:
        """Longs pay, shorts receive, to the hundred-millionth as exchanges do."""
        paid = round(self.held * last * rate * 10**8)
        self.cash -= Fraction(paid, 10**8)
        self.funding -= Fraction(paid, 10**8)


@given(cases())
def test_every_list_of_orders_is_played_exactly(tmp_path_factory: pytest.TempPathFactory, case: Case) -> None:
    """Fills, fees, funding and equity agree to the last digit."""
    result = played(case, tmp_path_factory.mktemp("case"))
    book = CashBook(case)
    fills = [(fill.ts, 1 if fill.side == "buy" else -1, fill.quantity, fill.price) for fill in result.fill_list]
    assert fills == book.fills
    assert Fraction(result.fees) == book.fees
    assert Fraction(result.funding) == book.funding
    assert Fraction(result.equity_final) == book.equity
    assert Fraction(result.pnl) == book.equity - CAPITAL
    assert result.equity_final == (result.capital + result.realised + result.unrealised - result.fees + result.funding)
    assert float(result.equity_curve[-1][1]) == pytest.approx(float(book.equity))
