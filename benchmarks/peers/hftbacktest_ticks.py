"""hftbacktest over the ticks: its backtester in Rust, driven by a loop that numba compiles.

It replays book updates and trades and fills against the book, so a book is made up that has nothing but the
two best prices, one tick apart and on the side the trade happened, ten units deep. Plain: hash-map depth, as
in its tutorial, and both prices written with every trade (real feeds bring several times more). The variant
`leanest` has its fastest depth (`ROIVectorMarketDepthBacktest`) and writes the prices only when they moved;
it shows what the compiled loop can do at best. Latency is nought, fills are whole. Compiling and preparing
the feed are not in the time measured; it keeps neither order history nor a ledger, nor does anything stand
between the loop and its exchange.

Fill rule: the order meets the book as it stood at the tick that decided it, so that a fill is the tick's
price or, against the side the trade did not take, one tick from it.
"""

from __future__ import annotations

from importlib.metadata import version
from typing import Any, Final

import numpy as np
from hftbacktest import (
    BUY_EVENT,
    DEPTH_EVENT,
    EXCH_EVENT,
    GTC,
    LOCAL_EVENT,
    MARKET,
    SELL_EVENT,
    TRADE_EVENT,
    BacktestAsset,
    HashMapMarketDepthBacktest,
    ROIVectorMarketDepthBacktest,
    event_dtype,
)
from numba import njit
from numpy.typing import NDArray

from benchmarks.dataset import LOTS_PER_UNIT, TICKS_PER_UNIT
from benchmarks.peers.outcome import Case, Stopwatch, Trade, case_from_arguments, report
from benchmarks.peers.strategy import FLIP_LOTS, MAKER_FEE, POSITION_LOTS, TAKER_FEE

NS_PER_MS: Final = 1_000_000
FOREVER_NS: Final = 1 << 60
NEXT_FEED: Final = 2
FIRST_QUANTITY: Final = POSITION_LOTS / LOTS_PER_UNIT
FLIP_QUANTITY: Final = FLIP_LOTS / LOTS_PER_UNIT
WARM_UP_ROWS: Final = 5_000
TRADE_FIELDS: Final = np.dtype([("row", "i8"), ("side", "i8"), ("quantity", "f8"), ("price", "f8")])


@njit  # type: ignore[untyped-decorator]
def cross(backtest: Any, fast_rows: int, slow_rows: int, trades: NDArray[Any]) -> int:
    """The strategy; answers how many orders were sent, whose decisions and fills are in `trades`."""
    alpha_fast = 2.0 / (fast_rows + 1)
    alpha_slow = 2.0 / (slow_rows + 1)
    fast = slow = price = 0.0
    seen = orders = target = 0
    while backtest.wait_next_feed(False, FOREVER_NS) == NEXT_FEED:
        ticks = backtest.last_trades(0)
        if len(ticks) == 0:
            continue
        for tick in ticks:
            price = tick.px
            if seen == 0:
                fast = slow = price
            else:
                fast = alpha_fast * price + (1.0 - alpha_fast) * fast
                slow = alpha_slow * price + (1.0 - alpha_slow) * slow
            seen += 1
        backtest.clear_last_trades(0)
        if seen < slow_rows:
            continue
        wanted = 1 if fast > slow else -1
        if wanted == target:
            continue
        quantity = FLIP_QUANTITY if target else FIRST_QUANTITY
        target = wanted
        if orders:
            sent = backtest.orders(0).get(orders)
            trades[orders - 1].price = sent.exec_price
            backtest.clear_inactive_orders(0)
        trades[orders].row = seen - 1
        trades[orders].side = wanted
        trades[orders].quantity = quantity
        orders += 1
        if wanted > 0:
            backtest.submit_buy_order(0, orders, price, quantity, GTC, MARKET, False)
        else:
            backtest.submit_sell_order(0, orders, price, quantity, GTC, MARKET, False)
    if orders:
        sent = backtest.orders(0).get(orders)
        trades[orders - 1].price = sent.exec_price
    return orders


def feed(case: Case) -> NDArray[Any]:
    """The trades with the made-up book: both best prices, then the trade itself."""
    data = case.ticks()
    bid_ticks = np.where(data.side > 0, data.price_ticks - 1, data.price_ticks)
    everyone = EXCH_EVENT | LOCAL_EVENT
    events = np.zeros((case.rows, 3), event_dtype)
    events["exch_ts"] = events["local_ts"] = (data.ts_ms * NS_PER_MS)[:, None]
    events["ev"][:, 0] = DEPTH_EVENT | BUY_EVENT | everyone
    events["ev"][:, 1] = DEPTH_EVENT | SELL_EVENT | everyone
    events["ev"][:, 2] = np.where(data.side > 0, BUY_EVENT, SELL_EVENT) | TRADE_EVENT | everyone
    events["px"][:, 0] = bid_ticks / TICKS_PER_UNIT
    events["px"][:, 1] = (bid_ticks + 1) / TICKS_PER_UNIT
    events["px"][:, 2] = data.price
    events["qty"][:, :2] = 10.0
    events["qty"][:, 2] = data.size
    if case.variant != "leanest":
        return events.reshape(-1)
    moved = np.ones((case.rows, 3), dtype=np.bool_)
    moved[1:, :2] = (np.diff(bid_ticks) != 0)[:, None]
    return events[moved]


def backtest_of(case: Case, events: NDArray[Any]) -> Any:
    """A fresh backtester over these events."""
    asset = (
        BacktestAsset()
        .data([events])
        .linear_asset(1.0)
        .constant_order_latency(0, 0)
        .risk_adverse_queue_model()
        .no_partial_fill_exchange()
        .trading_value_fee_model(float(MAKER_FEE), float(TAKER_FEE))
        .tick_size(1 / TICKS_PER_UNIT)
        .lot_size(1 / LOTS_PER_UNIT)
        .last_trades_capacity(10)
    )
    if case.variant != "leanest":
        return HashMapMarketDepthBacktest([asset])
    # This depth is an array over a range of prices that has to be known beforehand.
    asset.roi_lb(float(events["px"].min()) - 100.0).roi_ub(float(events["px"].max()) + 100.0)
    return ROIVectorMarketDepthBacktest([asset])


def main() -> None:
    """Measure the case on the command line, after a short run that compiles the loop."""
    case = case_from_arguments()
    events = feed(case)
    record = np.zeros(case.rows, TRADE_FIELDS)
    warm_up = backtest_of(case, events[: min(len(events), WARM_UP_ROWS)].copy())
    cross(warm_up, case.fast, case.slow, record)
    warm_up.close()
    backtest = backtest_of(case, events)
    with Stopwatch() as taken:
        orders = cross(backtest, case.fast, case.slow, record)
    fees = float(backtest.state_values(0).fee)
    backtest.close()
    trades = [
        Trade(int(row), int(side), round(quantity * LOTS_PER_UNIT), float(price))
        for row, side, quantity, price in record[:orders]
    ]
    report(case, taken, trades, peer="hftbacktest", version=version("hftbacktest"), fill_rule="same tick", fees=fees)


if __name__ == "__main__":
    main()
