"""basana over the bars: its backtesting dispatcher and exchange, prices and quantities in Decimal as it wants
them.

Liquidity is infinite and without impact, fees are a percentage. It is a spot exchange: going short means
lending, and its upkeep of loans makes every order dearer than the last (three times slower with many orders),
so it starts with coins enough to sell: generous to it. The bars are made beforehand.

Fill rule: a market order given on a bar is filled at the open of the next one.
"""

from __future__ import annotations

import asyncio
import datetime
from decimal import Decimal
from importlib.metadata import version

import basana
from basana.backtesting import fees as basana_fees
from basana.backtesting import liquidity
from basana.backtesting.exchange import Exchange

from benchmarks.dataset import LOTS_PER_UNIT
from benchmarks.peers.outcome import Case, Stopwatch, Trade, case_from_arguments, report
from benchmarks.peers.strategy import FLIP_LOTS, POSITION_LOTS, STARTING_CASH, TAKER_FEE

PAIR = basana.Pair("BTC", "USDT")
MINUTE = datetime.timedelta(minutes=1)
COINS = Decimal(100)
FIRST_QUANTITY = Decimal(POSITION_LOTS) / LOTS_PER_UNIT
FLIP_QUANTITY = Decimal(FLIP_LOTS) / LOTS_PER_UNIT


class Crossing:
    """The strategy in its terms; it remembers which row gave which order."""

    def __init__(self, exchange: Exchange, fast: int, slow: int) -> None:
        self._exchange = exchange
        self._alpha_fast = 2.0 / (fast + 1)
        self._alpha_slow = 2.0 / (slow + 1)
        self._fast = self._slow = 0.0
        self._slow_rows = slow
        self._seen = 0
        self._target = 0
        self.row_of_order: dict[str, int] = {}

    async def on_bar(self, event: basana.BarEvent) -> None:
        price = float(event.bar.close)
        if self._seen:
            self._fast = self._alpha_fast * price + (1.0 - self._alpha_fast) * self._fast
            self._slow = self._alpha_slow * price + (1.0 - self._alpha_slow) * self._slow
        else:
            self._fast = self._slow = price
        self._seen += 1
        if self._seen < self._slow_rows:
            return
        target = 1 if self._fast > self._slow else -1
        if target != self._target:
            operation = basana.OrderOperation.BUY if target > 0 else basana.OrderOperation.SELL
            quantity = FLIP_QUANTITY if self._target else FIRST_QUANTITY
            self._target = target
            order = await self._exchange.create_market_order(operation, PAIR, quantity)
            self.row_of_order[order.id] = self._seen - 1


def bar_events(case: Case) -> list[basana.BarEvent]:
    """The case's bars as its events, each at the end of its minute."""
    data = case.bars()
    events = []
    columns = (data.open_ticks, data.high_ticks, data.low_ticks, data.close_ticks, data.volume_lots)
    for ts_ms, *prices, lots in zip(data.ts_ms.tolist(), *(column.tolist() for column in columns), strict=True):
        begin = datetime.datetime.fromtimestamp(ts_ms / 1000, datetime.UTC)
        opened, high, low, close = (Decimal(ticks).scaleb(-1) for ticks in prices)
        bar = basana.Bar(begin, PAIR, opened, high, low, close, Decimal(lots).scaleb(-3), MINUTE)
        events.append(basana.BarEvent(begin + MINUTE, bar))
    return events


async def filled(exchange: Exchange, row_of_order: dict[str, int]) -> tuple[list[Trade], float]:
    """The trades and the fees by the exchange's own account of its orders."""
    trades, fees = [], Decimal(0)
    for order in await exchange.get_orders():
        if not order.amount_filled:
            continue  # the last row's order has no next bar
        lots = round(order.amount_filled * LOTS_PER_UNIT)
        price = float(order.quote_amount_filled / order.amount_filled)
        side = 1 if order.operation == basana.OrderOperation.BUY else -1
        trades.append(Trade(row_of_order[order.id], side, lots, price))
        fees += sum(order.fees.values())
    return sorted(trades), float(fees)


def main() -> None:
    """Measure the case on the command line."""
    case = case_from_arguments()
    dispatcher = basana.backtesting_dispatcher()
    exchange = Exchange(
        dispatcher,
        {"USDT": Decimal(STARTING_CASH), "BTC": COINS},
        liquidity_strategy_factory=liquidity.InfiniteLiquidity,
        fee_strategy=basana_fees.Percentage(Decimal(TAKER_FEE) * 100),
        default_pair_info=basana.PairInfo(8, 8),
    )
    strategy = Crossing(exchange, case.fast, case.slow)
    exchange.add_bar_source(basana.FifoQueueEventSource(events=bar_events(case)))
    exchange.subscribe_to_bar_events(PAIR, strategy.on_bar)
    with Stopwatch() as taken:
        asyncio.run(dispatcher.run())
    trades, fees = asyncio.run(filled(exchange, strategy.row_of_order))
    report(case, taken, trades, peer="basana", version=version("basana"), fill_rule="next open", fees=fees)


if __name__ == "__main__":
    main()
