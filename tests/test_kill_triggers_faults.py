"""The faults that drills are made with: what they do, to whom, and when they are over."""

from decimal import Decimal

import pytest

from engine import events
from engine.commands import CancelOrder
from engine.errors import CommandRefused
from engine.simulation.line import Line
from hean_tui.paper_faults import COUNTED, FAULTS, LASTING, PaperFaults
from hean_tui.paper_feed import PaperFeed, Unheard
from tests.rehearsal import PERP, SECOND, START
from tests.trading_floor import Floor


class Arrivals:
    """Notes when something arrives."""

    def __init__(self, floor: Floor) -> None:
        self._floor = floor
        self.at_ms: list[float] = []

    def send(self, _: object) -> None:
        self.at_ms.append((self._floor.timeline.now_ns - START) / 1e6)

    def ask(self, *_: object) -> None:
        """Nobody asks here."""


def faults(floor: Floor, line: Line | None = None, feed: PaperFeed | None = None) -> PaperFaults:
    """All there are, on this floor."""
    return PaperFaults(floor.timeline, floor.venue, line or Line(floor.timeline), floor.account, feed or PaperFeed())


def test_a_feed_that_is_silent_is_heard_by_the_venue_alone() -> None:
    """Events stay in order; while it lasts the engine gets them wrapped, and the venue's handler sees the core."""
    floor, feed = Floor(), PaperFeed()
    seen: list[events.Event] = []
    now = floor.timeline.now_ns
    told = faults(floor, feed=feed).begin("feed.silent", 1, 10 * SECOND)
    assert told == "the engine hears nothing of the market for 10 s"
    ticks = [events.Tick(now + second * SECOND, PERP, 100.0, 1.0) for second in range(12)]
    heard = list(feed.through(iter(ticks)))
    assert [type(event) for event in heard] == [Unheard] * 10 + [events.Tick] * 2
    observers = feed.observed({events.Tick: seen.append})
    for event in heard:
        observers[type(event)](event)
    observers[Unheard](Unheard(now, events.Quote(now, PERP, 1.0, 2.0, 1.0, 1.0)))  # nobody looks at these
    assert seen == ticks


def test_a_slow_line_is_slow_for_commands_and_for_a_while() -> None:
    """What is sent meanwhile arrives 1.7 s later, what is sent after that at once."""
    floor = Floor()
    arrivals = Arrivals(floor)
    line = Line(floor.timeline, arrivals)
    began_ms = (floor.timeline.now_ns - START) / 1e6
    faults(floor, line=line).begin("venue.slow", 1, 5 * SECOND)
    for _ in range(3):
        line.send(CancelOrder("a", PERP))
        floor.pass_time(3)
    assert [at - began_ms for at in arrivals.at_ms] == [1_700.0, 4_700.0, 6_000.0]
    faults(floor, line=line).begin("venue.slow", 1, 5 * SECOND)
    line.mend()
    line.send(CancelOrder("a", PERP))
    assert arrivals.at_ms[-1] - began_ms == 9_000.0


def test_cash_that_comes_from_nowhere_is_told_by_nobody() -> None:
    """The venue's books have it, and ours do not hear of it."""
    floor = Floor()
    faults(floor).begin("venue.cash", 3, 0)
    floor.pass_time(5)
    assert floor.venue.account.cash - floor.account.ledger.cash == Decimal(3)


def test_a_ledger_can_only_be_wrong_where_something_is_held() -> None:
    """One lot more than was bought; in an empty account the fault is refused in words."""
    floor = Floor()
    with pytest.raises(CommandRefused, match="the books hold nothing that could be wrong; buy something first"):
        faults(floor).begin("books.shift", 1, 0)
    floor.do("buy", PERP, "1")
    faults(floor).begin("books.shift", 2, 0)
    assert floor.account.held(PERP) == Decimal("1.002")


@pytest.mark.parametrize("name", FAULTS)
def test_every_fault_says_what_it_needs(name: str) -> None:
    """Those that last take a time and those that are counted a number; the wrong one is refused with the right one."""
    floor = Floor()
    floor.do("buy", PERP, "1")
    wrong, right = ((1, 0), (1, SECOND)) if name in LASTING else ((1, SECOND), (1, 0))
    with pytest.raises(CommandRefused, match=f"fault {name} (for 30s|next 1)"):
        faults(floor).begin(name, *wrong)
    assert faults(floor).begin(name, *right) == {**COUNTED, **LASTING}[name].format(n=1, s=1)
