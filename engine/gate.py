"""The door between a wish and an order. The engine defines it; `risk` fills it."""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any, Protocol

import msgspec

from engine.account import Account
from engine.commands import OrderType, TimeInForce, TriggerBy
from engine.events import Event, Signal
from engine.money import ZERO
from engine.orders import Order
from engine.snapshot import RiskView

OPERATOR = "operator"


class OrderRequest(msgspec.Struct, frozen=True, gc=False, kw_only=True):
    """An order that somebody wants: a strategy by way of its signal, or the operator."""

    symbol: str
    side: int
    quantity: Decimal
    type: OrderType = OrderType.MARKET
    price: Decimal | None = None
    trigger_price: Decimal | None = None
    trigger_by: TriggerBy = TriggerBy.LAST
    trail: Decimal | None = None
    time_in_force: TimeInForce = TimeInForce.GTC
    reduce_only: bool = False
    stop: Decimal | None = None
    target: Decimal | None = None
    strategy: str = OPERATOR
    reason: str = ""


class Denial(msgspec.Struct, frozen=True, gc=False):
    """A refusal with its code, and a sentence that holds the numbers and what would pass."""

    code: str
    sentence: str


class RiskGate(Protocol):
    """The one door to orders. It may shrink what is wanted and refuse it; it never enlarges it."""

    def size(self, signal: Signal, account: Account) -> OrderRequest | Denial | None:
        """Turn a strategy's wish into an order; None when there is nothing to do."""
        ...

    def check(self, request: OrderRequest, account: Account) -> Denial | None:
        """Let an order pass (None) or refuse it."""
        ...

    def judge(self, equity: Decimal, account: Account) -> Sequence[Event]:
        """Look at the losses at the marks of now: alerts and halts that follow from them."""
        ...

    def level(self, account: Account) -> Decimal | None:
        """The equity at or below which `judge` may have something new to say; None: only a new day can change it."""
        ...

    def halted(self) -> str | None:
        """Why entries are halted, or None."""
        ...

    def change(self, key: str, value: str) -> str:
        """Tighten or loosen one limit by name; raises `CommandRefused`. Returns a sentence that says what holds now."""
        ...

    def configure(self, limits: Mapping[str, Decimal]) -> None:
        """Take these limits, by name, as a run begins with them; what was halted stays halted."""
        ...

    def saved(self) -> dict[str, Any]:
        """What the gate remembers of the past, as plain values."""
        ...

    def load(self, saved: dict[str, Any]) -> None:
        """Remember that again."""
        ...

    def in_force(self) -> dict[str, Decimal]:
        """The limits that hold now, by name; those that do not exist are left out."""
        ...

    def figures(self, order: Order, account: Account) -> dict[str, Any]:
        """The numbers behind an order that passed, for whoever asks why."""
        ...

    def view(self, account: Account) -> RiskView:
        """How near the limits are, for the surfaces."""
        ...


def grows(request: OrderRequest, account: Account) -> bool:
    """Whether the order could make a position larger, or turn it around, together with those that wait already.

    A spot exchange knows no reduce-only orders: there the quantities alone decide.
    """
    symbol, side = request.symbol, request.side
    is_spot = account.markets[symbol].is_spot
    if request.reduce_only and not is_spot:
        return False
    held = account.held(symbol)
    if not held or (held > ZERO) is (side > 0):
        return True
    after = request.quantity
    if not is_spot:  # one cannot sell more coins than there are, but two sales of contracts can turn a position
        for order in account.open_orders.values():
            if order.symbol == symbol and order.side == side and not order.reduce_only:
                after += order.leaves
    return after > abs(held)
