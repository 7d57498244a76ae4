"""What of the exchange's word about an order our books have not heard yet, as the events that would have told it."""

from collections.abc import Iterator

from engine import events
from engine.exchange.questions import OrderTruth
from engine.orders import TERMINAL, Order, Status


def overdue(order: Order, truth: OrderTruth, now_ns: int, *, is_fresh: bool) -> Iterator[events.Event]:
    """What comes before its executions: that it was taken, and what it looks like now.

    An answer that was overtaken by news may describe an order as it was before an amendment; what it says of a resting
    order's looks then counts for nothing, and the next look will tell.
    """
    if not order.is_open or truth.status is Status.REJECTED:
        return
    if not order.exchange_id or order.status is Status.UNKNOWN or order.status is Status.SUBMITTED:
        yield events.OrderAccepted(now_ns, order.id, order.symbol, truth.exchange_id)
    # A price that the exchange does not state, as of a market order, is no news.
    price = order.price if truth.price is None else truth.price
    trigger = order.trigger_price if truth.trigger_price is None else truth.trigger_price
    looks = truth.quantity, price, trigger
    is_new = looks != (order.quantity, order.price, order.trigger_price)
    if is_new and truth.quantity >= order.filled and (is_fresh or truth.status in TERMINAL):
        yield events.OrderAmended(now_ns, order.id, order.symbol, *looks)


def ending(order: Order, truth: OrderTruth, now_ns: int) -> events.Event | None:
    """How it ended, once all its executions are in our books; None while it lives, or when we know."""
    if not order.is_open:
        return None
    name = order.id, order.symbol
    match truth.status:
        case Status.CANCELLED:
            return events.OrderCancelled(now_ns, *name, truth.reason)
        case Status.EXPIRED:
            return events.OrderExpired(now_ns, *name, truth.reason)
        case Status.REJECTED:
            return events.OrderRejected(now_ns, *name, "FoundRejected", truth.reason)
        case _:
            return None
