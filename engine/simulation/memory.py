"""The memory of a venue: everything that happens there, at its own time, in pieces that belong together.

A piece begins with what came from outside (a command, a trade of others, a timer) and ends with its last consequence.
Only then is it handed to whoever keeps it, and only after that do its reports leave: nobody can have heard of what the
venue may have forgotten.
"""

from collections import deque
from collections.abc import Callable, Mapping
from functools import wraps
from typing import ParamSpec

from engine.clock import Timeline
from engine.commands import Command, SubmitOrder
from engine.events import Event, FundingRate, OrderAccepted, OrderCancelled, OrderExpired, OrderRejected
from engine.orders import Status
from engine.refusals import Refusal
from engine.simulation.facts import Fact, Happening, OrderKept
from engine.simulation.history import WEEK_NS, History
from engine.simulation.keeping import kept, kept_at_the_door
from engine.simulation.market import Market
from engine.simulation.orders import Place, VenueOrder
from engine.simulation.reports import Reports

P = ParamSpec("P")
Tell = Callable[[Event], None]

# After these refusals nobody knows the id: it may come again.
_NEVER_SEEN = frozenset(
    (Refusal.OUTAGE, Refusal.UNKNOWN_SYMBOL, Refusal.SYMBOL_NOT_TRADING, Refusal.DUPLICATE_CLIENT_ID)
)


class Memory:
    """Gathers what happens, and keeps what may be asked for. One memory belongs to one venue."""

    def __init__(self, listen: Callable[[Happening], None] | None = None, *, keeps_ns: int = WEEK_NS) -> None:
        self.listen = listen
        self.history = History(keeps_ns)
        self.live: dict[str, tuple[Market, VenueOrder, int]] = {}  # the open orders, and when they were accepted
        self._timeline: Timeline | None = None
        self._markets: Mapping[str, Market] = {}
        self._way_back: Tell | None = None
        self._depth = 0
        self._command: Command | None = None
        self._facts: list[Fact] = []
        self._touched: dict[str, None] = {}
        self._endings: dict[str, tuple[Status, str]] = {}
        self._unreported: dict[str, tuple[VenueOrder, Place, int]] = {}
        self._leaving: deque[Event] = deque()
        self._is_leaving = False

    def attach(self, timeline: Timeline, markets: Mapping[str, Market], reports: Reports) -> None:
        """Belong to the venue with these parts, and stand before the way on which its reports leave."""
        if self._timeline is not None:
            raise ValueError("this memory was another venue's already; make a new one")
        self._timeline = timeline
        self._markets = markets
        self._way_back, reports.tell = reports.tell, self.tell

    def as_one(self, act: Callable[P, None]) -> Callable[P, None]:
        """The same act, remembered as one piece with all that follows from it."""

        @wraps(act)
        def whole(*arguments: P.args, **named: P.kwargs) -> None:
            self._depth += 1
            try:
                act(*arguments, **named)
            finally:
                self._depth -= 1
                if not self._depth:
                    self._end()

        return whole

    def arriving(self, arrive: Callable[[Command], None]) -> Callable[[Command], None]:
        """The door of the venue, where commands are seen as they come in."""

        @self.as_one
        def noted(command: Command) -> None:
            self._command = command
            arrive(command)

        return noted

    def announcing(self, announce: Callable[[Market, FundingRate], None]) -> Callable[[Market, FundingRate], None]:
        """Announcements of funding, of which those that change something are noticed."""

        def noted(market: Market, rate: FundingRate) -> None:
            before = market.funding_rate, market.funding_due_ns
            announce(market, rate)
            if (market.funding_rate, market.funding_due_ns) != before:
                self.note(rate)

        return noted

    # --- what is noticed

    def tell(self, event: Event) -> None:
        """A report: remembered first, then told."""
        self._leaving.append(event)
        order_id = getattr(event, "order_id", None)
        if order_id is not None:
            self._touched[order_id] = None
        match event:
            case OrderCancelled():
                self._endings[event.order_id] = Status.CANCELLED, event.code
            case OrderExpired():
                self._endings[event.order_id] = Status.EXPIRED, event.code
            case OrderAccepted():
                market = self._markets[event.symbol]
                self.meet(market, market.orders[event.order_id], event.ts)
            case OrderRejected() if event.code not in _NEVER_SEEN:
                self._endings[event.order_id] = Status.REJECTED, event.code
        self.note(event)

    def note(self, fact: Fact) -> None:
        """Something that nobody is told of, and that must be known later."""
        self._facts.append(fact)
        if not self._depth:
            self._end()

    def meet(self, market: Market, order: VenueOrder, accepted_ns: int) -> None:
        """An order is here from now on."""
        self.live[order.order_id] = market, order, accepted_ns
        self._watch(order)

    def _watch(self, order: VenueOrder) -> None:
        """Of some orders something changes that no report says: where a trail has got to, and the end of waiting."""
        noted = self._unreported.get(order.order_id)
        if noted is not None and noted[1] is not order.place:
            del self._unreported[order.order_id]
        if order.trail_ticks or order.place is Place.WAITING:
            self._unreported[order.order_id] = order, order.place, order.best_ticks

    # --- what is made of it

    @property
    def _now_ns(self) -> int:
        assert self._timeline is not None, "a venue has its memory from the beginning"
        return self._timeline.now_ns

    def _end(self) -> None:
        command, self._command = self._command, None
        for order_id, (order, place, best_ticks) in self._unreported.items():
            if order.place is not place or order.best_ticks != best_ticks:
                self._touched[order_id] = None
        if not self._facts and not self._touched:
            return
        facts, self._facts = self._facts, []
        touched, self._touched = self._touched, {}
        endings, self._endings = self._endings, {}
        now_ns = self._now_ns
        for order_id in sorted(touched, key=self._turn) if len(touched) > 1 else touched:
            if order_id in self.live:
                facts.append(self._noticed(order_id, endings.get(order_id)))
            elif order_id in endings and isinstance(command, SubmitOrder) and command.order_id == order_id:
                facts.append(kept_at_the_door(command, *endings[order_id], now_ns))
        happening = Happening(now_ns, (*(() if command is None else (command,)), *facts))
        for fact in happening.facts:
            self.history.take(fact, now_ns)
        if self.listen is not None:
            self.listen(happening)
        self._let_go()

    def state_of(self, order_id: str, ending: tuple[Status, str] | None = None) -> OrderKept:
        """An order that was open, as it is now."""
        market, order, accepted_ns = self.live[order_id]
        if market.orders.get(order_id) is order:
            status, reason = Status.PARTLY_FILLED if order.filled else Status.ACCEPTED, ""
        else:
            status, reason = ending or (Status.FILLED, "")
        return kept(market, order, status, reason, accepted_ns, self._now_ns)

    def _turn(self, order_id: str) -> int:
        """Of orders that came to rest at one price, the first in its queue is to be noticed first."""
        place = self.live.get(order_id)
        if place is None or place[1].place is not Place.RESTING:
            return 0
        market, order, _ = place
        return market.book.queue(order.side).turn(order)

    def _noticed(self, order_id: str, ending: tuple[Status, str] | None) -> OrderKept:
        fact = self.state_of(order_id, ending)
        if fact.is_open:
            self._watch(self.live[order_id][1])
        else:
            del self.live[order_id]
            self._unreported.pop(order_id, None)
        return fact

    def _let_go(self) -> None:
        """Reports leave in their order, also where hearing of one makes the next thing happen here at once."""
        if self._is_leaving:
            return
        way_back = self._way_back
        assert way_back is not None, "a venue has its memory from the beginning"
        self._is_leaving = True
        try:
            while self._leaving:
                way_back(self._leaving.popleft())
        finally:
            self._is_leaving = False
