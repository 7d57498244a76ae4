"""What an account holds and what is open there: looked up at the exchange where one can be asked, else in our books."""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from decimal import Decimal
from functools import partial
from typing import Any, NamedTuple, Protocol

from engine import events
from engine.account import Account
from engine.bus import Bus
from engine.clock import Timeline
from engine.commands import CancelOrder
from engine.exchange.asking import Asking
from engine.exchange.catching_up import CatchUp
from engine.exchange.inquiry import Inquiry
from engine.exchange.patience import Patience
from engine.exchange.questions import ListOpenOrders, ListPositions, OpenOrders, OrderTruth, Positions, Unreachable
from engine.orders import Order, Status
from engine.ports import Exchange


class Resting(NamedTuple):
    """An order that is open."""

    symbol: str
    is_entry: bool  # it can make a position larger, or begin one


class Picture(NamedTuple):
    """What was there at one moment; None where nobody could say."""

    held: Mapping[str, Decimal] | None
    orders: Mapping[str, Resting] | None
    is_read: bool = True  # all executions are in our books
    moved: frozenset[str] = frozenset()  # symbols in which something was executed while it was made
    reason: str = ""  # why something is missing
    listed_ns: int = 0  # when the orders were asked for


Seen = Callable[[Picture], None]


class Sight(Protocol):
    """Where whoever closes everything looks, and what can be done there by an order's name alone."""

    name: str
    looks: int  # how many of them, one after the other, prove that nothing is held

    def look(self, since_ns: int, then: Seen) -> None:
        """Make a picture; executions since that moment are read into our books first."""
        ...

    def is_ours(self, order_id: str) -> bool:
        """Whether an order that is in no book of ours has a name of ours."""
        ...

    def cannot_come(self, order: Order, listed_ns: int) -> bool:
        """Whether an order that was not open there at that moment will not be open there later either."""
        ...

    def shows_all(self, of_ns: int, listed_ns: int) -> bool:
        """Whether everything executed up to one moment is in the lists that were asked for at another."""
        ...

    def cancel(self, order_id: str, symbol: str) -> None:
        """Take an order back by its name, whoever placed it."""
        ...

    def ask_after(self, orders: Iterable[Order], is_last: bool) -> None:
        """Find out what became of orders that are open in our books alone; `is_last`: they are all that is left."""
        ...


class OwnBooks:
    """Fills `Sight` where there is nobody to ask: in a backtest, where our books hear everything."""

    name = "our books"
    looks = 1

    def __init__(self, account: Account) -> None:
        self._account = account

    def look(self, since_ns: int, then: Seen) -> None:
        """At once."""
        account = self._account
        held = {symbol: position.quantity for symbol, position in account.ledger.positions.items()}
        then(Picture(held, {order.id: _in_books(order) for order in account.open_orders.values()}))

    def is_ours(self, order_id: str) -> bool:
        """There are no others."""
        return True

    def cannot_come(self, order: Order, listed_ns: int) -> bool:
        """What is open is in the books."""
        return False

    def shows_all(self, of_ns: int, listed_ns: int) -> bool:
        """Our books hear everything."""
        return True

    def cancel(self, order_id: str, symbol: str) -> None:
        """Every order is in the books, and cancelled through them."""

    def ask_after(self, orders: Iterable[Order], is_last: bool) -> None:
        """There is nobody to ask."""


class ExchangeSight:
    """Fills `Sight` with the exchange's own word. One picture at a time: who asks meanwhile shares the next one."""

    name = "the exchange"
    looks = 2

    def __init__(
        self,
        timeline: Timeline,
        bus: Bus,
        account: Account,
        exchange: Exchange,
        asking: Asking,
        catch_up: CatchUp,
        inquiry: Inquiry,
        patience: Patience,
        prefix: str,
    ) -> None:
        self._timeline = timeline
        self._account = account
        self._exchange = exchange
        self._asking = asking
        self._catch_up = catch_up
        self._inquiry = inquiry
        self._patience = patience
        self._prefix = prefix
        self._executed: Counter[str] = Counter()  # how often in a symbol
        self._waiting: list[Seen] = []
        self._since_ns = timeline.now_ns  # for those who wait
        self._is_looking = False
        bus.subscribe(events.Execution, self._count)

    def look(self, since_ns: int, then: Seen) -> None:
        """Now, or as soon as the picture that is being made is there."""
        self._since_ns = min(self._since_ns, since_ns) if self._waiting else since_ns
        self._waiting.append(then)
        if not self._is_looking:
            self._begin()

    def is_ours(self, order_id: str) -> bool:
        """The legs of an entry come into the books by themselves."""
        return order_id.startswith(self._prefix) and "." not in order_id

    def cannot_come(self, order: Order, listed_ns: int) -> bool:
        """Past its fence the exchange refuses it."""
        return self._patience.fence_ns(order.created_at) <= listed_ns

    def shows_all(self, of_ns: int, listed_ns: int) -> bool:
        """What is older than the exchange takes to list it."""
        return of_ns + self._patience.index_ns <= listed_ns

    def cancel(self, order_id: str, symbol: str) -> None:
        """It leaves at once; the next picture shows whether it helped."""
        self._exchange.send(CancelOrder(order_id, symbol))

    def ask_after(self, orders: Iterable[Order], is_last: bool) -> None:
        """One that left just now will be heard of; of one that rested, too, unless nothing else is left to wait for."""
        young_ns = self._timeline.now_ns - self._patience.answer_ns
        for order in orders:
            is_old = order.created_at < young_ns
            if is_old and (is_last or order.status in (Status.SUBMITTED, Status.UNKNOWN)):
                self._inquiry.look(order)

    def _begin(self) -> None:
        self._is_looking = True
        waiting, self._waiting = self._waiting, []
        replies: dict[str, Any] = {}
        take = partial(self._take, replies, self._executed.copy(), self._timeline.now_ns, waiting)
        self._catch_up.executions(self._since_ns, partial(take, "executions"))
        self._asking.ask(ListOpenOrders(), partial(take, "orders"))
        self._asking.ask(ListPositions(), partial(take, "positions"))

    def _take(
        self, replies: dict[str, Any], before: Counter[str], began_ns: int, waiting: list[Seen], name: str, reply: Any
    ) -> None:
        replies[name] = reply
        if len(replies) < 3:
            return
        self._is_looking = False
        picture = self._picture(replies, frozenset(self._executed - before), began_ns)
        for seen in waiting:
            seen(picture)
        if self._waiting and not self._is_looking:
            self._begin()

    def _picture(self, replies: dict[str, Any], moved: frozenset[str], began_ns: int) -> Picture:
        orders, positions = replies["orders"], replies["positions"]
        is_read = replies["executions"] is not None
        reasons = [each.reason for each in (orders, positions) if isinstance(each, Unreachable)]
        return Picture(
            {truth.symbol: truth.quantity for truth in positions.positions if truth.quantity}
            if isinstance(positions, Positions)
            else None,
            {truth.order_id: self._listed(truth) for truth in orders.orders}
            if isinstance(orders, OpenOrders)
            else None,
            is_read,
            moved,
            next(iter(reasons), "" if is_read else "its executions could not be read"),
            began_ns,
        )

    def _listed(self, truth: OrderTruth) -> Resting:
        order = self._account.open_orders.get(truth.order_id)
        if order is not None:
            return _in_books(order)
        market = self._account.markets.get(truth.symbol)
        sells_coins = market is not None and market.is_spot and truth.side < 0
        return Resting(truth.symbol, not truth.reduce_only and not sells_coins)

    def _count(self, execution: events.Execution) -> None:
        self._executed[execution.symbol] += 1


def _in_books(order: Order) -> Resting:
    return Resting(order.symbol, not order.reduce_only)
