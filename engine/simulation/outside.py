"""What happens to an account from outside: by hand on the exchange's own site, by another bot, by the exchange itself.

Nothing of it takes any time on the way in. It is reported like everything else; the ids are `hand-1` and `adl-1`.
"""

from collections.abc import Callable
from decimal import Decimal

import msgspec

from engine.clock import Timeline
from engine.commands import CancelOrder, Command, OrderType, SubmitOrder, TimeInForce
from engine.errors import CommandRefused
from engine.events import Execution
from engine.money import ZERO, plain
from engine.refusals import Refusal
from engine.simulation.market import Market
from engine.simulation.matching import Matcher
from engine.simulation.memory import Memory
from engine.simulation.orders import RESTING, VenueOrder
from engine.simulation.reports import Reports


class Outside:
    """Everybody but us."""

    def __init__(
        self,
        timeline: Timeline,
        markets: dict[str, Market],
        matcher: Matcher,
        reports: Reports,
        arrive: Callable[[Command], None],
        memory: Memory | None,
    ) -> None:
        self._timeline = timeline
        self._markets = markets
        self._matcher = matcher
        self._reports = reports
        self._arrive = arrive
        self._memory = memory

    def order(self, symbol: str, side: int, quantity: Decimal, limit: Decimal | None = None) -> str:
        """Somebody places an order by hand, at the market or with a limit; returns its id."""
        order_id = self._reports.next_outside_id("hand")
        kind = OrderType.MARKET if limit is None else OrderType.LIMIT
        terms = TimeInForce.IOC if limit is None else TimeInForce.GTC
        self._arrive(SubmitOrder(order_id, symbol, side, kind, quantity, limit, time_in_force=terms))
        return order_id

    def cancel_by_hand(self, order_id: str) -> None:
        """Somebody cancels an order, ours perhaps."""
        self._arrive(CancelOrder(order_id, self._find(order_id)[0].symbol))

    def cancel(self, order_id: str) -> None:
        """The exchange cancels what is left of an order."""
        market, order = self._find(order_id)
        lifecycle = self._matcher.lifecycle
        self._do(market, lambda: lifecycle.cancel(market, order, Refusal.CANCELLED_BY_EXCHANGE))

    def reject(self, order_id: str) -> None:
        """The exchange turns an order away that it had taken in."""
        market, order = self._find(order_id)
        self._do(market, lambda: self._matcher.lifecycle.reject_late(market, order, Refusal.CANCELLED_BY_EXCHANGE))

    def fill(self, order_id: str, quantity: Decimal | None = None) -> None:
        """Others trade with a resting order: with so much of it, or with all."""
        market, order = self._find(order_id)
        if order.place is not RESTING:
            raise CommandRefused(f"the order {order_id} does not rest in the book; only what rests there can be filled")
        lots = order.left if quantity is None else _lots(market, quantity)
        if not 0 < lots <= order.left:
            left = plain(market.instrument.quantity(order.left))
            raise CommandRefused(f"the order {order_id} has {left} left, and {quantity} of it was to be filled")
        price = order.ticks * market.ticks.size
        self._do(market, lambda: self._matcher.fill_resting(market, order, lots, price))

    def fill_late(self, order_id: str, quantity: Decimal, price: Decimal) -> None:
        """An order that is over turns out to have been filled some more."""
        memory = self._memory
        ended = None if memory is None else memory.history.order(order_id, self._timeline.now_ns)
        if memory is None or ended is None:
            raise CommandRefused(f"the venue remembers no ended order {order_id}; only such a one can be filled late")
        market = self._markets[ended.symbol]
        filled = msgspec.structs.replace(ended, ts=self._timeline.now_ns, filled=ended.filled + quantity)

        def act() -> None:
            fee = quantity * price * market.instrument.fee_taker
            self._change_hands(market, order_id, ended.side, quantity, price, fee, "trade")
            memory.note(filled)

        self._do(market, act)

    def deleverage(self, symbol: str, quantity: Decimal | None = None) -> None:
        """The exchange closes so much of a position, or half of it, at the mark and without a fee."""
        market = self._market(symbol)
        held = abs(market.held)
        lots = held - held // 2 if quantity is None else _lots(market, quantity)
        if not 0 < lots <= held or market.is_spot:
            held_now = plain(market.position.quantity)
            raise CommandRefused(f"the position of {symbol} was {held_now}; no more than that can be deleveraged")
        instrument = market.instrument
        price = max(instrument.price_near(market.fair()), instrument.tick)
        side = -1 if market.held > 0 else 1
        order_id = self._reports.next_outside_id("adl")
        self._do(
            market,
            lambda: self._change_hands(market, order_id, side, instrument.quantity(lots), price, ZERO, "adl"),
        )

    # --- how

    def _do(self, market: Market, act: Callable[[], None]) -> None:
        def done() -> None:
            act()
            market.reband()

        (done if self._memory is None else self._memory.as_one(done))()

    def _change_hands(
        self, market: Market, order_id: str, side: int, quantity: Decimal, price: Decimal, fee: Decimal, kind: str
    ) -> None:
        lifecycle = self._matcher.lifecycle
        account = lifecycle.account
        account.ledger.fill(market.symbol, side, quantity, price, fee)
        account.note_position(market, side * market.instrument.lots(quantity))
        self._reports.tell(
            Execution(
                self._timeline.now_ns,
                self._reports.next_execution_id(),
                order_id,
                market.symbol,
                side,
                quantity,
                price,
                fee,
                market.instrument.quote,
                maker=False,
                kind=kind,
            )
        )
        lifecycle.trim(market)
        self._matcher.liquidator.guard(market)
        self._matcher.liquidator.judge(market)

    def _market(self, symbol: str) -> Market:
        market = self._markets.get(symbol)
        if market is None:
            raise CommandRefused(f"the symbol {symbol} was unknown to the venue; it has {', '.join(self._markets)}")
        return market

    def _find(self, order_id: str) -> tuple[Market, VenueOrder]:
        for market in self._markets.values():
            order = market.orders.get(order_id)
            if order is not None:
                return market, order
        raise CommandRefused(f"the order {order_id} was not open at the venue")


def _lots(market: Market, quantity: Decimal) -> int:
    lots = market.lots.count(quantity)
    if lots is None:
        raise CommandRefused(f"the quantity {quantity} was not a multiple of the lot {plain(market.instrument.lot)}")
    return lots
