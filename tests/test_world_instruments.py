"""The instruments of the built-in market are what an exchange would publish."""

from decimal import Decimal

import pytest

from engine.instruments import HOUR_NS, Instrument, Kind
from engine.simulation.world import LISTING

PERPETUALS = [instrument for instrument in LISTING if not instrument.is_spot]


def test_four_coins_are_listed_spot_and_perpetual() -> None:
    """Eight symbols, named as ccxt names them."""
    names = [base + ending for base in ("BTC", "ETH", "SOL", "FERN") for ending in ("/USDT:USDT", "/USDT")]
    assert [instrument.symbol for instrument in LISTING] == names


@pytest.mark.parametrize("instrument", LISTING, ids=lambda one: one.symbol)
def test_every_limit_lies_on_its_grid(instrument: Instrument) -> None:
    """Quantities are whole lots, prices whole ticks, and a unit is a whole number of both."""
    for quantity in (instrument.min_quantity, instrument.max_market_quantity, instrument.max_quantity):
        assert quantity > 0
        assert quantity % instrument.lot == 0
    assert instrument.min_quantity <= instrument.max_market_quantity <= instrument.max_quantity
    assert instrument.min_price % instrument.tick == instrument.max_price % instrument.tick == 0
    assert 1 / instrument.tick % 1 == 1 / instrument.lot % 1 == 0
    assert instrument.min_notional == 5


def test_fees_are_those_of_the_two_kinds_of_market() -> None:
    """Spot takes a tenth of a percent, of a purchase in the coin; perpetuals 2 and 5.5 basis points."""
    for instrument in LISTING:
        fees = (instrument.fee_maker, instrument.fee_taker, instrument.fee_in_base)
        if instrument.kind is Kind.SPOT:
            assert fees == (Decimal("0.001"), Decimal("0.001"), True)
        else:
            assert fees == (Decimal("0.0002"), Decimal("0.00055"), False)


def test_funding_intervals_differ_from_coin_to_coin() -> None:
    """Eight hours for the two large coins, four and one for the others."""
    assert [instrument.funding_interval_ns // HOUR_NS for instrument in PERPETUALS] == [8, 8, 4, 1]


@pytest.mark.parametrize("instrument", PERPETUALS, ids=lambda one: one.symbol)
def test_margin_ladders_are_continuous(instrument: Instrument) -> None:
    """Each tier allows less leverage than the one below, asks for more, and asks the same where they meet."""
    assert len(instrument.tiers) >= 4
    for low, high in zip(instrument.tiers, instrument.tiers[1:], strict=False):
        assert low.max_notional < high.max_notional
        assert low.max_leverage > high.max_leverage
        border = low.max_notional
        assert border * low.maintenance_rate - low.deduction == border * high.maintenance_rate - high.deduction
    for tier in instrument.tiers:
        assert tier.maintenance_rate < 1 / tier.max_leverage
