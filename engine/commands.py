"""What the kernel tells a venue to do, and the words an order is made of."""

from decimal import Decimal
from enum import StrEnum

import msgspec


class OrderType(StrEnum):
    """How an order finds its price."""

    MARKET = "market"
    LIMIT = "limit"
    STOP_MARKET = "stop_market"
    STOP_LIMIT = "stop_limit"
    TRAILING_STOP = "trailing_stop"


class TimeInForce(StrEnum):
    """How long an order may wait."""

    GTC = "gtc"
    IOC = "ioc"
    FOK = "fok"
    POST_ONLY = "post_only"


class TriggerBy(StrEnum):
    """Which price wakes a stop."""

    LAST = "last"
    MARK = "mark"


# Members for the path of every order: before Python 3.12, finding one on its class takes as long as a call.
MARKET, LIMIT, STOP_MARKET, STOP_LIMIT, TRAILING_STOP = OrderType
GTC, IOC, FOK, POST_ONLY = TimeInForce
BY_LAST, BY_MARK = TriggerBy

BUY = 1
SELL = -1


class Command(msgspec.Struct, frozen=True, gc=False):
    """The root of what is sent to a venue."""

    order_id: str
    symbol: str


class SubmitOrder(Command, frozen=True, gc=False):
    """Place an order. `stop` and `target` are attached and live at the venue once it fills."""

    side: int
    type: OrderType
    quantity: Decimal
    price: Decimal | None = None
    trigger_price: Decimal | None = None
    trigger_by: TriggerBy = TriggerBy.LAST
    trail: Decimal | None = None  # distance of a trailing stop, in price
    time_in_force: TimeInForce = TimeInForce.GTC
    reduce_only: bool = False
    stop: Decimal | None = None
    target: Decimal | None = None


class CancelOrder(Command, frozen=True, gc=False):
    """Take a resting order back."""


class AmendOrder(Command, frozen=True, gc=False):
    """Change a resting order; `None` leaves a field as it is."""

    quantity: Decimal | None = None
    price: Decimal | None = None
    trigger_price: Decimal | None = None
