"""The plain gate on a floor with a real venue: what it sizes, what it lets pass, and what it never lets happen."""

from decimal import Decimal
from typing import Any

import pytest

from engine import events
from engine.orders import Status
from engine.strategy import Strategy
from risk.gate import Gate
from risk.limits import Limits
from tests.rehearsal import PERP, SPOT
from tests.trading_floor import Floor

ETH = "ETH/USDT:USDT"


class Wishes(Strategy):
    """Says what the test tells it to say."""

    def wish(self, direction: int, symbol: str = PERP, **words: Any) -> None:
        """One signal."""
        self.desk.signal(symbol, direction, words.pop("conviction", 1.0), "the test says so", **words)


def floor_with(*names: str, symbols: tuple[str, ...] = (PERP, SPOT, ETH), **limits: Any) -> tuple[Floor, list[Wishes]]:
    """A floor with the plain gate, its strategies seated and started; every price is 100."""
    floor = Floor(symbols, gate=Gate(Limits(**{"max_risk_per_trade": Decimal(1), **limits})))
    strategies = [Wishes(name, symbols, {}) for name in names]
    for strategy in strategies:
        floor.kernel.strategies.add(strategy)
    floor.kernel.start()
    return floor, strategies


def settle(floor: Floor) -> None:
    """Let the market trade on at its prices until all orders are answered."""
    for _ in range(3):
        for name, market in floor.kernel.markets.items():
            floor.trade(market.last or 100.0, name)


def denials(floor: Floor) -> list[str]:
    """The sentences of what was denied so far."""
    return [order.reason for order in floor.kernel.orders.recent.values() if order.status is Status.DENIED]


def test_the_distance_of_the_stop_decides_the_size() -> None:
    """Half a per cent of 10,000 is 50; with a stop 5 away that is 10 contracts."""
    floor, (one,) = floor_with("one")
    one.wish(1, stop=95.0)
    settle(floor)
    assert floor.account.held(PERP) == Decimal(10)
    (stop,) = floor.account.stops(PERP)
    assert (stop.trigger_price, stop.quantity) == (Decimal(95), Decimal(10))


def test_leverage_counts_what_waits_in_other_symbols() -> None:
    """Three times 10,000 at the most: two wishes of the same instant, each of which would fit alone, share it."""
    floor, (one,) = floor_with(
        "one", risk_per_trade=Decimal("0.2"), default_stop=Decimal("0.1"), daily_drawdown_limit=Decimal("0.9")
    )
    one.wish(1)
    one.wish(1, ETH)
    settle(floor)
    equity, exposure = floor.account.equity(), floor.account.exposure()
    assert floor.account.held(PERP) == Decimal(200)  # 0.2 of 10,000 over a stop of 10
    assert floor.account.held(ETH) < Decimal(100)
    assert exposure <= 3 * equity


def test_resting_entries_of_other_symbols_count_too() -> None:
    """Two limits that would each be twice the equity do not both pass."""
    floor, _ = floor_with("one")
    assert "accepted" in floor.do("buy", PERP, "200", limit=90)
    assert "3 times is the limit" in floor.do("buy", ETH, "200", limit=90)


def test_coins_are_bought_with_cash_alone() -> None:
    """However near the stop, a purchase of coins costs no more than there is, and the venue takes it."""
    floor, (one,) = floor_with("one", risk_per_trade=Decimal("0.5"), daily_drawdown_limit=Decimal("0.9"))
    one.wish(1, SPOT)
    settle(floor)
    held = floor.account.held(SPOT)
    assert Decimal(90) < held < Decimal(100)
    assert floor.kernel.orders.counts["rejected"] == 0


def test_a_halt_takes_resting_entries_back_and_keeps_stops() -> None:
    """The day's loss reaches its limit: nothing that waits may make the position larger any more."""
    floor, _ = floor_with("one")
    floor.do("buy", PERP, "100")
    floor.do("protect", PERP, stop=80)
    floor.do("buy", PERP, "50", limit=90)
    floor.trade(94.0)  # 600 of 10,000 are lost, the limit is 500
    settle(floor)
    assert floor.kernel.state == "halted"
    floor.trade(89.0)
    settle(floor)
    assert floor.account.held(PERP) == Decimal(100)
    assert [order.trigger_price for order in floor.account.open_orders.values()] == [Decimal(80)]


def test_a_pause_takes_resting_entries_back() -> None:
    """What was ordered before the pause is an entry like any other."""
    floor, _ = floor_with("one")
    floor.do("buy", PERP, "10", limit=90)
    floor.ask("pause")
    settle(floor)
    floor.trade(85.0)
    settle(floor)
    assert floor.account.held(PERP) == 0


def test_exits_of_turning_strategies_pass_a_pause() -> None:
    """Long 10, paused, and now it wants to be short: the half that closes passes, the other is let go."""
    floor, (one,) = floor_with("one")
    one.wish(1, stop=95.0)
    settle(floor)
    floor.ask("pause")
    one.wish(-1, stop=105.0)
    settle(floor)
    assert floor.account.held(PERP) == 0
    assert floor.kernel.orders.counts["denied"] == 1


def test_a_symbol_is_in_one_hand_at_a_time() -> None:
    """While the first strategy holds it, the second is refused with a reason; afterwards it may."""
    floor, (first, second) = floor_with("first", "second")
    first.wish(1, stop=95.0)
    settle(floor)
    second.wish(-1, stop=105.0)
    settle(floor)
    assert floor.account.held(PERP) == Decimal(5)  # two strategies work with half of the capital each
    assert denials(floor) == [f"{PERP} is in the hands of first; one strategy a symbol at a time"]
    first.wish(0)
    settle(floor)
    second.wish(-1, stop=105.0)
    settle(floor)
    assert floor.account.held(PERP) < 0
    assert floor.account.ledger.positions[PERP].strategy == "second"


def test_an_exit_never_opens_the_other_side() -> None:
    """The operator closed by hand what a strategy still believes to hold: its exit sends nothing."""
    floor, (one,) = floor_with("one")
    one.wish(1, stop=95.0)
    settle(floor)
    floor.do("sell", PERP, "10")
    one.wish(0)
    settle(floor)
    assert floor.account.held(PERP) == 0
    assert not floor.account.open_orders


def test_by_hand_a_position_of_a_strategy_may_be_closed_and_not_turned() -> None:
    """More than it holds is refused with the figures."""
    floor, (one,) = floor_with("one")
    one.wish(1, stop=95.0)
    settle(floor)
    assert "one holds 10" in floor.do("sell", PERP, "10.001")
    floor.do("sell", PERP, "4")
    assert floor.account.held_by("one", PERP) == Decimal(6)


@pytest.mark.parametrize("direction", [1, -1])
def test_a_stop_on_the_winning_side_is_no_stop(direction: int) -> None:
    """It would end the trade at once, at a profit that is not there."""
    floor, (one,) = floor_with("one")
    one.wish(direction, stop=100.0 + direction)
    settle(floor)
    assert floor.account.held(PERP) == 0
    assert floor.kernel.orders.counts["denied"] == 1


def test_the_crumb_of_a_fee_in_coin_is_no_position() -> None:
    """After an exit a thousandth of a lot is left; the strategy may enter again."""
    floor, (one,) = floor_with("one")
    for direction in (1, 0, 1):
        one.wish(direction, SPOT)
        settle(floor)
    assert floor.account.closable(SPOT) > 0
    assert floor.kernel.orders.counts["denied"] == 0
    assert not [told for told in floor.told if isinstance(told, events.ErrorOccurred)]
