"""The books of a folder without an engine: what `hean-tui kill` closes positions with when no engine can.

Kernel, paper venue and everything between them are as in a run, at the last journaled prices and without a market.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from analytics.features import RunningFeatures
from engine import events
from engine.clock import Timeline
from engine.kernel import Kernel, KernelSettings
from engine.operator import Operator
from engine.record.recorder import Recorder
from engine.session import Session
from engine.simulation.memory import Memory
from engine.simulation.venue import SimulatedVenue
from engine.views import Views
from hean_tui.books import Books, open_books
from hean_tui.data_folder import locked
from hean_tui.discreet_journal import discreet
from hean_tui.going_on import remember, take_up
from hean_tui.paper_links import AT_FULL_SPEED, PaperLinks
from hean_tui.paper_venue import LATENCY, LEVERAGE
from hean_tui.run_facts import all_instruments
from infrastructure.journal.lock import SHORT_LIVED
from risk.gate import Gate
from risk.limits import Limits


@contextmanager
def open_recovered(folder: Path) -> Iterator[Session]:
    """Hold the folder and have its books, ready for the operator's verbs; everything is journaled as in a run."""
    with locked(folder, SHORT_LIVED), open_books(folder, seed=0, start_ns=0) as books:
        yield _session(books)


def _session(books: Books) -> Session:
    at_ns = books.went_to_ns or 0
    instruments = all_instruments(books.runs)
    timeline = Timeline(at_ns)
    recorder = Recorder(discreet(books.journal), timeline, "paper", waits=True)

    def hear(event: events.Event) -> None:
        links.deliver(event)

    last = books.runs[-1] if books.runs else None
    capital = books.runs[0].capital if books.runs else Limits().max_leverage
    venue = SimulatedVenue(
        timeline, instruments, hear, capital=capital, latency=LATENCY, leverage=LEVERAGE, id_prefix="sim"
    )
    settings = KernelSettings(
        capital=capital,
        start_ns=at_ns,
        leverage=LEVERAGE if last is None else last.leverage,
        epoch=books.epoch,
    )
    kernel = Kernel(settings, timeline, instruments, Gate(Limits()), RunningFeatures(), venue.send, recorder)
    links = PaperLinks(kernel, venue, recorder, books.runs[0].start_ns if books.runs else at_ns, AT_FULL_SPEED)
    venue.remember(Memory(remember(recorder)))
    past = take_up(kernel, books, links.correspondence.catch_up)
    session = Session(
        kernel,
        Operator(kernel, None),
        Views(kernel, mode="paper", feed="sim", run_id=books.run, seed=None, liquidation_price=venue.liquidation_price),
        iter(()),
        {},
    )
    if past is None:
        return session
    _tell_prices(kernel, venue, at_ns)
    venue.restore(past.happenings)
    cut_off = past.finish()
    recorder.is_silent = False
    for event in cut_off:
        kernel.bus.publish(event)
    parts = links.correspondence
    parts.inquiry.stream.read_from(past.since_ns - parts.patience.history_ns)  # what the venue did that nobody heard
    return session


def _tell_prices(kernel: Kernel, venue: SimulatedVenue, at_ns: int) -> None:
    """The venue trades at what was journaled last."""
    for symbol, market in kernel.markets.items():
        fair = market.fair
        if fair is None:
            continue
        size = float(market.instrument.max_quantity)
        tick = market.tick_size
        venue.on_quote(events.Quote(at_ns, symbol, fair - tick, fair + tick, size, size))
        venue.on_tick(events.Tick(at_ns, symbol, fair, 0.0))
        if not market.is_spot:
            venue.on_mark(events.MarkPrice(at_ns, symbol, fair, fair))
