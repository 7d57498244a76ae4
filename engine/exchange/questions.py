"""What an exchange can be asked about itself, and what it answers: its word settles what happened."""

from decimal import Decimal

import msgspec

from engine.commands import OrderType
from engine.events import Execution, FundingPaid, Transferred
from engine.orders import Status


class FindOrder(msgspec.Struct, frozen=True, gc=False, tag_field="is"):
    """One order by our id: among the open ones, in the history, and among the executions."""

    order_id: str


class ListOpenOrders(msgspec.Struct, frozen=True, gc=False, tag_field="is"):
    """All orders that are open now."""


class ListExecutions(msgspec.Struct, frozen=True, gc=False, tag_field="is"):
    """All executions since a moment, oldest first."""

    since_ns: int


class ListPayments(msgspec.Struct, frozen=True, gc=False, tag_field="is"):
    """All funding and transfers since a moment, oldest first."""

    since_ns: int


class ListPositions(msgspec.Struct, frozen=True, gc=False, tag_field="is"):
    """All positions that are not flat."""


class ReadWallet(msgspec.Struct, frozen=True, gc=False, tag_field="is"):
    """The cash."""


class ReadClock(msgspec.Struct, frozen=True, gc=False, tag_field="is"):
    """The exchange's time."""


Question = FindOrder | ListOpenOrders | ListExecutions | ListPayments | ListPositions | ReadWallet | ReadClock


class OrderTruth(msgspec.Struct, frozen=True, gc=False, tag_field="is"):
    """An order as the exchange knows it, open or ended."""

    order_id: str
    exchange_id: str
    symbol: str
    side: int
    type: OrderType
    status: Status
    quantity: Decimal
    filled: Decimal
    price: Decimal | None
    trigger_price: Decimal | None
    reduce_only: bool
    reason: str = ""  # why it ended


class NotFound(msgspec.Struct, frozen=True, gc=False, tag_field="is"):
    """The exchange knows no such order at this moment; before the fence that proves nothing."""


class Unreachable(msgspec.Struct, frozen=True, gc=False, tag_field="is"):
    """No answer that could be used: a time-out, an error, or text that was no answer."""

    reason: str


class OpenOrders(msgspec.Struct, frozen=True, gc=False, tag_field="is"):
    """All orders that were open when it answered."""

    orders: tuple[OrderTruth, ...]


class Executions(msgspec.Struct, frozen=True, gc=False, tag_field="is"):
    """Executions, oldest first."""

    executions: tuple[Execution, ...]


class Payments(msgspec.Struct, frozen=True, gc=False, tag_field="is"):
    """Funding and transfers, oldest first."""

    payments: tuple[FundingPaid | Transferred, ...]


class PositionTruth(msgspec.Struct, frozen=True, gc=False, tag_field="is"):
    """A position as the exchange holds it; the quantity is signed."""

    symbol: str
    quantity: Decimal
    entry_price: Decimal


class Positions(msgspec.Struct, frozen=True, gc=False, tag_field="is"):
    """All positions that were not flat when it answered."""

    positions: tuple[PositionTruth, ...]


class WalletTruth(msgspec.Struct, frozen=True, gc=False, tag_field="is"):
    """What the exchange holds in money: deposits and everything realised, fees and funding included."""

    cash: Decimal


class ClockTruth(msgspec.Struct, frozen=True, gc=False, tag_field="is"):
    """The exchange's time when it answered."""

    ts: int


Reply = OrderTruth | NotFound | Unreachable | OpenOrders | Executions | Payments | Positions | WalletTruth | ClockTruth
