"""How each strategy, and the person, has entered lately: how often, how much, and what last."""

from collections import deque
from typing import Any

from engine.commands import SubmitOrder
from engine.gate import OrderRequest
from engine.money import ZERO
from engine.orders import Order

MINUTE_NS = 60_000_000_000
USUAL_AFTER = 5  # entries, until something is usual
USUAL_OF = 20
REMEMBERED = 64  # entries that a new one is compared with
_NEVER = (0, 0.0)  # how many entries, and the usual quantity, in a symbol that is new to a hand


class Hand:
    """One of them. Everything in it follows from the orders that left, so that a journal leads to the same."""

    __slots__ = ("_quantity", "_recent", "_size", "_usual", "last_ns", "times")

    def __init__(self) -> None:
        self.times: deque[int] = deque()  # of the entries within the minute that ended with the last
        self._recent: deque[Order] = deque(maxlen=REMEMBERED)
        self.last_ns = 0
        self._usual: dict[str, tuple[int, float]] = {}  # of a symbol: how many entries, and the usual quantity
        # The last quantity, exactly and in float: hands often enter the same again, and comparing is quicker.
        self._quantity, self._size = ZERO, 0.0

    def entered(self, order: Order) -> None:
        """An entry leaves."""
        now_ns = self.last_ns = order.created_at
        times = self.times
        times.append(now_ns)
        since_ns = now_ns - MINUTE_NS
        while times[0] <= since_ns:
            times.popleft()
        self._recent.append(order)
        symbol, quantity = order.symbol, order.quantity
        if quantity != self._quantity:
            self._quantity, self._size = quantity, float(quantity)
        count, usual = self._usual.get(symbol, _NEVER)
        if count < USUAL_OF:  # of more, nobody asks how many they were
            count += 1
        usual += (self._size - usual) / count
        self._usual[symbol] = count, usual

    def wait_ns(self, rate: int, now_ns: int) -> int:
        """How long it takes until fewer than so many entries lie within a minute."""
        return self.times[-rate] + MINUTE_NS - now_ns

    def has_entered(self, shape: tuple[Any, ...], since_ns: int) -> bool:
        """Whether an equal entry left after that moment, whatever else left meanwhile."""
        for order in reversed(self._recent):
            if order.created_at <= since_ns:
                return False
            if shape_of(order.command) == shape:
                return True
        return False

    def beyond(self, request: OrderRequest, times: float) -> float | None:
        """How much this hand usually enters in a symbol, where this is more than so many times as much."""
        count, usual = self._usual.get(request.symbol, _NEVER)
        if count < USUAL_AFTER:
            return None
        quantity = request.quantity
        if quantity != self._quantity:
            self._quantity, self._size = quantity, float(quantity)
        return usual if self._size > times * usual else None

    def saved(self) -> dict[str, Any]:
        """As plain values."""
        usual = [[symbol, count, mean] for symbol, (count, mean) in sorted(self._usual.items())]
        return {"times": list(self.times), "last_ns": self.last_ns, "usual": usual}

    def load(self, saved: dict[str, Any]) -> None:
        """As it was, but for the shapes of the last entries: a start takes longer than they are looked at."""
        self.times = deque(saved["times"])
        self.last_ns = saved["last_ns"]
        self._usual = {symbol: (min(count, USUAL_OF), mean) for symbol, count, mean in saved["usual"]}


def shape_of(order: OrderRequest | SubmitOrder) -> tuple[Any, ...]:
    """What makes two entries equal."""
    return (order.symbol, order.side, order.type, order.quantity, order.price, order.trigger_price)
