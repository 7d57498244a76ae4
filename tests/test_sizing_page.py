"""The page on sizing: its trade by hand, its sentences and its amounts are those of the program."""

import re
from decimal import Decimal
from pathlib import Path
from statistics import fmean, stdev

import pytest

from engine.instruments import Instrument, Kind
from risk.dynamic_risk import DynamicRisk
from risk.kelly import DOUBT, PRIOR_TOSSES, TRADES_NEEDED, WINDOW, growth_fraction, kelly_of
from risk.sizing import Size, Stakes, least_quantity, size_of, smallest_account
from risk.tiers import HUNTER, TIERS
from risk.volatility import TARGET

PAGE = (Path(__file__).parents[1] / "docs" / "sizing.md").read_text(encoding="utf-8")
HAND = {
    name.strip(): Decimal(value.strip())
    for name, _, value in re.findall(r"^\| ([^|]+) \|(.+)\| ([0-9.]+) \|$", PAGE, flags=re.MULTILINE)
}
RECORD = [1.8] * 40 + [-1.0] * 40
DEFAULT = Decimal("0.005")
BITCOIN = Instrument(
    symbol="BTC/USDT:USDT",
    kind=Kind.PERPETUAL,
    base="BTC",
    quote="USDT",
    tick=Decimal("0.1"),
    lot=Decimal("0.001"),
    min_quantity=Decimal("0.001"),
    max_quantity=Decimal(1000),
    max_market_quantity=Decimal(100),
    min_notional=Decimal(5),
    min_price=Decimal("0.1"),
    max_price=Decimal(1_000_000),
    fee_maker=Decimal("0.0002"),
    fee_taker=Decimal("0.00055"),
)


def the_trade() -> Size:
    """The trade of the page, as the program sizes it."""
    dynamic = DynamicRisk()
    dynamic.judge(1, Decimal(55), Decimal(100), HUNTER.amounts)
    stakes = Stakes(
        equity=Decimal(8000),
        price=Decimal(60_000),
        distance=Decimal(60_000 - 58_800),
        risk_per_trade=DEFAULT,
        risk_max=HUNTER.risk_per_trade_max,
        conviction=Decimal("0.8"),
        kelly=kelly_of(RECORD, DEFAULT),
        scaling=dynamic.scaling,
        share=Decimal("0.5"),
        value_share=TARGET / Decimal("0.55"),
    )
    return size_of(stakes)


def test_the_record_of_the_page() -> None:
    """Mean, doubt and edge by the statistics module, and Kelly from them."""
    together = RECORD + [1.0, -1.0] * (PRIOR_TOSSES // 2)
    doubt = DOUBT * stdev(together) / len(together) ** 0.5
    edge = fmean(together) - doubt
    assert (len(together), TRADES_NEEDED, WINDOW) == (110, 30, 500)
    assert float(HAND["mean behind the coin"]) == pytest.approx(fmean(together), abs=5e-7)
    assert float(HAND["doubt"]) == pytest.approx(doubt, abs=5e-7)
    assert float(HAND["cautious edge"]) == pytest.approx(edge, abs=1e-6)
    assert float(HAND["full Kelly"]) == pytest.approx(growth_fraction([r - doubt for r in together]), abs=5e-7)
    assert kelly_of(RECORD, DEFAULT).fraction == HAND["quarter Kelly"]


def test_the_trade_of_the_page() -> None:
    """Each row of the table, to the digit."""
    size = the_trade()
    stakes = size.stakes
    assert HAND["under the cap"] == min(stakes.wished, stakes.risk_max)
    assert HAND["step for the day"] == stakes.scaling.step
    assert HAND["line for the drawdown"] == stakes.scaling.line
    assert HAND["of the equity"] == stakes.fraction(stakes.risk_max)
    assert HAND["may be lost"] == size.risk
    assert HAND["stop distance"] == stakes.distance
    assert HAND["wanted"] == size.quantity
    assert HAND["bought"] == BITCOIN.quantity_below(size.quantity)
    least = least_quantity(BITCOIN, stakes.price)
    assert HAND["smallest account"] == smallest_account(stakes, least)
    assert stakes.value_share is not None
    assert HAND["most by volatility"] == pytest.approx(
        stakes.equity * stakes.value_share / stakes.price, abs=Decimal("5e-6")
    )
    assert not size.is_capped_by_value


def test_no_row_of_the_page_is_left_out() -> None:
    """All that is on the table is held against the program by one of the two tests above."""
    assert len(HAND) == 15


def test_the_sentences_of_the_page_are_those_of_the_program() -> None:
    """The four reasons that a record can give."""
    for record in ([1.0] * 10, [2.0] * 17 + [-1.0] * 28, RECORD, [0.5] * 30 + [-1.0] * 30):
        assert f"| {kelly_of(record, DEFAULT).sentence} |" in PAGE


def test_the_caps_of_the_page_are_those_of_the_tiers() -> None:
    """Sniper 2 %, Hunter 1.5 %, Strategist 1 %."""
    caps = ", ".join(f"{tier.name} {float(tier.risk_per_trade_max) * 100:g} %" for tier in TIERS)
    assert f"{caps} of the equity" in PAGE
