"""Feasibility at its borders: the end of a margin tier, a limit that is just kept, an account that is just enough."""

from decimal import Decimal

import pytest

from engine.instruments import MarginTier
from risk.feasibility import Reach, feasibility
from risk.feasibility_words import symbol_sentence, verdict_sentence
from risk.limits import Limits
from risk.tiers import STRATEGIST
from tests.test_feasibility_account import SERVER, coin

D = Decimal
TWO_STEPS = (MarginTier(D(1_000), D(50), D("0.01")), MarginTier(D(100_000), D(5), D("0.02")))
WIDE = Limits(max_leverage=D(10), risk_per_trade=D("0.02"), default_stop=D("0.05"))


@pytest.mark.parametrize(("price", "needs"), [("999", "99.9"), ("1000", "100"), ("1000.1", "200.02")])
def test_a_margin_tier_holds_up_to_its_largest_value(price: str, needs: str) -> None:
    """Ten times, which is what the limits allow, up to 1,000; five times above it."""
    told = feasibility(D(500), [(coin(tiers=TWO_STEPS), D(price))], WIDE, SERVER)
    smallest = told.symbols[0].smallest
    assert smallest is not None
    assert smallest.needs == D(needs)


@pytest.mark.parametrize(
    ("limit", "why"),
    [
        ("100", "is above the largest that the exchange takes."),
        ("99.99", "is above max_position_size, 99.99; that would have to be raised."),
    ],
)
def test_a_limit_that_is_just_kept_is_not_blamed(limit: str, why: str) -> None:
    """The exchange takes less than one piece at the market: raising a limit that allows 100 would not help."""
    told = feasibility(D(5_000), [(coin(most=0), D(100))], Limits(max_position_size=D(limit)), SERVER)
    (each,) = told.symbols
    assert each.reach is Reach.OVER_LIMIT
    assert symbol_sentence(told, each) == f"The smallest trade of OAK/USDT:USDT, 1 OAK for 100.00 USDT, {why}"


@pytest.mark.parametrize(
    ("balance", "way", "verdict"),
    [
        ("250", "a stop within 2.5 %", "what is left loses more at the stop than a trade of this tier may."),
        ("249.99", "an account of 250.00 or a stop within 2.49 %", "OAK/USDT:USDT asks for an account of 250.00."),
    ],
)
def test_more_money_is_no_way_out_for_who_has_enough(balance: str, way: str, verdict: str) -> None:
    """A stop of 5 is 2 % of 250, a Sniper's most; who has just that, and is held to 1 % yet, needs no more."""
    told = feasibility(D(balance), [(coin(), D(100))], WIDE, SERVER, STRATEGIST)
    (each,) = told.symbols
    assert (each.reach, each.begins_at) == (Reach.OVER_RISK, D(250))
    assert symbol_sentence(told, each).endswith(f"; it takes {way} of the price.")
    assert verdict_sentence(told).endswith(f" nothing can be traded; {verdict}")
