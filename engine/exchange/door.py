"""The door that orders leave through, and which of them can make a position larger.

It is closed by setting an attribute, from any thread, and looked at last of all before a command is handed over. Its
epoch says whether it was closed in between, even when it is open again.
"""

from decimal import Decimal

from engine.account import Account
from engine.money import ZERO
from engine.orders import Order


class Door:
    """Open to everything, or only to what reduces."""

    __slots__ = ("closed", "epoch", "is_killed")

    def __init__(self) -> None:
        self.closed: str | None = None  # why nothing that adds risk may leave
        self.epoch = 0  # how often it was closed
        self.is_killed = False  # then what reduces does not wait for the disk

    def set(self, reason: str | None, *, is_killed: bool = False) -> None:
        """Close it for a reason, or open it again with None."""
        if reason is not None:
            self.closed = reason
            self.epoch += 1
        else:
            self.closed = None
        self.is_killed = is_killed


def adds_risk(account: Account, order: Order, *, is_killed: bool = False) -> bool:
    """Whether what is left of an order could make a position larger or turn it around, with all that wait beside it.

    After a kill everything is being closed: what does not say of itself that it only reduces could come too late.
    """
    if order.reduce_only:
        return False
    if is_killed and not account.markets[order.symbol].is_spot:
        return True
    held = account.held(order.symbol)
    if not held or (held > ZERO) is (order.side > 0):
        return True
    if account.markets[order.symbol].is_spot:  # coins that are not there cannot be sold
        return False
    total: Decimal = ZERO
    for other in account.open_orders.values():
        if other.symbol == order.symbol and other.side == order.side and not other.reduce_only:
            total += other.leaves
    return total > abs(held)
