"""A wish that is too small for the exchange is told which account could have it, counted by hand."""

from decimal import Decimal

import msgspec

from engine.gate import Denial
from engine.instruments import Instrument
from risk.denials import too_small
from risk.sizing import Stakes, size_of
from risk.tiers import HUNTER
from tests.rehearsal import PERP, instrument

D = Decimal
OF: Instrument = instrument(PERP)


def refused(allowed: str, of: Stakes | None, leverage: str) -> Denial:
    """At a price of 100."""
    return too_small(D(allowed), D(100), OF, None if of is None else size_of(of), D(leverage))


def _stakes(**other: Decimal) -> Stakes:
    plain = Stakes(
        equity=D(100), price=D(100), distance=D(20), risk_per_trade=D("0.005"), risk_max=HUNTER.risk_per_trade_max
    )
    return msgspec.structs.replace(plain, **other)


def test_too_small_names_the_account_that_could() -> None:
    """0.05 at a stop 20 away lose 1: half a per cent of 200."""
    found = refused("0.025", _stakes(), "3")
    assert found == Denial(
        "TooSmall",
        "the limits allow 0.025 BTC; the smallest order is 0.05",
        (("allowed", D("0.025")), ("least", D("0.05")), ("account", D("200.00"))),
        "an account of 200.00 could take it",
    )


def test_too_small_by_leverage_counts_the_fee_too() -> None:
    """0.05 at 100 are 5; with a tenth of the equity and a fee of a thousandth: 5 x (1 + 0.1 x 0.001) / 0.1."""
    found = refused("0", _stakes(distance=D("0.1")), "0.1")
    assert found.numbers == (("allowed", D(0)), ("least", D("0.05")), ("account", D("50.01")))
    assert found.passes == "an account of 50.01 could take it"


def test_too_small_where_no_account_helps() -> None:
    """A share of nothing stays nothing; and who named a quantity is told of a larger one."""
    nothing = refused("0", _stakes(share=D(0)), "3")
    assert nothing.numbers == (("allowed", D(0)), ("least", D("0.05")))
    assert nothing.passes == "a nearer stop or a larger account would pass"
    fixed = refused("0.01", None, "3")
    assert fixed == Denial(
        "TooSmall",
        "the limits allow 0.01 BTC; the smallest order is 0.05",
        (("allowed", D("0.01")), ("least", D("0.05"))),
        "0.05 would pass",
    )
