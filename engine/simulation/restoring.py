"""A venue as it was: its state built again from what it remembers of itself.

Everything comes back exactly, with one exception that is to our disadvantage: nobody knows any more who stood before
us in a queue, so that our resting orders stand behind everything that is there now.
"""

from collections.abc import Callable, Iterable
from typing import Any

from engine.clock import Timeline
from engine.errors import UnknownSymbol
from engine.events import Execution, FundingPaid, FundingRate, OrderAccepted, Transferred
from engine.money import ZERO
from engine.simulation.book import UNSEEN
from engine.simulation.facts import Happening, OrderKept, PositionKept, SymbolSet, VenueKept
from engine.simulation.funding import Funding
from engine.simulation.keeping import live
from engine.simulation.lifecycle import Lifecycle
from engine.simulation.liquidity import Liquidity
from engine.simulation.market import Market
from engine.simulation.memory import Memory
from engine.simulation.orders import Bracket, Place, VenueOrder
from engine.simulation.reports import Reports, number_of

_WATCHING, _WAITING = Place.WATCHING.name.lower(), Place.WAITING.name.lower()


class Restoring:
    """Takes facts in their order into a venue in which nothing has happened yet."""

    def __init__(
        self,
        timeline: Timeline,
        markets: dict[str, Market],
        lifecycle: Lifecycle,
        liquidity: Liquidity,
        funding: Funding,
        reports: Reports,
        memory: Memory | None,
    ) -> None:
        self._timeline = timeline
        self._markets = markets
        self._lifecycle = lifecycle
        self._liquidity = liquidity
        self._funding = funding
        self._reports = reports
        self._memory = memory
        self._account = lifecycle.account
        self._ledger = lifecycle.account.ledger
        self._open: dict[str, OrderKept] = {}
        self._queued: dict[str, None] = {}  # in the order in which they came to where they are
        self._announced: dict[str, FundingRate] = {}
        self._paid_ns: dict[str, int] = {}
        self._last_ns = 0
        self._apply: dict[type, Callable[[Any], None]] = {
            VenueKept: self._begin,
            OrderKept: self._order,
            OrderAccepted: self._accepted,
            Execution: self._execution,
            FundingPaid: self._funding_paid,
            FundingRate: self._funding_announced,
            Transferred: self._transferred,
            SymbolSet: self._symbol_set,
        }

    def take(self, happenings: Iterable[Happening]) -> None:
        """Everything that happened, oldest first."""
        apply, now_ns = self._apply, self._timeline.now_ns
        history = None if self._memory is None else self._memory.history
        for happening in happenings:
            self._last_ns = happening.ts
            for fact in happening.facts:
                done = apply.get(type(fact))
                if done is not None:
                    done(fact)
                    if history is not None:
                        history.take(fact, now_ns)

    def finish(self) -> None:
        """Put the orders into their places, and let time go on."""
        unknown = [symbol for symbol in self._needed() if symbol not in self._markets]
        if unknown:
            raise UnknownSymbol(
                f"the account still has something open on {', '.join(unknown)}, which is not traded in this run; "
                "start it with that symbol"
            )
        unpriced = [symbol for symbol, market in self._account.holding.items() if not market.fair_about()]
        if unpriced:
            raise ValueError(f"a position is restored at known prices; none was told of {', '.join(unpriced)}")
        brackets: dict[str, Bracket] = {}
        # Orders are kept in the order in which they were accepted, which is that of their numbers.
        self._open = dict(sorted(self._open.items(), key=lambda item: number_of(item[1].exchange_id)))
        for fact in self._open.values():
            market = self._markets[fact.symbol]
            order = live(market, fact, brackets)
            market.orders[order.order_id] = order
            if order.reduce_only:
                market.reducers += 1
        for order_id in self._queued:
            self._place(self._open[order_id])
        if self._memory is not None:
            for fact in self._open.values():
                market = self._markets[fact.symbol]
                self._memory.meet(market, market.orders[fact.order_id], fact.accepted_ns)
        for symbol, rate in self._announced.items():
            if symbol in self._markets:
                is_settled = max(self._last_ns, self._paid_ns.get(symbol, 0)) >= rate.next_ts
                self._funding.resume(self._markets[symbol], rate, is_settled=is_settled)

    def _place(self, fact: OrderKept) -> None:
        market = self._markets[fact.symbol]
        order = market.orders[fact.order_id]
        if fact.place == _WATCHING:
            self._lifecycle.watch(market, order)
        else:
            self._account.reserve(market, order, order.left)
            if fact.place == _WAITING:
                market.expect(order)
            else:
                self._lifecycle.rest(market, order, self._lots_ahead(market, order))

    def _needed(self) -> list[str]:
        held = [position.symbol for position in self._ledger.positions.values() if position.quantity]
        return list(dict.fromkeys((*held, *(fact.symbol for fact in self._open.values()))))

    def _lots_ahead(self, market: Market, order: VenueOrder) -> int:
        if not market.has_book:
            return 0
        book = self._liquidity.refresh(market, order.side)
        return book.size_ahead(order.side, order.ticks) if book.levels(order.side).keys else UNSEEN

    # --- what each fact does

    def _begin(self, fact: VenueKept) -> None:
        ledger = self._ledger
        ledger.deposits, ledger.cash, ledger.realised = fact.deposits, fact.cash, fact.realised
        ledger.fees, ledger.funding = fact.fees, fact.funding
        told = {position.symbol for position in fact.positions}
        flat = [PositionKept(symbol, ZERO, ZERO, ZERO, ZERO, ZERO) for symbol in ledger.positions if symbol not in told]
        self._account.holding.clear()
        for position in (*fact.positions, *flat):
            self._position(position)
        self._open = {order.order_id: order for order in fact.orders}
        self._queued = dict.fromkeys(fact.queued)
        self._lifecycle.seen.clear()
        self._lifecycle.seen.update(fact.seen)
        for symbol_set in fact.symbols:
            self._symbol_set(symbol_set)
        self._announced = {rate.symbol: rate for rate in fact.announced}
        self._reports.recall_numbers(fact.numbers)

    def _position(self, told: PositionKept) -> None:
        position = self._ledger.position(told.symbol)
        position.quantity, position.cost, position.realised = told.quantity, told.cost, told.realised
        position.fees, position.funding = told.fees, told.funding
        market = self._markets.get(told.symbol)
        if market is not None:
            lots = int(told.quantity / market.instrument.lot)
            self._account.note_position(market, lots - market.held)

    def _order(self, fact: OrderKept) -> None:
        self._lifecycle.seen.add(fact.order_id)
        self._reports.recall_order_id(fact.order_id)
        before = self._open.get(fact.order_id)
        if not fact.is_open:
            self._open.pop(fact.order_id, None)
            self._queued.pop(fact.order_id, None)
            return
        self._open[fact.order_id] = fact
        if before is None or not _stays(before, fact):
            self._queued.pop(fact.order_id, None)
            self._queued[fact.order_id] = None

    def _accepted(self, fact: OrderAccepted) -> None:
        self._reports.recall_exchange_id(fact.exchange_id)

    def _execution(self, fact: Execution) -> None:
        symbol = fact.symbol
        in_base = fact.fee_currency == symbol.partition("/")[0]
        self._ledger.fill(symbol, fact.side, fact.quantity, fact.price, fact.fee, fee_in_base=in_base)
        market = self._markets.get(symbol)
        if market is not None:
            self._account.note_position(market, fact.side * market.instrument.lots(fact.quantity))
        self._reports.recall_execution_id(fact.execution_id)
        self._reports.recall_order_id(fact.order_id)

    def _funding_paid(self, fact: FundingPaid) -> None:
        self._ledger.pay_funding(fact.symbol, fact.amount)
        self._paid_ns[fact.symbol] = fact.ts

    def _funding_announced(self, fact: FundingRate) -> None:
        self._announced[fact.symbol] = fact

    def _transferred(self, fact: Transferred) -> None:
        self._ledger.transfer(fact.amount)

    def _symbol_set(self, fact: SymbolSet) -> None:
        market = self._markets.get(fact.symbol)
        if market is not None:
            market.leverage, market.is_trading = fact.leverage, fact.is_trading


def _stays(before: OrderKept, after: OrderKept) -> bool:
    """Whether an order kept its turn; one that watches has none to lose."""
    return before.place == after.place and (after.place == _WATCHING or before.arrived_ns == after.arrived_ns)


def _line(market: Market) -> list[VenueOrder]:
    return [*market.watching, *market.waiting, *market.book.own_bids, *market.book.own_asks]


def whole_venue(
    timeline: Timeline, markets: dict[str, Market], lifecycle: Lifecycle, reports: Reports, memory: Memory
) -> VenueKept:
    """The whole venue now."""
    now_ns = timeline.now_ns
    account, ledger = lifecycle.account, lifecycle.account.ledger
    held = list(account.holding)
    others = [position for position in ledger.positions.values() if position.symbol not in account.holding]
    positions = [*(ledger.positions[symbol] for symbol in held), *others]
    return VenueKept(
        now_ns,
        ledger.deposits,
        ledger.cash,
        ledger.realised,
        ledger.fees,
        ledger.funding,
        tuple(
            PositionKept(p.symbol, p.quantity, p.cost, p.realised, p.fees, p.funding)
            for p in positions
            if p.quantity or p.fees or p.funding or p.realised
        ),
        tuple(memory.state_of(order_id) for order_id in memory.live),
        tuple(order.order_id for market in markets.values() for order in _line(market)),
        tuple(SymbolSet(now_ns, market.symbol, market.leverage, market.is_trading) for market in markets.values()),
        tuple(
            FundingRate(now_ns, market.symbol, float(market.funding_rate), market.funding_due_ns)
            for market in markets.values()
            if market.funding_due_ns >= 0
        ),
        tuple(sorted(lifecycle.seen)),
        reports.numbers,
    )
