"""What the bus adds: publishing a tick to three handlers beside calling the same three functions directly."""

from __future__ import annotations

import gc
from collections.abc import Sequence
from typing import Final

from benchmarks.figures import Figure, side_by_side
from engine.bar_desk import BarDesk
from engine.bus import Bus, Handler
from engine.clock import Timeline
from engine.events import Event, Tick
from engine.markets import Markets
from engine.simulation.world.listing import LISTING
from strategies.ema_cross import TickEmaCross

LIMIT: Final = 1.5
_BLOCK: Final = 2_000  # ticks between two looks at the clock: short enough that both ways meet the same machine
_INSTRUMENT: Final = LISTING[0]
_MINUTE_NS: Final = 60_000_000_000


class _Counter:
    """The smallest handler that does anything."""

    __slots__ = ("seen",)

    def __init__(self) -> None:
        self.seen = 0

    def on_tick(self, tick: Tick) -> None:
        self.seen += 1


class _Silent(TickEmaCross):
    """Calculates and compares with every tick, and keeps its wishes to itself."""

    def _turn(self, symbol: str, side: int) -> None:
        """Nobody is asked for an order: only the calls are measured."""


def measure(*, quick: bool) -> list[Figure]:
    """First the three handlers that a tick meets in a run, then three that do next to nothing."""
    rounds = 30 if quick else 600
    working = _working_handlers()
    figures = [
        *_compared("prices, bars and an EMA strategy", working, rounds, LIMIT),
        *_compared("three that add one to a count", [_Counter().on_tick for _ in range(3)], rounds, None),
    ]
    poured_ns = _poured_ns(_working_handlers(), rounds)
    return [*figures, Figure("the same tick in a stream of them (pour): one", poured_ns, "ns")]


def _working_handlers() -> list[Handler]:
    bars = BarDesk(Timeline(0), _nobody, 0)
    bars.want(_INSTRUMENT.symbol, _MINUTE_NS)
    strategy = _Silent("ema_cross", (_INSTRUMENT.symbol,), {"fast": 200, "slow": 800})
    strategy.start()
    return [Markets((_INSTRUMENT,)).on_tick, bars.on_tick, strategy.on_tick]


def _nobody(_: Event) -> None:
    pass


def _compared(what: str, handlers: Sequence[Handler], rounds: int, limit: float | None) -> list[Figure]:
    bus = _bus_with(handlers)
    ticks = _ticks()

    def directly() -> None:
        first, second, third = handlers
        for tick in ticks:
            first(tick)
            second(tick)
            third(tick)

    def by_bus() -> None:
        publish = bus.publish
        for tick in ticks:
            publish(tick)

    directly()
    by_bus()
    gc.collect()
    gc.freeze()
    direct_ns, bus_ns, ratio = side_by_side(directly, by_bus, rounds)
    return [
        Figure(f"{what}: called directly", direct_ns / _BLOCK, "ns"),
        Figure(f"{what}: published", bus_ns / _BLOCK, "ns"),
        Figure(f"{what}: published over direct", ratio, "×", limit),
    ]


def _poured_ns(handlers: Sequence[Handler], rounds: int) -> float:
    """What the stream form takes for each tick; its venue looks away."""
    bus = _bus_with(handlers)
    ticks = _ticks()
    timeline = Timeline(0)

    def pour() -> None:
        bus.pour(ticks, timeline, {})

    _, poured_ns, _ = side_by_side(pour, pour, rounds)
    return poured_ns / _BLOCK


def _bus_with(handlers: Sequence[Handler]) -> Bus:
    bus = Bus(_fail)
    for handler in handlers:
        bus.subscribe(Tick, handler)
    return bus


def _fail(_: Handler, __: Event, error: Exception) -> None:
    raise error


def _ticks() -> list[Tick]:
    return [Tick(1, _INSTRUMENT.symbol, 60_000.0, 0.1, 1)] * _BLOCK
