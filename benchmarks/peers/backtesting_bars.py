"""backtesting.py over the bars: indicators computed at once by pandas, then its loop bar by bar.

It trades whole units only, so its unit is a lot of 0.001 and its prices are those of a lot, as its own
`FractionalBacktest` does it. Its closing statistics are not in the time measured, nor is the making of the
data frame.

Fill rule: a market order given on a bar is filled at the open of the next one.
"""

from __future__ import annotations

import os
import warnings
from importlib.metadata import version
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

os.environ["TQDM_DISABLE"] = "1"  # no progress bar; read when the next line imports it

import backtesting
import backtesting.backtesting as machinery

from benchmarks.dataset import LOTS_PER_UNIT
from benchmarks.peers.outcome import Case, Stopwatch, Trade, case_from_arguments, report
from benchmarks.peers.strategy import FLIP_LOTS, POSITION_LOTS, STARTING_CASH, TAKER_FEE


class StatisticsApart:
    """Stands before the closing statistics and stops the watch when the run arrives there."""

    def __init__(self, watch: Stopwatch) -> None:
        self._watch = watch
        self._compute = machinery.compute_stats

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        self._watch.stop()
        return self._compute(*args, **kwargs)


def crossing(case: Case, close: NDArray[np.float64], decisions: list[tuple[int, int]]) -> type[Any]:
    """The strategy in its terms: a class, which notes every row that gave an order."""

    def average(rows: int) -> NDArray[np.float64]:
        values: NDArray[np.float64] = (
            pd.Series(close).ewm(alpha=2.0 / (rows + 1), adjust=False).mean().to_numpy().copy()
        )
        values[: case.slow - 2] = np.nan  # it calls first on the row after the first value: `slow` values were seen
        return values

    class Crossing(backtesting.Strategy):  # type: ignore[misc]
        def init(self) -> None:
            self.fast = self.I(average, case.fast)
            self.slow = self.I(average, case.slow)
            self.target = 0

        def next(self) -> None:
            target = 1 if self.fast[-1] > self.slow[-1] else -1
            if target != self.target:
                decisions.append((len(self.data) - 1, target))
                turn = self.buy if target > 0 else self.sell
                turn(size=FLIP_LOTS if self.target else POSITION_LOTS)
                self.target = target

    return Crossing


def frame(case: Case) -> pd.DataFrame:
    """The case's bars as its data frame, priced by the lot."""
    data = case.bars()
    names = ("Open", "High", "Low", "Close")
    columns = {name: column / LOTS_PER_UNIT for name, column in zip(names, data.prices, strict=True)}
    return pd.DataFrame(columns | {"Volume": data.volume}, index=pd.to_datetime(data.ts_ms, unit="ms"))


def filled(decisions: list[tuple[int, int]], result: Any, still_open: list[Any]) -> list[Trade]:
    """The trades by its own account: each of its trades is opened by one order and closed by the next."""
    price_at = {int(row): float(price) for row, price in result._trades[["EntryBar", "EntryPrice"]].to_numpy()}
    price_at |= {trade.entry_bar: float(trade.entry_price) for trade in still_open}
    lots_at = {int(row): int(size) for row, size in result._trades[["EntryBar", "Size"]].to_numpy()}
    lots_at |= {trade.entry_bar: int(trade.size) for trade in still_open}
    trades = []
    before = 0
    for row, side in decisions:
        if row + 1 not in price_at:
            continue  # the last row's order has no next bar
        after = lots_at[row + 1]
        trades.append(Trade(row, side, abs(after - before), price_at[row + 1] * LOTS_PER_UNIT))
        before = after
    return trades


def main() -> None:
    """Measure the case on the command line."""
    case = case_from_arguments()
    warnings.simplefilter("ignore")  # it warns that the last position stays open, which is meant
    decisions: list[tuple[int, int]] = []
    strategy = crossing(case, case.bars().prices[3], decisions)
    backtest = backtesting.Backtest(frame(case), strategy, cash=STARTING_CASH, commission=float(TAKER_FEE))
    watch = Stopwatch()
    machinery.compute_stats = StatisticsApart(watch)
    watch.start()
    result = backtest.run()
    broker = result._strategy._broker
    trades = filled(decisions, result, broker.trades)
    # It books a trade's fees when the trade closes; the last one is still open, its first fee paid.
    paid = sum(broker._commission(trade.size, trade.entry_price) for trade in broker.trades)
    fees = float(result["Commissions [$]"]) + paid
    report(case, watch, trades, peer="backtesting.py", version=version("backtesting"), fill_rule="next open", fees=fees)


if __name__ == "__main__":
    main()
