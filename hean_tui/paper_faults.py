"""What a script may let go wrong between us and the paper venue, and in our own books, by name."""

from collections.abc import Callable
from decimal import Decimal
from typing import TYPE_CHECKING

from engine.errors import CommandRefused

if TYPE_CHECKING:
    from engine.account import Account
    from engine.clock import Timeline
    from engine.simulation.line import Line
    from engine.simulation.venue import SimulatedVenue
    from hean_tui.paper_feed import PaperFeed

SLOW_NS = 1_700_000_000  # how much longer commands take; an order of which nothing comes for 2 s is looked for
COUNTED = {
    "venue.command_lost": "the next {n} orders, cancellations or amendments never arrive",
    "venue.ack_lost": "the next {n} acknowledgements are never heard",
    "venue.fill_lost": "the next {n} fills are never heard",
    "venue.report_lost": "the next {n} reports of any kind are never heard",
    "venue.answer_lost": "the next {n} questions are never answered",
    "venue.report_twice": "the next {n} reports are heard twice",
    "venue.cash": "the venue's own books show {n} USDT more, and nothing explains it",
    "books.shift": "our ledger is wrong by {n} of the smallest lots of each position",
}
LASTING = {
    "venue.cut": "nothing gets through, in either direction, for {s:g} s",
    "venue.outage": "the venue refuses everything for {s:g} s",
    "venue.slow": "orders, cancellations and amendments take 1.7 s longer for {s:g} s",
    "feed.silent": "the engine hears nothing of the market for {s:g} s",
}
FAULTS = (*COUNTED, *LASTING)


class PaperFaults:
    """Begins them."""

    def __init__(
        self, timeline: "Timeline", venue: "SimulatedVenue", line: "Line", account: "Account", feed: "PaperFeed"
    ) -> None:
        self._timeline = timeline
        self._venue = venue
        self._line = line
        self._account = account
        self._feed = feed

    def begin(self, name: str, count: int, for_ns: int) -> str:
        """Let it happen from now on; a sentence that says what."""
        if name in LASTING:
            if for_ns <= 0:
                raise CommandRefused(f"the fault {name} lasts for a time: fault {name} for 30s")
            self._last(name, for_ns)
            return LASTING[name].format(s=for_ns / 1e9)
        if for_ns > 0:
            raise CommandRefused(f"the fault {name} is counted: fault {name} next 1")
        self._count(name, count)
        return COUNTED[name].format(n=count)

    def _last(self, name: str, for_ns: int) -> None:
        if name == "venue.outage":
            self._venue.outage(on=True)
            self._timeline.after(for_ns, self._venue.outage, False)
            return
        begin: dict[str, Callable[[], None]] = {
            "venue.cut": lambda: self._line.cut(for_ns),
            "venue.slow": lambda: self._line.slow(for_ns, SLOW_NS),
            "feed.silent": lambda: self._feed.mute(self._timeline.now_ns + for_ns),
        }
        begin[name]()

    def _count(self, name: str, count: int) -> None:
        from engine.simulation.line import ACKNOWLEDGEMENTS, FILLS

        line = self._line
        begin: dict[str, Callable[[], None]] = {
            "venue.command_lost": lambda: line.lose_commands(count),
            "venue.ack_lost": lambda: line.lose_reports(count, ACKNOWLEDGEMENTS),
            "venue.fill_lost": lambda: line.lose_reports(count, FILLS),
            "venue.report_lost": lambda: line.lose_reports(count),
            "venue.answer_lost": lambda: line.lose_answers(count),
            "venue.report_twice": lambda: line.repeat_reports(count),
            "venue.cash": lambda: self._venue.account.transfer(Decimal(count)),
            "books.shift": lambda: self._shift(count),
        }
        begin[name]()

    def _shift(self, lots: int) -> None:
        """As a bug in the arithmetic of fills would: the quantity alone is wrong, and no fill says why."""
        held = [position for position in self._account.ledger.positions.values() if position.quantity]
        if not held:
            raise CommandRefused("the books hold nothing that could be wrong; buy something first")
        for position in held:
            position.quantity += lots * self._account.instrument(position.symbol).lot
