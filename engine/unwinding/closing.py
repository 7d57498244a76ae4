"""Step 4 of a kill: what is held is closed with reduce-only market orders, sized from what the exchange holds."""

from decimal import Decimal

from engine.clock import SECOND_NS
from engine.commands import BUY, SELL, OrderType
from engine.exchange.sight import Picture
from engine.gate import OPERATOR, OrderRequest
from engine.kernel import Kernel
from engine.money import ZERO
from engine.orders import Order, Status

AGAIN_NS = SECOND_NS // 4
AGAIN_MAX_NS = 8 * SECOND_NS
BLIND_LOOKS_MAX = 3


def closes(order: Order) -> bool:
    """Whether an order is one of those that close a position now, whoever sent it."""
    return order.reduce_only and order.type is OrderType.MARKET


def _takes(order: Order, held: Decimal) -> bool:
    """Whether an order is about to take something off what is held; a stop may rest for ever."""
    return order.type is OrderType.MARKET and order.side * held < ZERO


def is_dust(kernel: Kernel, symbol: str, quantity: Decimal) -> bool:
    """Whether no order could close this."""
    return not quantity or not kernel.account.tradable(symbol, abs(quantity))


class Closing:
    """The orders that close one symbol, one after the other, and ever more rarely while they come to nothing.

    Together with those of others that are at work they are never larger than the position.
    """

    def __init__(self, kernel: Kernel, symbol: str) -> None:
        self._kernel = kernel
        self._symbol = symbol
        self._market = kernel.account.markets[symbol]
        self._order: Order | None = None
        self._in_vain = 0
        self._due_ns = 0
        self._blind = 0  # looks in which the exchange did not say what it holds
        self.placed: list[str] = []

    def hurry(self) -> None:
        """Somebody asks for it once more: the next try is now."""
        self._due_ns = 0

    def work(self, picture: Picture, reason: str) -> None:
        """Send the next order, if there is something to close and none on its way.

        The orders of the picture may be those of an earlier one, where this one has none.
        """
        held = self._to_close(picture)
        if is_dust(self._kernel, self._symbol, held) or not self._is_due(picture):
            return
        account = self._kernel.account
        at_work = ZERO
        for order in account.open_orders.values():
            if order.symbol == self._symbol and _takes(order, held) and not self._is_gone(order, picture):
                at_work += order.leaves
        most = self._market.instrument.max_market_quantity
        quantity = account.tradable(self._symbol, min(abs(held) - at_work, most))
        if quantity <= ZERO:
            return
        self._order = self._kernel.orders.place(
            OrderRequest(
                symbol=self._symbol,
                side=SELL if held > ZERO else BUY,
                quantity=quantity,
                reduce_only=True,
                strategy=self._holder(held),
                reason=reason,
            )
        )
        self.placed.append(self._order.id)

    def _to_close(self, picture: Picture) -> Decimal:
        """What the exchange shows, or less where more was closed since it looked."""
        ours = self._kernel.account.held(self._symbol)
        if picture.held is None:
            # Orders may pass where questions do not. What only reduces cannot go too far; a sale of coins could.
            self._blind += 1
            return ZERO if self._blind < BLIND_LOOKS_MAX or self._market.is_spot else ours
        self._blind = 0
        theirs = picture.held.get(self._symbol, ZERO)
        if self._symbol in picture.moved or self._market.is_spot:
            return min(ours, theirs, key=abs) if ours * theirs > ZERO else ZERO
        return theirs

    def _is_gone(self, order: Order, picture: Picture) -> bool:
        """Whether an order that nobody has heard of is not there and cannot come any more."""
        is_lost = order.status is Status.UNKNOWN and picture.orders is not None and order.id not in picture.orders
        return is_lost and self._kernel.sight.cannot_come(order, picture.listed_ns)

    def _is_due(self, picture: Picture) -> bool:
        """Whether the last order is over, and long enough ago if it closed nothing."""
        order, now = self._order, self._kernel.timeline.now_ns
        if order is not None:
            if order.is_open and not self._is_gone(order, picture):
                return False
            self._order = None
            self._in_vain = 0 if order.filled else self._in_vain + 1
            if self._in_vain:
                self._due_ns = now + min(AGAIN_NS << min(self._in_vain - 1, 8), AGAIN_MAX_NS)
        return now >= self._due_ns

    def _holder(self, held: Decimal) -> str:
        """Whose position is closed: the books of that strategy must show it."""
        for (strategy, owned), share in self._kernel.account.owned.items():
            if owned == self._symbol and share.quantity * held > ZERO:
                return strategy
        return OPERATOR
