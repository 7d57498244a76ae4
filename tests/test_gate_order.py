"""Of several refusals that apply, the one that stands first in the table is the answer."""

from collections.abc import Callable
from decimal import Decimal
from typing import Any

from engine import events
from risk.denials import CODES
from tests.denial_cases import BARE, ETH, SOL, Stage

D = Decimal
# So tight that the order below passes none of them.
TIGHT: dict[str, Decimal] = {
    "max_risk_per_trade": D("0.00001"),
    "max_position_size": D(1),
    "max_strategy_exposure": D("0.00001"),
    "max_concentration": D("0.00001"),
    "max_leverage": D("0.00001"),
    "daily_drawdown_limit": D("0.00001"),
    "orders_per_minute": D(1),
    "price_collar": D("0.01"),
    "duplicate_s": D(60),
    "fat_finger": D("0.001"),
    "max_data_age_s": D(10),
    "max_open_orders": D(1),
    "liquidation_distance": D(100),
    "carry_days": D(14),
}
LOOSE: dict[str, Decimal] = {name: value for name, value in BARE.items() if value is not None} | {"max_leverage": D(3)}
# The order as it should have been, and what is wrong with it, besides all limits.
RIGHT: dict[str, Any] = {"quantity": "2", "price": "105", "stop": "95", "target": "110", "carry": "0.000001"}
WRONG: dict[str, Any] = {"quantity": "2.0005", "stop": "0.1", "target": "110.3"}


class Tangle(Stage):
    """Everything is wrong at once; one thing after the other is put right."""

    def __init__(self) -> None:
        super().__init__(strategies=2)
        self.limits = dict(TIGHT)
        self.words = {**RIGHT, **WRONG}
        self.hold(1, "1", ETH)
        for _ in range(5):  # of five entries the gate knows what is usual
            self.place(RIGHT)
        self.settle()
        self.hold(-1, "10", SOL)
        self.order(-1, "1", SOL, by=1, type="limit", price="150")
        self.order(1, "1", ETH, type="limit", price="90")
        self.settle()
        self.kernel.close_gate("the test says so")
        self.account.leverage = D("0.0001")
        self.change(SOL, max_quantity=D(1), min_notional=D(1_000_000))
        self.pass_time(11)
        self.forget_price(ETH)
        self.forget_price(SOL)
        self.gate.configure(self.limits)
        assert self.denied == []

    def place(self, words: dict[str, Any]) -> None:
        """The order, as it stands."""
        others = {name: value for name, value in words.items() if name != "quantity"}
        self.order(1, words["quantity"], SOL, type="limit", **others)

    def tell(self, symbol: str) -> None:
        """Somebody trades, in this very moment."""
        self.trade(100.0, symbol, after_ns=0)

    def remember(self, symbol: str) -> None:
        """The price is known again, as old as it was, and with a book that cannot be."""
        market = self.kernel.markets[symbol]
        market.last, market.bid, market.ask = 100.0, 101.0, 100.0

    def drop(self, strategy: str) -> None:
        """The venue takes its order away, in this very moment."""
        order = next(order for order in self.account.open_orders.values() if order.strategy == strategy)
        self.kernel.bus.publish(events.OrderCancelled(self.timeline.now_ns, order.id, SOL, "CancelledByExchange"))

    def lend(self, leverage: str) -> None:
        """The venue's leverage."""
        self.account.leverage = D(leverage)

    def loosen(self, name: str) -> None:
        """Let go of a limit."""
        del self.limits[name]
        if name in LOOSE:
            self.limits[name] = LOOSE[name]
        self.gate.configure(self.limits)


MENDS: dict[str, Callable[[Tangle], object]] = {
    "HeldByAnother": lambda tangle: tangle.drop("carry"),
    "EntriesClosed": lambda tangle: tangle.ask("resume"),
    "NoPrice": lambda tangle: tangle.remember(SOL),
    "OffLot": lambda tangle: tangle.words.update(quantity="2"),
    "AboveMaximumQuantity": lambda tangle: tangle.change(SOL, max_quantity=D(1_000)),
    "PriceOutOfRange": lambda tangle: tangle.words.update(stop="100"),
    "OffTick": lambda tangle: tangle.words.update(target="105"),
    "BelowMinimumNotional": lambda tangle: tangle.change(SOL, min_notional=D(5)),
    "StopOnWrongSide": lambda tangle: tangle.words.update(stop="95"),
    "TargetOnWrongSide": lambda tangle: tangle.words.update(target="110"),
    "StaleData": lambda tangle: tangle.tell(SOL),
    "CrossedBook": lambda tangle: tangle.quote(99.5, 100.0),
    "UnknownEquity": lambda tangle: tangle.tell(ETH),
    "RiskTooLarge": lambda tangle: tangle.loosen("max_risk_per_trade"),
    "PositionTooLarge": lambda tangle: tangle.loosen("max_position_size"),
    "StrategyTooLarge": lambda tangle: tangle.loosen("max_strategy_exposure"),
    "LeaseUsedUp": lambda tangle: tangle.gate.seat((), tangle.account, tangle.timeline.now_ns),
    "TooConcentrated": lambda tangle: tangle.loosen("max_concentration"),
    "LeverageTooHigh": lambda tangle: tangle.loosen("max_leverage"),
    "DailyDrawdownLimit": lambda tangle: tangle.loosen("daily_drawdown_limit"),
    "OrderRateTooHigh": lambda tangle: tangle.loosen("orders_per_minute"),
    "PriceCollar": lambda tangle: tangle.loosen("price_collar"),
    "Duplicate": lambda tangle: tangle.loosen("duplicate_s"),
    "FatFinger": lambda tangle: tangle.loosen("fat_finger"),
    "NotEnoughMargin": lambda tangle: tangle.lend("10"),
    "LiquidationTooClose": lambda tangle: tangle.loosen("liquidation_distance"),
    "TooManyOrders": lambda tangle: tangle.loosen("max_open_orders"),
    "CarryTooThin": lambda tangle: tangle.loosen("carry_days"),
}
# Of others that exclude one of these, or that a wish meets before it is an order.
ELSEWHERE = {
    "NothingToReduce",
    "NotReduceOnly",
    "BelowMinimumQuantity",
    "NotEnoughCoins",
    "NotEnoughCash",
    "NoStop",
    "TooSmall",
}


def test_the_first_that_applies_is_the_answer() -> None:
    """An order with which everything is wrong hears of one thing after the other, in the order of the table."""
    tangle = Tangle()
    tangle.passed.clear()
    for code in CODES:
        if code in ELSEWHERE:
            continue
        tangle.place(tangle.words)
        assert tangle.denied[-1].code == code
        MENDS[code](tangle)
    refusals = len(tangle.denied)
    tangle.place(tangle.words)
    assert len(tangle.denied) == refusals == len(MENDS)
    assert [passed.quantity for passed in tangle.passed] == [D(2)]


def test_nothing_of_the_table_is_left_out() -> None:
    """Each code has its place in this test, or a reason to have none."""
    assert set(MENDS) | ELSEWHERE == set(CODES)
    assert not set(MENDS) & ELSEWHERE
