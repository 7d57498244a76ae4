"""The limit of the language: make the event, call three handlers, fill at the next price, and nothing else.

No bus, no book, no ledger, no fees, no clock. What an engine written in Python adds to this is its own cost.
"""

from __future__ import annotations

import platform
from collections.abc import Iterable, Iterator

import msgspec

from benchmarks.peers.outcome import Case, FillRule, Stopwatch, Trade, case_from_arguments, report
from benchmarks.peers.strategy import FLIP_LOTS, POSITION_LOTS


class Tick(msgspec.Struct, frozen=True, gc=False):
    """One trade in the market."""

    ts_ms: int
    price: float
    size: float
    side: int


class Bar(msgspec.Struct, frozen=True, gc=False):
    """One minute of the market; the strategy reads the close under the name a tick's price has."""

    ts_ms: int
    open: float
    high: float
    low: float
    price: float
    volume: float


class Crossing:
    """The strategy, as a handler."""

    __slots__ = ("_alpha_fast", "_alpha_slow", "_fast", "_seen", "_slow", "_slow_rows", "target")

    def __init__(self, fast: int, slow: int) -> None:
        self._alpha_fast = 2.0 / (fast + 1)
        self._alpha_slow = 2.0 / (slow + 1)
        self._fast = self._slow = 0.0
        self._slow_rows = slow
        self._seen = 0
        self.target = 0

    def on_event(self, event: Tick | Bar) -> None:
        price = event.price
        if self._seen:
            alpha = self._alpha_fast
            self._fast = fast = alpha * price + (1.0 - alpha) * self._fast
            alpha = self._alpha_slow
            self._slow = slow = alpha * price + (1.0 - alpha) * self._slow
        else:
            self._fast = self._slow = fast = slow = price
        self._seen += 1
        if self._seen >= self._slow_rows:
            self.target = 1 if fast > slow else -1


class LastPrice:
    """A handler that keeps the newest price."""

    __slots__ = ("price",)

    def __init__(self) -> None:
        self.price = 0.0

    def on_event(self, event: Tick | Bar) -> None:
        self.price = event.price


class Counter:
    """A handler that counts."""

    __slots__ = ("events",)

    def __init__(self) -> None:
        self.events = 0

    def on_event(self, event: Tick | Bar) -> None:
        self.events += 1


def run_ticks(columns: Iterable[tuple[int, float, float, int]], fast: int, slow: int) -> list[Trade]:
    """One pass over the ticks; an order is filled at the price of the next one."""
    strategy = Crossing(fast, slow)
    first, second, third = LastPrice().on_event, Counter().on_event, strategy.on_event
    trades: list[Trade] = []
    position = order = 0
    for row, (ts_ms, price, size, side) in enumerate(columns):
        event = Tick(ts_ms, price, size, side)
        if order:
            trades.append(Trade(row - 1, order, FLIP_LOTS if position else POSITION_LOTS, price))
            position, order = order, 0
        first(event)
        second(event)
        third(event)
        if strategy.target != position:
            order = strategy.target
    return trades


def run_bars(columns: Iterable[tuple[int, float, float, float, float, float]], fast: int, slow: int) -> list[Trade]:
    """One pass over the bars; an order is filled at the open of the next one."""
    strategy = Crossing(fast, slow)
    first, second, third = LastPrice().on_event, Counter().on_event, strategy.on_event
    trades: list[Trade] = []
    position = order = 0
    for row, (ts_ms, opened, high, low, close, volume) in enumerate(columns):
        event = Bar(ts_ms, opened, high, low, close, volume)
        if order:
            trades.append(Trade(row - 1, order, FLIP_LOTS if position else POSITION_LOTS, opened))
            position, order = order, 0
        first(event)
        second(event)
        third(event)
        if strategy.target != position:
            order = strategy.target
    return trades


def tick_columns(case: Case) -> Iterator[tuple[int, float, float, int]]:
    """The case's ticks as plain Python values, row by row."""
    data = case.ticks()
    return zip(data.ts_ms.tolist(), data.price.tolist(), data.size.tolist(), data.side.tolist(), strict=True)


def bar_columns(case: Case) -> Iterator[tuple[int, float, float, float, float, float]]:
    """The case's bars as plain Python values, row by row."""
    data = case.bars()
    return zip(data.ts_ms.tolist(), *(column.tolist() for column in data.prices), data.volume.tolist(), strict=True)


def main() -> None:
    """Measure the case on the command line."""
    case = case_from_arguments()
    rule: FillRule = "next tick" if case.dataset == "ticks" else "next open"
    if case.dataset == "ticks":
        ticks = tick_columns(case)
        with Stopwatch() as taken:
            trades = run_ticks(ticks, case.fast, case.slow)
    else:
        bars = bar_columns(case)
        with Stopwatch() as taken:
            trades = run_bars(bars, case.fast, case.slow)
    version = f"CPython {platform.python_version()}"
    report(case, taken, trades, peer="bare loop", version=version, fill_rule=rule, fees=None)


if __name__ == "__main__":
    main()
