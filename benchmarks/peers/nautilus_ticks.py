"""nautilus_trader over the ticks: its backtest engine, a Python strategy, its own exponential averages.

Settings are its defaults (risk engine on, netting positions, level-1 book built from the trades), logging and
the closing analysis off. Its averages are registered with the engine, which measured faster than updating
them in the handler or writing them in Python. The variant `lean` also switches off the upkeep of contingent
orders, which the strategy does not use: by default every fill walks all orders the position ever had, so that
the cost grows with the square of their number.

Fill rule: the order reaches the venue within the same step and is filled at the price of the tick that
decided it.
"""

from __future__ import annotations

from decimal import Decimal

import numpy as np
from nautilus_trader import __version__
from nautilus_trader.backtest.engine import BacktestEngine, BacktestEngineConfig
from nautilus_trader.common.config import LoggingConfig
from nautilus_trader.indicators import ExponentialMovingAverage
from nautilus_trader.model.currencies import BTC, USDT
from nautilus_trader.model.data import TradeTick
from nautilus_trader.model.enums import AccountType, OmsType, OrderSide
from nautilus_trader.model.identifiers import InstrumentId, Symbol, Venue
from nautilus_trader.model.instruments import CryptoPerpetual
from nautilus_trader.model.objects import Money, Price, Quantity
from nautilus_trader.trading.config import StrategyConfig
from nautilus_trader.trading.strategy import Strategy

from benchmarks.dataset import LOTS_PER_UNIT
from benchmarks.peers.outcome import Case, Stopwatch, Trade, case_from_arguments, report
from benchmarks.peers.strategy import FLIP_LOTS, MAKER_FEE, POSITION_LOTS, STARTING_CASH, SYMBOL, TAKER_FEE

VENUE = Venue("SIM")
INSTRUMENT = InstrumentId(Symbol(SYMBOL), VENUE)
NS_PER_MS = 1_000_000


class Crossing(Strategy):  # type: ignore[misc]
    """The strategy in its terms."""

    def __init__(self, fast: int, slow: int) -> None:
        super().__init__(StrategyConfig(strategy_id="CROSSING-1"))
        self._fast = ExponentialMovingAverage(fast)
        self._slow = ExponentialMovingAverage(slow)
        self._target = 0
        self._first = Quantity(POSITION_LOTS / LOTS_PER_UNIT, 3)
        self._flip = Quantity(FLIP_LOTS / LOTS_PER_UNIT, 3)

    def on_start(self) -> None:
        self.register_indicator_for_trade_ticks(INSTRUMENT, self._fast)
        self.register_indicator_for_trade_ticks(INSTRUMENT, self._slow)
        self.subscribe_trade_ticks(INSTRUMENT)

    def on_trade_tick(self, _tick: TradeTick) -> None:
        if not self._slow.initialized:
            return
        target = 1 if self._fast.value > self._slow.value else -1
        if target != self._target:
            self._turn(target)

    def _turn(self, target: int) -> None:
        side = OrderSide.BUY if target > 0 else OrderSide.SELL
        quantity = self._flip if self._target else self._first
        self._target = target
        self.submit_order(self.order_factory.market(INSTRUMENT, side, quantity))


def instrument() -> CryptoPerpetual:
    """The perpetual, with margins low enough never to stand in the way."""
    return CryptoPerpetual(
        instrument_id=INSTRUMENT,
        raw_symbol=Symbol(SYMBOL),
        base_currency=BTC,
        quote_currency=USDT,
        settlement_currency=USDT,
        is_inverse=False,
        price_precision=1,
        size_precision=3,
        price_increment=Price.from_str("0.1"),
        size_increment=Quantity.from_str("0.001"),
        ts_event=0,
        ts_init=0,
        margin_init=Decimal("0.01"),
        margin_maint=Decimal("0.005"),
        maker_fee=Decimal(MAKER_FEE),
        taker_fee=Decimal(TAKER_FEE),
    )


def ticks(case: Case) -> list[TradeTick]:
    """The case's ticks as its objects."""
    data = case.ticks()
    ts_ns = (data.ts_ms * NS_PER_MS).astype(np.uint64)
    aggressor = np.where(data.side > 0, 1, 2).astype(np.uint8)
    ids = [str(row) for row in range(case.rows)]
    converted: list[TradeTick] = TradeTick.from_raw_arrays_to_list(
        INSTRUMENT, 1, 3, data.price, data.size, aggressor, ids, ts_ns, ts_ns
    )
    return converted


def prepared(case: Case) -> BacktestEngine:
    """An engine ready to run."""
    engine = BacktestEngine(BacktestEngineConfig(logging=LoggingConfig(bypass_logging=True), run_analysis=False))
    lean = {"support_contingent_orders": False} if case.variant == "lean" else {}
    engine.add_venue(
        VENUE,
        OmsType.NETTING,
        AccountType.MARGIN,
        starting_balances=[Money(STARTING_CASH, USDT)],
        base_currency=USDT,
        default_leverage=Decimal(1),
        **lean,
    )
    engine.add_instrument(instrument())
    engine.add_data(ticks(case))
    engine.add_strategy(Crossing(case.fast, case.slow))
    return engine


def main() -> None:
    """Measure the case on the command line; the trades are read from the engine's own orders."""
    case = case_from_arguments()
    engine = prepared(case)
    with Stopwatch() as taken:
        engine.run()
    orders = sorted(engine.cache.orders_closed(), key=lambda order: int(order.ts_init))
    rows = np.searchsorted(case.ticks().ts_ms * NS_PER_MS, [order.ts_init for order in orders])
    trades = [
        Trade(
            row=int(row),
            side=1 if order.side == OrderSide.BUY else -1,
            lots=round(float(order.filled_qty) * LOTS_PER_UNIT),
            price=float(order.avg_px),
        )
        for row, order in zip(rows, orders, strict=True)
    ]
    fees = sum(float(paid) for order in orders for paid in order.commissions())
    report(case, taken, trades, peer="nautilus_trader", version=__version__, fill_rule="same tick", fees=fees)


if __name__ == "__main__":
    main()
