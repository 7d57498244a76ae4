"""What the whole gate costs an order that passes: every check, and being remembered, in the midst of a run.

What its size costs before is told beside it.
"""

from __future__ import annotations

from typing import Final

from benchmarks.dataset import SEED
from benchmarks.figures import Figure, median, now_ns, quantile
from benchmarks.peers.hean import Run
from benchmarks.peers.outcome import Case
from engine.account import Account
from engine.events import Signal
from engine.gate import Denial, OrderRequest
from engine.host import system
from engine.orders import Order
from risk.gate import Gate
from risk.limits import Limits

MEDIAN_US: Final = 10.0
P99_US: Final = 40.0
_ROWS, _QUICK_ROWS = 500_000, 50_000


class TimedGate(Gate):
    """The gate itself, with a look at the clock before and after each of its parts."""

    def __init__(self, limits: Limits) -> None:
        super().__init__(limits)
        self.sized_ns: list[int] = []
        self.passed_ns: list[int] = []
        self._checked_ns = 0

    def size(self, signal: Signal, account: Account) -> OrderRequest | Denial | None:
        began = now_ns()
        sized = super().size(signal, account)
        self.sized_ns.append(now_ns() - began)
        return sized

    def check(self, request: OrderRequest, account: Account, now: int) -> Denial | None:
        began = now_ns()
        denial = super().check(request, account, now)
        self._checked_ns = now_ns() - began
        return denial

    def passed(self, order: Order) -> None:
        began = now_ns()
        super().passed(order)
        self.passed_ns.append(self._checked_ns + now_ns() - began)


def measure(*, quick: bool) -> list[Figure]:
    """A strategy that turns around all the time, on bars of a minute, with a stop for each entry."""
    gate = TimedGate(Limits(orders_per_minute=None, duplicate_s=None))
    run = Run(Case("bars", 10, 30, _QUICK_ROWS if quick else _ROWS, SEED, ""), gate)
    system.settle_memory()
    run.play()
    assert not run.kernel.orders.counts["denied"]
    passed_us = sorted(each / 1_000 for each in gate.passed_ns)
    sized_us = sorted(each / 1_000 for each in gate.sized_ns)
    return [
        Figure("a passed order in the gate: median", median(passed_us), "µs", MEDIAN_US, f"{len(passed_us):,} orders"),
        Figure("a passed order in the gate: p99", quantile(passed_us, 0.99), "µs", P99_US),
        Figure("a passed order in the gate: worst", passed_us[-1], "µs"),
        Figure("its size before: median", median(sized_us), "µs"),
        Figure("its size before: p99", quantile(sized_us, 0.99), "µs"),
    ]
