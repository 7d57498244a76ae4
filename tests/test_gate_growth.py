"""What an order would make of an account with many things in it: every figure of a refusal, summed up by hand."""

from decimal import Decimal
from typing import Any

import pytest

from engine.commands import OrderType
from engine.gate import Denial, OrderRequest
from engine.strategy import Strategy
from risk.checks import unpriced
from risk.gate import Gate
from risk.limits import Limits
from tests.denial_cases import BARE
from tests.trading_floor import Floor

D = Decimal
SOL, SOL_USDC, SOL_COIN = "SOL/USDT:USDT", "SOL/USDC:USDC", "SOL/USDT"
ETH, ETH_COIN = "ETH/USDT:USDT", "ETH/USDT"
SYMBOLS = (SOL, SOL_USDC, SOL_COIN, ETH, ETH_COIN)
TINY = D("0.000001")


class Full(Floor):
    """Ten thousand, every price 100, and orders of one strategy that are on their way: no time passes by itself."""

    def __init__(self, capital: str = "10000") -> None:
        self.gate = Gate(Limits(**{**BARE, "max_leverage": D(10)}))
        super().__init__(SYMBOLS, gate=self.gate, capital=capital)
        self.strategy = Strategy("impulse", SYMBOLS, {})
        self.kernel.strategies.add(self.strategy)
        self.kernel.start()

    def order(self, side: int, quantity: str, symbol: str, limit: str | None = None, **words: Any) -> None:
        """It leaves, and is not there yet."""
        before = len(self.account.open_orders)
        if limit is not None:
            words |= {"type": "limit", "price": D(limit)}
        self.strategy.desk.order(OrderRequest(symbol=symbol, side=side, quantity=D(quantity), **words))
        assert len(self.account.open_orders) == before + 1

    def hold(self, side: int, quantity: str, symbol: str) -> None:
        """It is filled at 100."""
        self.order(side, quantity, symbol)
        for _ in range(2):
            for name in SYMBOLS:
                self.trade(100.0, name)
        assert self.account.held(symbol) != 0

    def refused(self, side: int = 1, quantity: str = "1", *, limit: str | None = None, **limits: Any) -> Denial:
        """What is said of an order of the same strategy, under other limits."""
        self.gate.configure({**{name: value for name, value in BARE.items() if value is not None}, **limits})
        words: dict[str, Any] = {"stop": D(limit or 100) - 5 * side}
        if limit is not None:
            words |= {"type": OrderType.LIMIT, "price": D(limit)}
        request = OrderRequest(symbol=SOL, side=side, quantity=D(quantity), strategy="impulse", **words)
        denial = self.gate.check(request, self.account, self.timeline.now_ns)
        assert denial is not None
        return denial


def number(denial: Denial, code: str, name: str) -> Decimal:
    """Of a refusal that has to be this one."""
    assert denial.code == code
    return dict(denial.numbers)[name]


def crowd(floor: Full) -> None:
    """Something of everything: held long and short, on its way on both sides, below and above the mark."""
    floor.hold(1, "3", SOL_COIN)  # 2.997 after the fee in coin
    floor.hold(-1, "2", SOL_USDC)
    floor.hold(1, "5", ETH)
    floor.order(1, "1", SOL_COIN, "90")
    floor.order(1, "4", ETH, "90")
    floor.order(-1, "3", SOL_USDC, "95")  # below the mark: it is filled at the mark
    floor.order(-1, "1", SOL_USDC, "110")
    floor.order(1, "1", SOL, "90")


def test_a_coin_is_summed_over_all_its_symbols() -> None:
    """299.7 in coins and 90 on their way; 200 short, 300 and 110 on their way; 1 that waits and 1 that is asked for."""
    floor = Full()
    crowd(floor)
    denial = floor.refused(max_leverage=D(10), max_concentration=TINY)
    assert number(denial, "TooConcentrated", "after") == D("299.7") + 90 + 200 + 300 + 110 + 200


def test_a_strategy_is_summed_over_all_symbols() -> None:
    """The same, and 500 in ETH with 360 on their way."""
    floor = Full()
    crowd(floor)
    denial = floor.refused(max_leverage=D(10), max_strategy_exposure=TINY)
    assert number(denial, "StrategyTooLarge", "after") == D("299.7") + 90 + 200 + 300 + 110 + 200 + 500 + 360


def test_an_order_at_the_market_on_its_way_is_worth_the_mark() -> None:
    """Three in ETH, and two bought beyond the mark, which are worth what they may cost."""
    floor = Full()
    floor.order(1, "3", ETH)
    floor.order(1, "2", ETH, "105")
    denial = floor.refused(max_leverage=D(10), max_strategy_exposure=TINY)
    assert number(denial, "StrategyTooLarge", "after") == 300 + 210 + 100


def test_what_only_reduces_on_its_way_adds_nothing() -> None:
    """A sale of what is held, in this coin's other symbol: the position counts, its way out does not."""
    floor = Full()
    floor.hold(1, "3", SOL_USDC)
    floor.hold(1, "5", ETH)
    floor.order(-1, "2", SOL_USDC, "95", reduce_only=True)
    floor.order(-1, "5", ETH, "95", reduce_only=True)
    assert number(floor.refused(max_leverage=D(10), max_concentration=TINY), "TooConcentrated", "after") == 300 + 100
    denial = floor.refused(max_leverage=D(10), max_strategy_exposure=TINY)
    assert number(denial, "StrategyTooLarge", "after") == 300 + 500 + 100
    assert number(floor.refused(max_leverage=TINY), "LeverageTooHigh", "exposure") == 300 + 500 + 100


@pytest.mark.parametrize(
    ("orders", "exposure"),
    [
        ([(-1, "2", ETH, "95"), (-1, "3", SOL_USDC, "98")], 200 + 300),
        ([(-1, "3", SOL_USDC, "98"), (-1, "2", ETH, "95")], 200 + 300),
        ([(-1, "2", ETH, "110"), (-1, "3", SOL_USDC, "98")], 220 + 300),
        ([(-1, "2", ETH, "100"), (1, "3", SOL_USDC, "90")], 200 + 270),
        ([(1, "2", ETH, "95"), (-1, "3", SOL_USDC, None)], 190 + 300),
    ],
)
def test_sales_below_the_mark_in_other_symbols_count_at_the_mark(
    orders: list[tuple[int, str, str, str | None]], exposure: int
) -> None:
    """Whatever price they name; purchases count at theirs."""
    floor = Full()
    for side, quantity, symbol, limit in orders:
        floor.order(side, quantity, symbol, limit)
    assert number(floor.refused(max_leverage=TINY), "LeverageTooHigh", "exposure") == exposure + 100


def test_another_strategy_does_not_count() -> None:
    """Of its own 500 in ETH and 270 on their way there, and this symbol once; nothing of what the other holds."""
    floor = Full()
    other = Strategy("carry", SYMBOLS, {})
    floor.kernel.strategies.add(other)
    floor.hold(1, "5", ETH)
    floor.hold(1, "2", SOL)
    other.desk.order(OrderRequest(symbol=SOL_USDC, side=1, quantity=D(7)))
    floor.trade(100.0, SOL_USDC)
    floor.trade(100.0, SOL_USDC)
    assert floor.account.held(SOL_USDC) == 7
    other.desk.order(OrderRequest(symbol=SOL_USDC, side=1, quantity=D(1)))
    floor.order(1, "3", ETH, "90")
    floor.order(1, "4", SOL, "90")
    denial = floor.refused(max_leverage=D(10), max_strategy_exposure=TINY)
    assert number(denial, "StrategyTooLarge", "after") == 500 + 270 + 200 + 400 + 100
    assert len(floor.account.open_orders) == 3


def test_several_symbols_of_one_strategy_are_all_counted() -> None:
    """Long and short, whichever was there first."""
    floor = Full()
    floor.hold(1, "5", ETH)
    floor.hold(-1, "7", SOL_USDC)
    denial = floor.refused(max_leverage=D(10), max_strategy_exposure=TINY)
    assert number(denial, "StrategyTooLarge", "after") == 500 + 700 + 100


# --- the position with what waits and what is on its way


@pytest.mark.parametrize(
    ("held", "orders", "side", "quantity", "limit", "after"),
    [
        (0, [], 1, "10", None, 1_000),
        (4, [], 1, "10", None, 1_400),
        (-4, [], -1, "10", None, 1_400),
        (4, [(1, "2", "90"), (1, "3", None)], 1, "10", None, 1_900),
        (4, [(1, "2", "90"), (1, "1", "80"), (1, "3", None), (1, "1", None)], 1, "10", None, 2_100),
        (4, [(1, "1", None), (1, "2", None)], 1, "10", "90", 1_700),  # it may be filled at the mark
        # What closes adds nothing, and what is on its way at the market closes first.
        (10, [], -1, "25", None, 1_500),
        (-10, [], 1, "25", None, 1_500),
        (10, [(-1, "4", None)], -1, "25", None, 1_900),
        (10, [(-1, "4", None), (-1, "3", None)], -1, "25", None, 2_200),
        (10, [(-1, "12", None)], -1, "25", None, 2_700),
        (10, [(-1, "8", None)], -1, "5", None, 300),
        (10, [(-1, "2", "110")], -1, "25", None, 1_700),
        (0, [(-1, "2", "95")], -1, "10", None, 1_200),  # below the mark, and counted at the mark once
        (10, [(1, "2", "90"), (1, "3", None)], -1, "25", None, 1_500),  # purchases do not count with sales
        # What may rest is not set off: something else may have closed the position when it fills.
        (10, [], -1, "25", "100", 2_500),
        (10, [], -1, "25", "110", 2_750),
        (10, [(-1, "2", "110"), (-1, "3", None)], -1, "25", "100", 3_000),
    ],
)
def test_the_position_that_it_could_become(
    held: int, orders: list[tuple[int, str, str | None]], side: int, quantity: str, limit: str | None, after: int
) -> None:
    """All orders of the same side together, at what one of them may be worth."""
    floor = Full()
    if held:
        floor.hold(1 if held > 0 else -1, str(abs(held)), SOL)
    floor.order(side, "6", ETH, "100")  # another symbol's
    for way, much, price in orders:
        floor.order(way, much, SOL, price)
    denial = floor.refused(side, quantity, limit=limit, max_leverage=D(10), max_position_size=TINY)
    assert number(denial, "PositionTooLarge", "after") == after
    whole = floor.refused(side, quantity, limit=limit, max_leverage=TINY)
    assert number(whole, "LeverageTooHigh", "exposure") == after + 600


@pytest.mark.parametrize(("held", "risk"), [(0, "125"), (10, "75"), (-10, "125"), (24, "5")])
def test_only_what_is_opened_can_be_lost_at_the_stop(held: int, risk: str) -> None:
    """A sale of 25 with a stop 5 away, and what of it closes a long."""
    floor = Full()
    if held:
        floor.hold(1 if held > 0 else -1, str(abs(held)), SOL)
    denial = floor.refused(-1, "25", max_leverage=D(10), max_risk_per_trade=TINY)
    assert number(denial, "RiskTooLarge", "risk") == D(risk)


# --- what would pass


@pytest.mark.parametrize(("limit", "fits"), [("5", "0.05"), ("4.99", "0"), ("700.09", "7")])
def test_what_the_exchange_would_not_take_is_no_way_out(limit: str, fits: str) -> None:
    """Five dollars are its smallest order: what fits is that or nothing, rounded down to the lot."""
    denial = Full().refused(1, "10", max_leverage=D(10), max_position_size=D(limit))
    assert number(denial, "PositionTooLarge", "fits") == D(fits)
    assert denial.passes == ("what reduces would pass, nothing that adds" if fits == "0" else f"{fits} would pass")


def test_what_closes_would_pass_where_nothing_more_does() -> None:
    """Long 10, with 3 for sale already: 7 close the rest, whatever else the account has too much of."""
    floor = Full()
    floor.hold(1, "50", ETH)
    floor.hold(1, "10", SOL)
    floor.order(-1, "3", SOL, "110")
    denial = floor.refused(-1, "110", max_leverage=D("0.1"))
    assert number(denial, "LeverageTooHigh", "fits") == 7
    assert number(denial, "LeverageTooHigh", "exposure") == 5_000 + 10_000 + 300


def test_what_closes_all_may_meet_a_limit_exactly() -> None:
    """Long 10, with 3 for sale already at 100: after a sale of 10 those 3 open a position worth 300, as is allowed."""
    floor = Full()
    floor.hold(1, "10", SOL)
    floor.order(-1, "3", SOL, "100")
    denial = floor.refused(-1, "110", max_leverage=D(10), max_position_size=D(300))
    assert number(denial, "PositionTooLarge", "fits") == 10


# --- margin beside coins


def test_no_contract_is_paid_with_coins() -> None:
    """Two are held, and more of both is on its way: what is in them is not there, and not counted against it either."""
    floor = Full()
    floor.hold(1, "30", SOL_COIN)
    floor.hold(1, "20", ETH_COIN)
    floor.order(1, "1", SOL_COIN, "90")
    floor.order(1, "2", ETH_COIN)
    floor.order(-1, "3", SOL_COIN, "110")
    floor.order(1, "4", ETH, "90")
    equity = floor.account.equity()
    in_coins = D("29.97") * 100 + D("19.98") * 100 + 90 + 200
    denial = floor.refused(1, "500", max_leverage=D(100))
    fees = D("0.001") * (90 + 200 + 330 + 360)  # of what is on its way
    assert number(denial, "NotEnoughMargin", "there") == equity - in_coins - fees
    assert number(denial, "NotEnoughMargin", "needed") == (50_000 + 360) / D(10) + 50


def test_a_stop_beneath_coins_is_no_order_for_more_of_them() -> None:
    """Its sale rests, and still the coins are there once."""
    floor = Full("5000")
    floor.hold(1, "30", SOL_COIN)
    floor.do("protect", SOL_COIN, stop=50)
    assert len(floor.account.open_orders) == 1
    denial = floor.refused(1, "300", max_leverage=D(100))
    assert number(denial, "NotEnoughMargin", "there") == floor.account.equity() - D("29.97") * 100
    assert number(denial, "NotEnoughMargin", "needed") == 30_000 / D(10) + 30


# --- what has no price


def test_who_has_no_price_is_named() -> None:
    """The first that is held, or else on its way; and nobody, where everybody has one."""
    floor = Full()
    assert unpriced(floor.account) == "something"
    floor.hold(1, "5", ETH)
    floor.order(1, "1", SOL_USDC)
    assert unpriced(floor.account) == "something"
    floor.kernel.markets[SOL_USDC].last = None
    assert unpriced(floor.account) == SOL_USDC
    floor.kernel.markets[ETH].last = None
    assert unpriced(floor.account) == ETH
