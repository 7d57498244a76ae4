"""The composition root of a paper run: the only place that names concrete classes and joins them."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from decimal import Decimal
from hashlib import sha256
from typing import Any

import msgspec

from analytics.features import RunningFeatures
from engine import events
from engine.bus import Bus, Handler
from engine.client_ids import base32
from engine.clock import SECOND_NS, Timeline
from engine.errors import CommandRefused
from engine.facade import Ask, Verb
from engine.faultpoints import reach
from engine.gate import ACCOUNT_SCOPE
from engine.instruments import HOUR_NS, Instrument
from engine.kernel import Kernel, KernelSettings
from engine.operator import Operator
from engine.orders import Order
from engine.record.recorder import Recorder
from engine.safety.kill_limits import KillLimits
from engine.safety.kill_triggers import Drawdown
from engine.session import Session
from engine.simulation.line import Line
from engine.simulation.memory import Memory
from engine.simulation.venue import SimulatedVenue
from engine.simulation.world import LISTING, Continuation, World
from engine.states import State
from engine.strategy import Strategy
from engine.views import Views
from hean_tui import __version__
from hean_tui.books import Books
from hean_tui.discreet_journal import discreet
from hean_tui.going_on import Past, Snapshots, held_symbols, remember, take_up
from hean_tui.paper_faults import PaperFaults
from hean_tui.paper_feed import PaperFeed
from hean_tui.paper_links import AT_FULL_SPEED, IN_TIME, PaperLinks
from hean_tui.paper_venue import FEED_LATENCY_NS, LEVERAGE, ORDER_LATENCY_NS, latency
from hean_tui.redaction import without_secrets
from hean_tui.run_facts import RunFacts
from hean_tui.run_hooks import RunHooks
from hean_tui.run_limits import Asked, limits_from_here, sentences_of_levels
from hean_tui.times import START_NS
from risk.gate import Gate
from risk.limits import Limits, named
from strategies.registry import build

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
    weights: Mapping[str, Decimal] = field(default_factory=dict)  # parts of the capital; none: by risk parity
    halt_flatten: bool = False
    kill: KillLimits = field(default_factory=KillLimits)
    start_ns: int = START_NS
    order_latency_ns: int = ORDER_LATENCY_NS
    feed_latency_ns: int = FEED_LATENCY_NS
    activity: float = 1.0
    asked: Asked = field(default_factory=dict, repr=False)  # of the limits, those that somebody named
    after_crash: bool = field(default=False, repr=False)  # the same words as those of the run that crashed


class SimulatedWorld:
    """What an operator may do to a simulated market and its venue; fills `engine.operator.World`."""

    def __init__(self, world: World, venue: SimulatedVenue, faults: PaperFaults, timeline: Timeline) -> None:
        self._world = world
        self._faults = faults
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

    def fault(self, name: str, count: int, for_s: float) -> str:
        """Something goes wrong on the way, or at the venue."""
        return self._faults.begin(name, count, int(for_s * SECOND_NS))


@contextmanager
def _refusing() -> Iterator[None]:
    """What the world finds impossible is refused to the operator, and stops nothing."""
    try:
        yield
    except ValueError as error:
        raise CommandRefused(str(error)) from None


def build_paper_session(
    run: PaperRun,
    listen: Callable[[Bus, Callable[[str], Order | None]], None] | None = None,
    books: Books | None = None,
    *,
    waits: bool = True,
) -> Session:
    """Join world, venue, gate, features, strategies and kernel, and warm everything up to the start.

    `listen` gets the bus before anything happens on it, and what finds an order of ours by its id. With `books`,
    everything is written down, and a run goes on where the last one of that folder ended; `waits` says whether the
    engine waits for the disk itself.
    """
    if books is not None and books.runs:
        run = replace(run, capital=books.runs[0].capital)
    timeline = Timeline(run.start_ns - WARM_UP_NS)
    kernel_settings = KernelSettings(
        capital=run.capital,
        start_ns=run.start_ns,
        leverage=run.limits.max_leverage,
        epoch=_epoch(run.seed) if books is None else books.epoch,
    )
    instruments = _instruments(run, books)
    gate = Gate(run.limits, run.weights)
    recorder = None if books is None else Recorder(discreet(books.journal), timeline, "paper", waits=waits)
    line = Line(timeline)
    kernel = Kernel(kernel_settings, timeline, instruments, gate, RunningFeatures(), line.send, recorder)
    deliver: Callable[[events.Event], None] = kernel.bus.publish
    past = links = None
    if recorder is not None and books is not None:
        began_ns = books.runs[0].start_ns if books.runs else run.start_ns
        links = PaperLinks(kernel, line, recorder, began_ns, AT_FULL_SPEED if waits else IN_TIME)
        deliver = line.reporting(links.deliver)
        past = take_up(kernel, books, links.correspondence.catch_up)
        if past is not None:
            run = _under_limits_from_here(run, kernel, gate, books)
    world = _world(run, instruments, kernel, past)

    def hear(event: events.Event) -> None:
        deliver(event)

    venue = SimulatedVenue(
        timeline,
        world.instruments,
        hear,
        capital=run.capital,
        latency=latency(run.order_latency_ns, run.feed_latency_ns),
        leverage=LEVERAGE,
        margin="cross",
        slippage_bps=0.0,
        depth=world,
        id_prefix="sim",
    )
    line.exchange = venue
    memory = None if recorder is None else _remembering(venue, recorder)
    if listen is not None:
        listen(kernel.bus, kernel.orders.find)
    symbols = run.symbols or tuple(instrument.symbol for instrument in world.instruments)
    for name in run.strategies:
        kernel.strategies.add(build(name, symbols, run.parameters.get(name, {})))
    for start_ns, end_ns in world.outages:
        timeline.at(max(start_ns, timeline.now_ns), venue.outage, True)
        timeline.at(max(end_ns, timeline.now_ns), venue.outage, False)
    feed = PaperFeed()
    operator = Operator(
        kernel, SimulatedWorld(world, venue, PaperFaults(timeline, venue, line, kernel.account, feed), timeline)
    )
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
    session = Session(kernel, operator, views, feed.through(world.events()), feed.observed(observers))
    kernel.prepare()
    session.run_until(run.start_ns)
    if books is None or recorder is None or links is None or memory is None:
        session.begin()
        return session
    _join(run, kernel, operator, views, links)
    session.safeguards = links.safeguards
    session.hooks = RunHooks(session, links.safeguards, recorder)
    _begin_books(run, kernel, venue, memory, links, recorder, books, past)
    if past is None:
        session.begin()
        links.begin()
    else:
        session.begin(lambda: _recover(run, links, operator, views, past))
    return session


def _under_limits_from_here(run: PaperRun, kernel: Kernel, gate: Gate, books: Books) -> PaperRun:
    """The same run, under what was in force and what its settings name; they hold once its first row is written."""
    gate.losses.begin(kernel.account)
    limits = limits_from_here(gate, run.asked, books.runs, after_crash=run.after_crash)
    return replace(run, limits=limits)


def _drawdown_of(kernel: Kernel) -> Drawdown:
    """The loss since the highest equity, and the amount of it that halts this account, both as the gate has them."""
    account, gate = kernel.account, kernel.gate
    assert isinstance(gate, Gate), "a paper run is built with it"
    losses = gate.losses
    return lambda: (losses.drawdown(account.equity(), account), losses.amounts.halt)


def _join(run: PaperRun, kernel: Kernel, operator: Operator, views: Views, links: PaperLinks) -> None:
    """What a run with books has beside its engine: comparisons with the venue, faults, and rules that may kill."""
    views.reconcile = links.correspondence.reconcile
    operator.compare_books = links.correspondence.reconcile.run
    operator.when_resumed = links.safeguards.ladder.release
    operator.books_differ = links.correspondence.reconcile.differ
    if run.halt_flatten:
        kernel.bus.subscribe(events.Halt, lambda halt: _flatten_at(halt, operator))
    operator.clean = without_secrets
    links.watch_over(operator, run.kill, _drawdown_of(kernel), wants_stops=run.limits.default_stop is not None)
    if links.safeguards.naked is not None:
        views.naked = links.safeguards.naked.view


def _flatten_at(halt: events.Halt, operator: Operator) -> None:
    if halt.scope == ACCOUNT_SCOPE:
        operator.handle(Ask(verb=Verb.FLATTEN, reason=halt.reason, actor="rule halt"))


def _recover(run: PaperRun, links: PaperLinks, operator: Operator, views: Views, past: Past) -> None:
    """What is done before there is an engine, and then everything else that a start is made of."""
    facts = {
        0: f"hean-tui {__version__}, on paper",
        1: "the data folder is ours alone",
        2: "the journal opens, and its pages are whole",
        3: "its newest rows are chained as they were written",
        4: f"{past.fold.rows:,} rows were read, {_compared(past.fold.proofs)}",
        5: "the first row of this run is written",
    }
    views.recovery = links.recover(operator, facts, past.since_ns, run.limits.default_stop)


def _compared(proofs: int) -> str:
    return f"{proofs} state hashes are the same" if proofs else "with no state hash to compare"


def _instruments(run: PaperRun, books: Books | None) -> tuple[Instrument, ...]:
    """What the built-in market lists of it, and all that earlier runs traded."""
    wanted = set(run.symbols)
    if wanted and books is not None:
        wanted.update(held_symbols(books))
    unknown = wanted.difference(instrument.symbol for instrument in LISTING)
    if unknown:
        raise ValueError(f"{min(unknown)!r} is not traded in the built-in market")
    return tuple(instrument for instrument in LISTING if not wanted or instrument.symbol in wanted)


def _world(run: PaperRun, instruments: tuple[Instrument, ...], kernel: Kernel, past: Past | None) -> World:
    """The built-in market; after earlier runs it goes on at the prices that were written down last."""
    goes_on = None
    if past is not None:
        prices = {symbol: market.fair for symbol, market in kernel.markets.items()}
        levels = {symbol: fair for symbol, fair in prices.items() if fair is not None}
        goes_on = Continuation(levels, past.opened_ns)
    return World(
        run.seed,
        run.start_ns - WARM_UP_NS,
        scenario=run.scenario or "normal",
        symbols=tuple(instrument.symbol for instrument in instruments),
        activity=run.activity,
        curtain_ns=run.start_ns,
        goes_on=goes_on,
    )


def _remembering(venue: SimulatedVenue, recorder: Recorder) -> Memory:
    """What the venue does is journaled too, as a real exchange would remember it."""
    memory = Memory(remember(recorder))
    venue.remember(memory)
    return memory


def _begin_books(
    run: PaperRun,
    kernel: Kernel,
    venue: SimulatedVenue,
    memory: Memory,
    links: PaperLinks,
    recorder: Recorder,
    books: Books,
    past: Past | None,
) -> None:
    """The first rows of a run say what it is made of, and where the venue stands."""
    cut_off: list[events.Event] = []
    if past is not None:
        venue.restore(past.happenings)
        cut_off = past.finish()
        kernel.orders.ids.skip()
    recorder.is_silent = False
    reach("recovery.step_5")
    limits = named(run.limits)
    facts = RunFacts(
        run=books.run,
        program=__version__,
        mode="paper",
        feed="sim",
        seed=run.seed,
        scenario=run.scenario,
        symbols=run.symbols,
        strategies=run.strategies,
        parameters={name: dict(values) for name, values in run.parameters.items()},
        capital=run.capital,
        leverage=run.limits.max_leverage,
        limits=limits,
        asked=dict(run.asked),
        epoch=books.epoch,
        start_ns=run.start_ns,
        instruments=tuple(kernel.markets[symbol].instrument for symbol in kernel.symbols),
    )
    recorder.note("run_start", msgspec.structs.asdict(facts))
    recorder.note("venue", venue.kept().body())
    kernel.begin_run(limits)  # as the row says, before anything that follows from rows after it
    for event in cut_off:
        kernel.bus.publish(event)
    for sentence in sentences_of_levels(kernel.gate, run.asked):
        kernel.bus.publish(events.OperatorActed(kernel.timeline.now_ns, "settings", sentence))
    kernel.bus.subscribe(events.EmergencyStop, books.keep_kill_flag)
    kernel.bus.subscribe(events.StateChanged, books.keep_kill_flag)
    if books.has_kill_flag and kernel.state != State.KILLED:
        kernel.kill("a kill flag lies in the data folder")
    Snapshots(kernel, venue, memory.history, links.correspondence.catch_up, books, facts)


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
