"""The account around the ledger: shares of the holders, baselines of losses, and what can be closed."""

from decimal import Decimal
from fractions import Fraction
from typing import Any, NamedTuple

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine import events
from engine.commands import OrderType
from engine.ledger import Position
from tests.rehearsal import DAY, MINUTE, PERP, SECOND, SPOT, START, Stage


class Trade(NamedTuple):
    """Who trades what."""

    strategy: str
    symbol: str
    side: int
    lots: int
    half_points: int


trades = st.lists(
    st.builds(
        Trade,
        st.sampled_from(("ema", "impulse", "operator")),
        st.sampled_from((PERP, SPOT)),
        st.sampled_from((1, -1)),
        st.integers(1, 5_000),
        st.integers(1, 400_000),
    ),
    max_size=25,
)


@given(trades)
def test_the_shares_of_the_holders_are_the_position(history: list[Trade]) -> None:
    """Whoever trades, in whatever order, the shares add up to the account: quantity, flow of money and fees."""
    stage = Stage()
    account = stage.account
    stage.tick(100.0)
    stage.tick(100.0, SPOT)
    for strategy, symbol, side, lots, half_points in history:
        quantity, price = Decimal(lots) / 1000, Decimal(half_points) / 2
        fee_currency = "BTC" if symbol == SPOT and side > 0 else "USDT"
        fee = quantity / 1000 if fee_currency == "BTC" else quantity * price / 1000
        account.fill(strategy, symbol, side, quantity, price, fee, fee_currency)
        shares = [share for (_, held), share in account.owned.items() if held == symbol]
        position = account.ledger.positions[symbol]
        assert sum(share.quantity for share in shares) == position.quantity
        assert sum(share.fees for share in shares) == position.fees
        assert _exact(shares) == _exact([position])
        if symbol == PERP:  # of spot, what is too small to be traded is nothing
            assert account.held_by(strategy, symbol) == account.owned[strategy, symbol].quantity


def _exact(positions: list[Position]) -> Fraction:
    """Cost less profit is money that went in: the same for the whole as for all parts."""
    return sum((Fraction(share.cost) - Fraction(share.realised) for share in positions), Fraction(0))


@pytest.mark.parametrize("side", [1, -1])
def test_a_stop_and_a_target_that_rest_are_not_on_their_way(side: int) -> None:
    """What may rest for ever does not count as done: a strategy with both exits resting still holds, and can leave."""
    stage = Stage()
    stage.tick(100.0)
    stage.hold(side, "1", "100", strategy="impulse")
    exits: dict[str, Any] = {"strategy": "impulse", "reduce_only": True}
    stage.place(-side, "1", type=OrderType.LIMIT, price=Decimal(100 + 10 * side), **exits)
    stage.place(-side, "1", type=OrderType.STOP_MARKET, trigger_price=Decimal(100 - 10 * side), **exits)
    assert stage.account.on_its_way("impulse", PERP) == 0
    stage.place(-side, "0.4", **exits)  # an exit at the market is
    assert stage.account.on_its_way("impulse", PERP) == Decimal("-0.4") * side
    assert stage.account.on_its_way("ema", PERP) == 0


def test_a_new_day_starts_with_what_was_there_at_midnight() -> None:
    """Yesterday's loss stays with yesterday: the day counts from the equity at midnight, before its first fill."""
    stage = Stage()
    stage.tick(100.0)
    stage.hold(1, "10", "100")
    stage.tick(90.0, after_ns=DAY - SECOND)
    assert stage.account.day_pnl(stage.account.observe(stage.now)) == -100
    stage.tick(89.0, after_ns=2 * SECOND)
    stage.hold(-1, "10", "89")
    assert stage.account.day_start_equity == 9_900
    assert stage.account.day_pnl(stage.account.equity()) == -10


def test_a_fill_that_is_told_late_does_not_bring_yesterday_back() -> None:
    """A fill of 23:59:59.98 that arrives after midnight must not make the new day start after its loss."""
    stage = Stage(start_ns=START + DAY - SECOND // 50)
    stage.tick(100.0)
    order = stage.place(1, "10")
    stage.accept(order.id)
    filled_ns = stage.now
    stage.timeline.advance(START + DAY + SECOND // 100)
    assert stage.account.day_start_equity == 10_000
    stage.execute(order, "10", "100", fee="25", ts=filled_ns)
    assert stage.account.day_start_equity == 10_000
    assert stage.account.day_pnl(stage.account.equity()) == -25


def test_money_from_outside_is_neither_profit_nor_drawdown() -> None:
    """A deposit and a withdrawal move every baseline along: the day's result and the drawdown stay what they were."""
    stage = Stage()
    stage.tick(100.0)
    stage.hold(1, "10", "100")
    stage.tick(95.0, after_ns=MINUTE)
    before = _figures(stage)
    stage.say(events.Transferred(stage.now, Decimal(5_000)))
    assert _figures(stage) == before
    stage.say(events.Transferred(stage.now, Decimal(-12_000)))
    assert _figures(stage) == before
    assert stage.account.equity() == 10_000 + 5_000 - 12_000 - 50


def _figures(stage: Stage) -> tuple[Decimal, Decimal]:
    equity = stage.account.observe(stage.now)
    return stage.account.day_pnl(equity), stage.account.peak_equity - equity


def test_the_age_of_a_position_is_that_of_its_direction() -> None:
    """Adding keeps the opening time, turning around starts a new one, and flat has none."""
    stage = Stage()
    opened = stage.account.ledger.position(PERP)
    stage.tick(100.0)
    stage.hold(1, "1", "100")
    began = stage.now
    stage.tick(100.0, after_ns=MINUTE)
    stage.hold(1, "1", "100")
    assert opened.opened_at == began
    stage.tick(100.0, after_ns=MINUTE)
    stage.hold(-1, "3", "100")
    assert opened.opened_at == began + 2 * MINUTE
    stage.hold(1, "1", "100")
    assert opened.opened_at == 0


def test_dust_below_the_smallest_order_counts_as_flat() -> None:
    """A fee in coin leaves less than a lot behind; nothing can sell it, so there is nothing left to close."""
    stage = Stage()
    stage.tick(100.0, SPOT)
    order = stage.place(1, "2", SPOT)
    stage.accept(order.id, SPOT)
    stage.execute(order, "2", "100", fee="0.0015", fee_currency="BTC")
    assert stage.account.held(SPOT) == Decimal("1.9985")
    assert stage.account.closable(SPOT) == Decimal("1.998")
    stage.hold(-1, "1.998", "100", SPOT)
    assert stage.account.held(SPOT) == Decimal("0.0005")
    assert stage.account.is_flat(SPOT)


def test_funding_goes_to_the_holders_by_what_they_hold() -> None:
    """Who holds three quarters pays three quarters; the account pays the whole."""
    stage = Stage()
    stage.tick(100.0)
    stage.hold(1, "3", "100", strategy="ema")
    stage.hold(1, "1", "100", strategy="impulse")
    stage.say(events.FundingPaid(stage.now, PERP, Decimal("0.0001"), Decimal(100), Decimal("-0.04")))
    shares = {strategy: share.funding for (strategy, _), share in stage.account.owned.items()}
    assert shares == {"ema": Decimal("-0.03"), "impulse": Decimal("-0.01")}
    assert stage.account.ledger.funding == Decimal("-0.04")


def test_a_fill_before_the_first_trade_is_judged_at_what_is_known() -> None:
    """Where only quotes came, the middle stands in; at the open of a first bar, the open does: no price, no crash."""
    quoted = Stage()
    quoted.say(events.Quote(quoted.now, PERP, 99.0, 101.0, 1.0, 1.0))
    quoted.hold(1, "1", "101")
    assert quoted.account.equity() == 9_999
    barred = Stage(native_ns=MINUTE)
    barred.say(events.BarOpened(barred.now, PERP, 100.0))
    barred.hold(1, "1", "100.5")
    assert barred.account.equity() == Decimal("9999.5")
