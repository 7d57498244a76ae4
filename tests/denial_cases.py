"""For each refusal of the gate: a stage, the order that just passes, the one that does not, and what would pass."""

from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Any, NamedTuple

import msgspec

from engine import events
from engine.gate import OrderRequest
from engine.strategy import Strategy
from risk.gate import Gate
from risk.limits import Limits
from tests.trading_floor import Floor

SOL, SOL_COIN, ETH = "SOL/USDT:USDT", "SOL/USDT", "ETH/USDT:USDT"
SYMBOLS = (SOL, SOL_COIN, ETH)
NAMES = ("impulse", "carry")
_FIGURES = ("price", "trigger_price", "stop", "target", "carry")
# No limit but the leverage, and losses that nothing here comes near: each case adds its own.
BARE: Mapping[str, Any] = {
    **dict.fromkeys(
        (
            "orders_per_minute",
            "price_collar",
            "fat_finger",
            "duplicate_s",
            "max_open_orders",
            "max_data_age_s",
            "liquidation_distance",
            "carry_days",
            "volatility_target",
        )
    ),
    "max_risk_per_trade": Decimal(1),
    "daily_drawdown_limit": Decimal("0.9"),
    "kelly_fraction": Decimal(0),
}


class Stage(Floor):
    """A floor with the gate and strategies that say what they are told to; every price is 100."""

    gate_kind: type[Gate] = Gate

    def __init__(self, *, capital: str = "10000", strategies: int = 1, **limits: Any) -> None:
        self.gate = self.gate_kind(Limits(**{**BARE, **limits}))
        super().__init__(SYMBOLS, gate=self.gate, capital=capital)
        self.strategies = [Strategy(name, SYMBOLS, {}) for name in NAMES[:strategies]]
        self.denied: list[events.OrderDenied] = []
        self.passed: list[events.OrderApproved] = []
        self.kernel.bus.subscribe(events.OrderDenied, self.denied.append)
        self.kernel.bus.subscribe(events.OrderApproved, self.passed.append)
        for strategy in self.strategies:
            self.kernel.strategies.add(strategy)
        self.kernel.start()

    def order(self, side: int, quantity: str | Decimal, symbol: str = SOL, *, by: int = 0, **words: Any) -> None:
        """A strategy's own order; figures may be texts."""
        words = {name: Decimal(word) if name in _FIGURES else word for name, word in words.items()}
        self.strategies[by].desk.order(OrderRequest(symbol=symbol, side=side, quantity=Decimal(quantity), **words))

    def wish(self, direction: int, **words: Any) -> None:
        """A strategy's signal."""
        self.strategies[0].desk.signal(SOL, direction, 1.0, "the test says so", **words)

    def hold(self, side: int, quantity: str, symbol: str = SOL, *, by: int = 0) -> None:
        """An order that is filled."""
        self.order(side, quantity, symbol, by=by)
        self.settle()

    def settle(self) -> None:
        """Let the market trade on at its prices until all orders are answered."""
        for _ in range(2):
            for name, market in self.kernel.markets.items():
                if market.last is not None:
                    self.trade(market.last, name)

    def quote(self, bid: float, ask: float) -> None:
        """The best of the book."""
        now = self.timeline.now_ns
        self.kernel.bus.publish(events.Quote(now, SOL, bid, ask, 1.0, 1.0))

    def forget_price(self, symbol: str) -> None:
        """As at a start, before the first trade."""
        self.kernel.markets[symbol].last = None

    def change(self, symbol: str, **filters: Decimal) -> None:
        """The exchange has other filters."""
        market = self.kernel.markets[symbol]
        market.instrument = msgspec.structs.replace(market.instrument, **filters)


Act = Callable[[Stage], object]


class Case(NamedTuple):
    """One refusal: what came before, what passes by a hair, what does not, and what it says would."""

    code: str
    within: Act
    beyond: Act
    cure: Callable[[Stage, dict[str, Decimal]], Stage | None]
    before: Act = Stage.settle
    words: Mapping[str, Any] = {}  # of the stage
    is_sized: bool = False  # a smaller order would not meet it, or a larger one
    shown: Act | None = None  # what the documents show, where a hair is too little to be seen

    def stage(self, kind: type[Stage] = Stage) -> Stage:
        """A fresh one, with what came before."""
        stage = kind(**self.words)
        self.before(stage)
        stage.denied.clear()
        stage.passed.clear()
        return stage


def sized(code: str, within: str, beyond: str, *, before: Act = Stage.settle, **words: Any) -> Case:
    """A refusal that a smaller order would not meet; `order` are the words that both have in common."""
    order, shown = words.pop("order", {}), words.pop("shown", beyond)
    return Case(
        code,
        lambda stage: stage.order(1, within, **order),
        lambda stage: stage.order(1, beyond, **order),
        lambda stage, numbers: stage.order(1, numbers["fits"], **order),
        before,
        words,
        is_sized=True,
        shown=lambda stage: stage.order(1, shown, **order),
    )


def priced(code: str, side: int, quantity: str, within: str, beyond: str, number: str, **words: Any) -> Case:
    """A refusal that another limit price would not meet."""

    def limit(stage: Stage, price: str | Decimal) -> None:
        stage.order(side, quantity, type="limit", price=price)

    return Case(
        code,
        lambda stage: limit(stage, within),
        lambda stage: limit(stage, beyond),
        lambda stage, numbers: limit(stage, numbers[number]),
        words=words,
    )


def later(stage: Stage, seconds: float, quantity: str = "1", **words: Any) -> None:
    """An order after a while."""
    stage.pass_time(seconds)
    stage.order(1, quantity, **words)


def rest(stage: Stage, *prices: str) -> None:
    """Limits that wait."""
    for price in prices:
        stage.order(1, "1", type="limit", price=price)
    stage.settle()


def cancel_one(stage: Stage) -> None:
    """Make room for an order."""
    stage.do("cancel", order_id=next(iter(stage.account.open_orders)))


def then(*acts: Callable[[], object]) -> None:
    """One after the other."""
    for act in acts:
        act()


def _small(stop: float, capital: str = "100") -> Stage:
    stage = Stage(capital=capital)
    stage.wish(1, stop=stop)
    return stage


CASES = (
    Case(
        "HeldByAnother",
        lambda stage: stage.order(1, "1", by=0),
        lambda stage: stage.order(1, "1", by=1),
        lambda stage, _: then(lambda: stage.hold(-1, "2", by=0), lambda: stage.order(1, "1", by=1)),
        before=lambda stage: stage.hold(1, "2"),
        words={"strategies": 2},
    ),
    Case(
        "EntriesClosed",
        lambda stage: stage.order(-1, "2"),
        lambda stage: stage.order(1, "1"),
        lambda stage, _: then(lambda: stage.do("resume"), lambda: stage.order(1, "1")),
        before=lambda stage: then(lambda: stage.hold(1, "2"), lambda: stage.do("pause")),
    ),
    Case(
        "NothingToReduce",
        lambda stage: stage.order(-1, "1.998", SOL_COIN, reduce_only=True),
        lambda stage: stage.order(-1, "1.999", SOL_COIN, reduce_only=True),
        lambda stage, _: stage.order(-1, stage.account.closable(SOL_COIN), SOL_COIN, reduce_only=True),
        before=lambda stage: stage.hold(1, "2", SOL_COIN),  # the fee is taken in the coin
    ),
    Case(
        "NoPrice",
        lambda stage: stage.order(1, "1"),
        lambda stage: stage.order(1, "1", ETH),
        lambda stage, _: then(lambda: stage.trade(100.0, ETH), lambda: stage.order(1, "1", ETH)),
        before=lambda stage: stage.forget_price(ETH),
    ),
    sized("OffLot", "1.001", "1.0015"),
    sized("BelowMinimumQuantity", "0.1", "0.099", before=lambda stage: stage.change(SOL, min_quantity=Decimal("0.1"))),
    sized("AboveMaximumQuantity", "500", "500.001", shown="600", capital="100000"),
    priced("PriceOutOfRange", -1, "0.001", "10000000", "10000000.5", "fits"),
    priced("OffTick", 1, "1", "99.5", "99.6", "fits"),
    sized("BelowMinimumNotional", "0.05", "0.049"),
    Case(
        "StopOnWrongSide",
        lambda stage: stage.order(-1, "1", stop="100.5"),
        lambda stage: stage.order(-1, "1", stop="100"),
        lambda stage, numbers: stage.order(-1, "1", stop=numbers["price"] + Decimal("0.5")),
        shown=lambda stage: stage.order(-1, "1", stop="95"),
    ),
    Case(
        "TargetOnWrongSide",
        lambda stage: stage.order(-1, "1", target="99.5"),
        lambda stage: stage.order(-1, "1", target="100"),
        lambda stage, numbers: stage.order(-1, "1", target=numbers["price"] - Decimal("0.5")),
        shown=lambda stage: stage.order(-1, "1", target="105"),
    ),
    Case(
        "NotEnoughCoins",
        lambda stage: stage.order(-1, "1.998", SOL_COIN, type="limit", price="110"),
        lambda stage: stage.order(-1, "1.999", SOL_COIN, type="limit", price="110"),
        lambda stage, numbers: stage.order(-1, numbers["fits"], SOL_COIN, type="limit", price="110"),
        before=lambda stage: stage.hold(1, "2", SOL_COIN),  # the fee is taken in the coin
        is_sized=True,
        shown=lambda stage: stage.order(-1, "3", SOL_COIN, type="limit", price="110"),
    ),
    Case(
        "StaleData",
        lambda stage: later(stage, 30),
        lambda stage: later(stage, 30.04),
        lambda stage, _: then(lambda: stage.trade(100.0, SOL), lambda: stage.order(1, "1")),
        before=lambda stage: stage.trade(100.0, SOL),
        words={"max_data_age_s": Decimal(30)},
        shown=lambda stage: later(stage, 45),
    ),
    Case(
        "CrossedBook",
        lambda stage: then(lambda: stage.quote(99.5, 100.0), lambda: stage.order(1, "1")),
        lambda stage: then(lambda: stage.quote(100.5, 100.0), lambda: stage.order(1, "1")),
        lambda stage, numbers: then(
            lambda: stage.quote(float(numbers["ask"]) - 0.5, 100.0), lambda: stage.order(1, "1")
        ),
    ),
    Case(
        "UnknownEquity",
        lambda stage: stage.order(1, "1"),
        lambda stage: then(lambda: stage.forget_price(ETH), lambda: stage.order(1, "1")),
        lambda stage, _: then(lambda: stage.trade(100.0, ETH, after_ns=0), lambda: stage.order(1, "1")),
        before=lambda stage: stage.hold(1, "2", ETH),
    ),
    # A Strategist's trade risks 1 % of 10,000 at most: 20 contracts with a stop 5 away.
    sized("RiskTooLarge", "20", "20.001", shown="30", order={"stop": "95"}, max_risk_per_trade=None),
    sized("PositionTooLarge", "10", "10.001", shown="12", max_position_size=Decimal(1_000)),
    # 9,998 are left after the fee of 20 ETH; half of that, less the 2,000 in ETH.
    sized(
        "StrategyTooLarge",
        "29.99",
        "29.991",
        shown="40",
        before=lambda stage: stage.hold(1, "20", ETH),
        max_strategy_exposure=Decimal("0.5"),
    ),
    sized("LeaseUsedUp", "150", "150.001", shown="200", strategies=2),
    # 49.95 coins are left after their fee, and 9,995 of equity.
    sized(
        "TooConcentrated",
        "50",
        "50.001",
        shown="60",
        before=lambda stage: stage.hold(1, "50", SOL_COIN),
        max_concentration=1,
    ),
    sized("LeverageTooHigh", "300", "300.001", shown="350"),
    # The day may lose 500; a stop 5 away would lose that with 100.
    sized(
        "DailyDrawdownLimit", "99.999", "100", shown="150", order={"stop": "95"}, daily_drawdown_limit=Decimal("0.05")
    ),
    Case(
        "OrderRateTooHigh",
        lambda stage: later(stage, 50, "3"),
        lambda stage: later(stage, 49.92, "3"),
        lambda stage, numbers: later(stage, float(numbers["wait_s"]), "3"),
        before=lambda stage: then(lambda: stage.order(1, "1"), lambda: later(stage, 10, "2")),
        words={"orders_per_minute": Decimal(2)},
        shown=lambda stage: later(stage, 20, "3"),
    ),
    priced("PriceCollar", 1, "1", "105", "105.5", "bound", price_collar=Decimal("0.05")),
    Case(
        "Duplicate",
        lambda stage: later(stage, 1),
        lambda stage: later(stage, 0.999),
        lambda stage, numbers: later(stage, float(numbers["window_s"])),
        before=lambda stage: then(lambda: stage.order(1, "1"), lambda: stage.order(1, "2")),
        words={"duplicate_s": Decimal(1)},
    ),
    sized(
        "FatFinger",
        "20",
        "20.001",
        shown="30",
        before=lambda stage: then(*[lambda: stage.hold(1, "1")] * 5),
        fat_finger=Decimal(20),
    ),
    # 9,990 for the coins and 9.99 for the fee.
    sized("NotEnoughCash", "99.9", "99.901", shown="120", order={"symbol": SOL_COIN}),
    # Ten times what is left of 2,000 after a fee of 0.1 each: 20,000 / 101.
    sized("NotEnoughMargin", "198.019", "198.02", shown="199", capital="2000", max_leverage=Decimal(10)),
    # 10 % and the 1 % that has to be kept: 2,000 / (11 + 0.1).
    sized(
        "LiquidationTooClose",
        "180.18",
        "180.181",
        shown="195",
        capital="2000",
        max_leverage=Decimal(10),
        liquidation_distance=Decimal("0.1"),
    ),
    Case(
        "TooManyOrders",
        lambda stage: then(lambda: cancel_one(stage), lambda: stage.order(1, "1")),
        lambda stage: stage.order(1, "1"),
        lambda stage, _: then(lambda: cancel_one(stage), lambda: stage.order(1, "1")),
        before=lambda stage: rest(stage, "90", "91"),
        words={"max_open_orders": Decimal(2)},
    ),
    # In and out cost 0.2 %; earned within 14 days that is 0.0142857 % a day.
    Case(
        "CarryTooThin",
        lambda stage: stage.order(1, "1", carry="0.000143"),
        lambda stage: stage.order(1, "1", carry="0.000142"),
        lambda stage, numbers: stage.order(1, "1", carry=numbers["least"]),
        words={"carry_days": Decimal(14)},
        shown=lambda stage: stage.order(1, "1", carry="0.00005"),
    ),
    Case(
        "NoStop",
        lambda stage: stage.wish(1, stop=95.0),
        lambda stage: stage.wish(1),
        lambda stage, numbers: stage.wish(1, stop=float(numbers["price"]) - 0.5),
        words={"default_stop": None},
    ),
    # Half a per cent of 100 over a stop 10 away is 0.05, which is worth the 5 that the exchange asks for.
    Case(
        "TooSmall",
        lambda stage: stage.wish(1, stop=90.0),
        lambda stage: stage.wish(1, stop=89.5),
        lambda _, numbers: _small(89.5, str(numbers["account"])),
        words={"capital": "100"},
        shown=lambda stage: stage.wish(1, stop=80.0),
    ),
)
