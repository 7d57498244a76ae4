"""Hands that cannot keep still: they cancel and change orders that rest, whatever those were for.

No strategy of ours does that, and every exchange allows it: an order may be filled, amended and cancelled at once.
"""

from collections.abc import Callable
from decimal import Decimal
from random import Random

from engine.commands import AmendOrder, OrderType
from engine.kernel import Kernel
from engine.orders import Order, Status
from engine.states import State

S = 1_000_000_000
_CANCELLABLE = (Status.SUBMITTED, Status.ACCEPTED, Status.PARTLY_FILLED, Status.AMENDING)
_AMENDABLE = (Status.SUBMITTED, Status.ACCEPTED, Status.PARTLY_FILLED)


class Restless:
    """Acts on the orders of one engine, as long as that is running."""

    def __init__(self, kernel: Kernel, stream: Random, every_s: float) -> None:
        self._kernel = kernel
        self._random = stream
        self._every_s = every_s

    def begin(self) -> None:
        """From now on."""
        pause = int(self._random.expovariate(1 / self._every_s) * S) + 50_000_000
        self._kernel.timeline.post(self._kernel.timeline.now_ns + pause, self._act)

    def _act(self) -> None:
        self.begin()
        if self._kernel.state is not State.RUNNING:
            return
        for act in self._random.sample((self._cancel, self._amend), self._random.choice((1, 1, 2))):
            act()

    def _cancel(self) -> None:
        order = self._one_of(_CANCELLABLE, lambda order: not order.is_protective)
        if order is not None:
            self._kernel.orders.cancel(order)

    def _amend(self) -> None:
        order = self._one_of(_AMENDABLE, lambda order: order.type is OrderType.LIMIT)
        if order is None or order.price is None:
            return
        instrument = self._kernel.account.instrument(order.symbol)
        price = instrument.price_near(order.price * Decimal(repr(self._random.uniform(0.999, 1.001))))
        less = order.filled + instrument.quantity_below(order.leaves / 2)
        quantity = less if self._random.random() < 0.5 and less >= instrument.min_quantity else None
        self._kernel.orders.amend(order, AmendOrder(order.id, order.symbol, quantity, price))

    def _one_of(self, statuses: tuple[Status, ...], fits: Callable[[Order], bool]) -> Order | None:
        orders = [
            order for order in self._kernel.account.open_orders.values() if order.status in statuses and fits(order)
        ]
        return self._random.choice(orders) if orders else None
