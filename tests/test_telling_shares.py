"""Whose a position is, and what each holder got: shares in plain figures that add up to the account."""

from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from engine import events
from engine.strategy import Strategy
from engine.views import Views
from tests.rehearsal import PERP, Stage


def holding(*trades: tuple[str, int, str]) -> Stage:
    """An account after these trades of who, which side and how much, at 100."""
    stage = Stage()
    stage.tick(100.0)
    for strategy, side, quantity in trades:
        stage.account.fill(strategy, PERP, side, Decimal(quantity), Decimal(100), Decimal(0), "USDT")
    return stage


def owner(stage: Stage) -> str:
    """Whose the position is, as every surface reads it."""
    (position,) = Views(stage.kernel, mode="paper", feed="sim", run_id="r", seed=1).snapshot().positions
    return position.strategy


def test_a_position_belongs_to_whoever_holds_most_of_it() -> None:
    """Not to whoever filled last: neither a small addition nor a small sale by hand changes hands."""
    assert owner(holding(("ema", 1, "3"), ("impulse", 1, "1"))) == "ema"
    assert owner(holding(("ema", 1, "3"), ("operator", -1, "1"))) == "ema"
    assert owner(holding(("ema", 1, "3"), ("impulse", 1, "1"), ("ema", -1, "2.5"))) == "impulse"
    assert owner(holding(("ema", 1, "2"), ("impulse", 1, "2"))) == "ema"


def test_only_shares_in_the_direction_of_the_position_count() -> None:
    """Who is short inside a long position does not own it, however large the share."""
    assert owner(holding(("ema", 1, "2"), ("impulse", 1, "3"), ("operator", -1, "4"))) == "impulse"
    assert owner(holding(("ema", 1, "2"), ("impulse", -1, "5"))) == "impulse"
    assert owner(holding(("ema", -1, "2"), ("impulse", -1, "1"))) == "ema"


def paid(stage: Stage, amount: str) -> dict[str, Decimal]:
    """What each holder got of a funding."""
    stage.say(events.FundingPaid(stage.now, PERP, Decimal("0.0001"), Decimal(100), Decimal(amount)))
    return {strategy: share.funding for (strategy, symbol), share in stage.account.owned.items() if symbol == PERP}


def test_thirds_of_a_funding_are_money_and_add_up() -> None:
    """Eight decimals each; the last holder has what is left, so that nothing is lost."""
    stage = holding(("ema", 1, "1"), ("impulse", 1, "1"), ("operator", 1, "1"))
    shares = paid(stage, "-1")
    assert shares == {
        "ema": Decimal("-0.33333333"),
        "impulse": Decimal("-0.33333333"),
        "operator": Decimal("-0.33333334"),
    }


@given(
    st.lists(st.tuples(st.sampled_from("abcd"), st.sampled_from([1, -1]), st.integers(1, 5_000)), max_size=8),
    st.integers(-(10**9), 10**9),
)
def test_the_shares_of_a_funding_are_the_funding(trades: list[tuple[str, int, int]], units: int) -> None:
    """Whoever holds what, and also where a funding is told after all was closed: to the last digit, and no longer."""
    stage = holding(*((name, side, f"{lots / 1000:.3f}") for name, side, lots in trades))
    amount = Decimal(units) / 10**6
    shares = paid(stage, str(amount))
    assert stage.account.ledger.funding == amount
    if trades:
        assert sum(shares.values()) == amount
    for share in shares.values():
        assert len(f"{share:f}".partition(".")[2]) <= 8


def test_a_strategys_result_is_a_figure_one_can_read() -> None:
    """After thirds of fundings it has no more decimals than money has."""
    stage = holding(("ema", 1, "1"), ("impulse", 1, "1"), ("operator", 1, "1"))
    for name in ("ema", "impulse"):
        stage.kernel.strategies.add(Strategy(name, (PERP,), {}))
    for _ in range(3):
        paid(stage, "-0.0000001")
    views = Views(stage.kernel, mode="paper", feed="sim", run_id="r", seed=1)
    results = {view.name: view.pnl for view in views.snapshot().strategies}
    assert results == {"ema": Decimal("-0.00000009"), "impulse": Decimal("-0.00000009")}
    assert all(len(f"{result:f}".partition(".")[2]) <= 8 for result in results.values())
    assert sum(share.funding for share in stage.account.owned.values()) == Decimal("-0.0000003")
