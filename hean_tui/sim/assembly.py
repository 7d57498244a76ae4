"""The engine under test, put together: the one file that knows which parts it is made of.

They are the parts of the product. What is simulated is beneath them: the journal's disk, the exchange and the time.
"""

from collections.abc import Callable, Mapping, Sequence
from random import Random
from typing import Any

from engine.commands import Command
from engine.exchange.questions import Question, Reply
from engine.ports import Exchange, Journal, Ticket
from hean_tui.sim.chaos import NAME as CHAOS
from hean_tui.sim.chaos import Chaos
from hean_tui.sim.disk import Saved, SimDisk
from hean_tui.sim.restless import Restless
from hean_tui.sim.setting import Setting
from hean_tui.sim.under_test import Engine
from hean_tui.sim.violations import Violation
from strategies.registry import build

_HANDS_PAUSE = 3  # for so many orders one is touched again


def assemble(
    setting: Setting,
    journal: Journal,
    exchange: Exchange,
    disk: SimDisk,
    *,
    now_ns: int,
    incarnation: int,
    prices: Mapping[str, float],
    saved: Saved | None,
    watch: Callable[[Engine], None],
) -> Engine:
    """A new incarnation on what the disk has; `watch` sees it before it folds anything.

    `prices` are those of the moment, as an adapter reads them before it listens to anything.
    """
    engine = Engine(setting, journal, exchange, now_ns)
    watch(engine)
    for symbol, price in prices.items():
        engine.kernel.markets[symbol].last = price
    symbols = tuple(instrument.symbol for instrument in setting.instruments)
    for name in setting.strategies:
        engine.kernel.strategies.add(_strategy(name, symbols, setting, incarnation))
    if CHAOS in setting.strategies:
        stream = Random(f"{setting.seed} hands {incarnation}")
        engine.hands = Restless(engine.kernel, stream, _HANDS_PAUSE * setting.order_s)
    if disk.rows:
        engine.recall(disk, saved)
    return engine


def folded_hash(setting: Setting, disk: SimDisk) -> str:
    """The state that the rows alone lead to, in a kernel that has seen nothing else."""
    start_ns = disk.rows[-1].time_ns if disk.rows else setting.start_ns
    engine = Engine(setting, _NoJournal(), _NoExchange(), start_ns)
    engine.recall(disk)
    return engine.kernel.state_hash()


class _NoJournal:
    """Nothing is written while rows are read."""

    def append(
        self,
        kind: str,
        body: object,
        time_ns: int,
        *,
        exchange_ns: int | None = None,
        when_settled: Callable[..., None] | None = None,
    ) -> Ticket:
        """Never to be called."""
        raise Violation("I-42", f"a fold wrote a row of kind {kind}")


class _NoExchange:
    """Nothing is sent while rows are read."""

    def send(self, command: Command) -> None:
        """Never to be called."""
        raise Violation("I-42", f"a fold sent {command.order_id}")

    def ask(self, question: Question, answer: Callable[[Reply], None]) -> None:
        """Never to be called."""
        raise Violation("I-42", "a fold asked the exchange")


def _strategy(name: str, symbols: Sequence[str], setting: Setting, incarnation: int) -> Any:
    if name == CHAOS:
        return Chaos(tuple(symbols), Random(f"{setting.seed} chaos {incarnation}"), setting.order_s)
    parameters: Mapping[str, Any] = {}
    return build(name, tuple(symbols), parameters)
