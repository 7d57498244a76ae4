"""The composition root of a paper run: the only place that names concrete classes and joins them."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from decimal import Decimal
from hashlib import sha256
from typing import Any

from analytics.features import RunningFeatures
from engine import events
from engine.bus import Bus, Handler
from engine.client_ids import base32
from engine.clock import Timeline
from engine.errors import CommandRefused
from engine.instruments import HOUR_NS
from engine.kernel import Kernel, KernelSettings
from engine.operator import Operator
from engine.session import Session
from engine.simulation.venue import Latency, SimulatedVenue
from engine.simulation.world import World
from engine.strategy import Strategy
from engine.views import Views
from hean_tui.settings.model import RiskSettings
from risk.gate import PlainGate
from risk.limits import Limits
from strategies.registry import build

START_NS = 1_767_225_600_000_000_000  # 2026-01-01T00:00:00Z
WARM_UP_NS = 4 * HOUR_NS  # of market before the start, so that features are known when trading begins
_EPOCHS = 32**5


@dataclass(frozen=True, slots=True, kw_only=True)
class PaperRun:
    """What a paper run on the built-in market is made of."""

    seed: int
    scenario: str
    symbols: tuple[str, ...]
    strategies: tuple[str, ...]
    parameters: Mapping[str, Mapping[str, Any]]
    capital: Decimal
    limits: Limits
    start_ns: int = START_NS
    order_latency_ns: int = 50_000_000
    feed_latency_ns: int = 20_000_000
    activity: float = 1.0


class SimulatedWorld:
    """What an operator may do to a simulated market and its venue; fills `engine.operator.World`."""

    def __init__(self, world: World, venue: SimulatedVenue, timeline: Timeline) -> None:
        self._world = world
        self._venue = venue
        self._timeline = timeline

    def transfer(self, amount: Decimal) -> None:
        """Money reaches the venue's own books too."""
        self._venue.transfer(amount)

    def move(self, symbol: str, fraction: float) -> None:
        """Shift the price from now on."""
        with _refusing():
            self._world.move(symbol, fraction, at_ns=self._timeline.now_ns)

    def set_funding(self, symbol: str, rate: float) -> None:
        """Announce a rate from now on."""
        with _refusing():
            self._world.set_funding(symbol, rate, at_ns=self._timeline.now_ns)


@contextmanager
def _refusing() -> Iterator[None]:
    """What the world finds impossible is refused to the operator, and stops nothing."""
    try:
        yield
    except ValueError as error:
        raise CommandRefused(str(error)) from None


def limits_of(settings: RiskSettings) -> Limits:
    """The gate's limits from the settings."""
    return Limits(**settings.model_dump())


def build_paper_session(run: PaperRun, listen: Callable[[Bus], None] | None = None) -> Session:
    """Join world, venue, gate, features, strategies and kernel, and warm everything up to the start.

    `listen` gets the bus before anything happens on it.
    """
    world = World(
        run.seed,
        run.start_ns - WARM_UP_NS,
        scenario=run.scenario or "normal",
        symbols=run.symbols or None,
        activity=run.activity,
        curtain_ns=run.start_ns,
    )
    timeline = Timeline(run.start_ns - WARM_UP_NS)
    # What is decided on data that is a feed's delay old reaches the venue that much later: one delay, charged once.
    latency = Latency(entry_ns=run.order_latency_ns + run.feed_latency_ns, report_ns=run.feed_latency_ns)
    kernel_settings = KernelSettings(
        capital=run.capital, start_ns=run.start_ns, leverage=run.limits.max_leverage, epoch=_epoch(run.seed)
    )

    def deliver(event: events.Event) -> None:
        kernel.bus.publish(event)

    venue = SimulatedVenue(
        timeline,
        world.instruments,
        deliver,
        capital=run.capital,
        latency=latency,
        leverage=Decimal(10),
        margin="cross",
        slippage_bps=0.0,
        depth=world,
        id_prefix="sim",
    )
    kernel = Kernel(kernel_settings, timeline, world.instruments, PlainGate(run.limits), RunningFeatures(), venue.send)
    if listen is not None:
        listen(kernel.bus)
    symbols = tuple(instrument.symbol for instrument in world.instruments)
    for name in run.strategies:
        kernel.strategies.add(build(name, symbols, run.parameters.get(name, {})))
    for start_ns, end_ns in world.outages:
        timeline.at(max(start_ns, timeline.now_ns), venue.outage, True)
        timeline.at(max(end_ns, timeline.now_ns), venue.outage, False)
    operator = Operator(kernel, SimulatedWorld(world, venue, timeline))
    observers: dict[type[events.Event], Handler] = {
        events.Tick: venue.on_tick,
        events.Quote: venue.on_quote,
        events.MarkPrice: venue.on_mark,
        events.FundingRate: venue.on_funding,
    }
    views = Views(
        kernel,
        mode="paper",
        feed="sim",
        run_id=_run_id(run, [seat.strategy for seat in kernel.strategies.seats.values()]),
        seed=run.seed,
        liquidation_price=venue.liquidation_price,
    )
    session = Session(kernel, operator, views, world.events(), observers)
    kernel.prepare()
    session.run_until(run.start_ns)
    session.begin()
    return session


def _epoch(seed: int) -> int:
    return int.from_bytes(sha256(f"account epoch {seed}".encode()).digest()[:8], "big") % _EPOCHS


def _run_id(run: PaperRun, strategies: Iterable[Strategy]) -> str:
    """A name that equal runs share, and no others: of everything that can be told to a run, defaults included."""
    parameters = [
        (strategy.name, sorted((key, str(value)) for key, value in strategy.parameters.items()))
        for strategy in strategies
    ]
    told = repr((replace(run, parameters={}), parameters))
    return base32(int.from_bytes(sha256(told.encode()).digest()[:8], "big"), 8)
