"""From a market event to an approved order: bars, features, strategy, gate and order, as in a paper run.

One hour of the built-in market is handed to the engine event by event, each under the clock. Two strategies decide
often: an EMA crossing on the bars of a second, and one on every trade. The market is made in blocks of many minutes;
the few events that fetch a new block carry the time that takes, and are the worst of all.

The same hour is played five times, event for event the same, and each event counts with the median of its five times: a
slow piece of work is slow in every play, but another program that takes the core away does so somewhere else each time.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from resource import RUSAGE_SELF, getrusage
from typing import Any, Final, NamedTuple

from benchmarks.figures import Figure, median, now_ns, quantile
from engine.clock import SECOND_NS
from engine.events import OrderApproved
from engine.host import system
from engine.instruments import HOUR_NS
from engine.session import Session
from engine.strategy import Strategy
from hean_tui.bootstrap import PaperRun, build_paper_session
from hean_tui.times import START_NS
from risk.limits import Limits
from strategies import registry
from strategies.ema_cross import EmaCross

P99_LIMIT_US: Final = 150.0
P999_LIMIT_US: Final = 500.0
ACTIVITY: Final = 30.0  # times the usual: a busy hour, with a decision every second or so
SYMBOLS: Final = ("BTC/USDT:USDT", "ETH/USDT:USDT", "SOL/USDT:USDT")
PLAYS: Final = 5
_BARS: Final = "ema_cross_of_seconds"
_TRADES: Final = "ema_cross"


class _Play(NamedTuple):
    """The times of one play: of every event, and until every approved order."""

    every_ns: list[int]
    deciding_ns: list[int]
    orders: str
    pushed_aside: int


def measure(*, quick: bool) -> list[Figure]:
    """The delays of events that led to an order, and those of all."""
    end_ns = START_NS + (HOUR_NS // 60 if quick else HOUR_NS)
    plays = [_play(end_ns) for _ in range(1 if quick else PLAYS)]
    deciding_us = sorted(_middle([play.deciding_ns for play in plays]))
    every_us = sorted(_middle([play.every_ns for play in plays]))
    alone_us = sorted(quantile(sorted(play.deciding_ns), 0.999) / 1e3 for play in plays)
    pushed_aside = sum(play.pushed_aside for play in plays)
    return [
        Figure("event to approved order: median", quantile(deciding_us, 0.5), "µs", note=plays[0].orders),
        Figure("event to approved order: p99", quantile(deciding_us, 0.99), "µs", P99_LIMIT_US),
        Figure("event to approved order: p99.9", quantile(deciding_us, 0.999), "µs", P999_LIMIT_US),
        Figure("event to approved order: the worst", deciding_us[-1], "µs"),
        Figure("any event, all its work: median", quantile(every_us, 0.5), "µs", note=f"{len(every_us):,} events"),
        Figure("any event, all its work: p99", quantile(every_us, 0.99), "µs"),
        Figure("any event, all its work: p99.9", quantile(every_us, 0.999), "µs"),
        Figure("any event, all its work: the worst", every_us[-1], "µs"),
        Figure("p99.9 to an order in the best single play", alone_us[0], "µs"),
        Figure("p99.9 to an order in the worst single play", alone_us[-1], "µs"),
        Figure("times that other programs took the core away", pushed_aside, "", note=f"in {len(plays)} plays"),
    ]


def deciding_session() -> Session:
    """A paper run, warmed up, with money enough for thousands of small orders."""
    registry.STRATEGIES[_BARS] = (_crossing_of_seconds, EmaCross.defaults)
    return build_paper_session(
        PaperRun(
            seed=7,
            scenario="",
            symbols=SYMBOLS,
            strategies=(_BARS, _TRADES),
            parameters={
                _BARS: {"fast": 3, "slow": 8, "quantity": "0.1"},
                _TRADES: {"fast": 20, "slow": 60, "quantity": "0.1", "on": "tick"},
            },
            capital=Decimal(100_000_000),
            limits=Limits(),
            activity=ACTIVITY,
        )
    )


def _crossing_of_seconds(name: str, symbols: tuple[str, ...], parameters: Mapping[str, Any]) -> Strategy:
    strategy = EmaCross(name, symbols, parameters)
    strategy.interval_ns = SECOND_NS
    return strategy


def _play(end_ns: int) -> _Play:
    """Hand over everything that is due, moment by moment, to an engine that is settled as in a run."""
    session = deciding_session()
    every_ns: list[int] = []
    deciding_ns: list[int] = []
    began_ns = 0

    def approved(_: OrderApproved) -> None:
        deciding_ns.append(now_ns() - began_ns)

    session.kernel.bus.subscribe(OrderApproved, approved)
    system.settle_memory()
    pushed_aside = getrusage(RUSAGE_SELF).ru_nivcsw
    while (due_ns := session.next_ns) <= end_ns:
        began_ns = now_ns()
        session.run_until(due_ns)
        every_ns.append(now_ns() - began_ns)
    pushed_aside = getrusage(RUSAGE_SELF).ru_nivcsw - pushed_aside
    seats = session.kernel.strategies.seats
    orders = f"{len(deciding_ns):,} orders: {seats[_BARS].orders:,} on bars, {seats[_TRADES].orders:,} on trades"
    return _Play(every_ns, deciding_ns, orders, pushed_aside)


def _middle(plays: Sequence[Sequence[int]]) -> list[float]:
    """The median of each event's times in µs; the plays are equal, so the same event has the same place in all."""
    return [median(times) / 1e3 for times in zip(*plays, strict=True)]
