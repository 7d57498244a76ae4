"""The market tape of a run: what the market told, kept beside the journal for whoever replays strategies later."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from engine import events
from engine.session import Session
from infrastructure.tape import MarketTape

TOLD = (events.Tick, events.Quote, events.MarkPrice, events.FundingRate)
_CLOSE_WITHIN_S = 2.0


@contextmanager
def taped(session: Session, folder: Path) -> Iterator[MarketTape]:
    """Record from now on, on a thread of the tape's own; what finds no room is counted with all that was dropped."""
    tape = MarketTape(folder)
    for kind in TOLD:
        session.kernel.bus.subscribe(kind, tape.record)
    session.views.count_drops(lambda: tape.dropped)
    try:
        yield tape
    finally:
        tape.close(_CLOSE_WITHIN_S)
