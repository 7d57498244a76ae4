"""The door between a wish and an order. The engine defines it; `risk` fills it."""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any, Protocol

import msgspec

from engine.account import Account
from engine.commands import OrderType, TimeInForce, TriggerBy
from engine.events import CapitalAllocated, Event, Signal
from engine.money import ZERO
from engine.orders import Order
from engine.snapshot import RiskView

OPERATOR = "operator"
NOT_HALTED = "NotHalted"  # what `refuse_unlock` says where there is nothing to lift
ACCOUNT_SCOPE, DAY_SCOPE = "account", "day"  # of halts


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
    carry: Decimal | None = None  # what holding it is expected to earn a day, as a part of its value


class Denial(msgspec.Struct, frozen=True, gc=False):
    """A refusal with its code, a sentence, the numbers behind it, and what would pass."""

    code: str
    sentence: str
    numbers: tuple[tuple[str, Decimal], ...] = ()
    passes: str = ""

    @property
    def told(self) -> str:
        """All of it in one sentence."""
        return f"{self.sentence}; {self.passes}" if self.passes else self.sentence


class StandingHalt(msgspec.Struct, frozen=True, gc=False):
    """A halt in force, as another journal can take it over: `until_ns` is when it ends, or can be lifted at all."""

    scope: str
    reason: str
    until_ns: int
    tier: str | None = None  # whose rules lift it; the day's has none


class RiskGate(Protocol):
    """The one door to orders. It may shrink what is wanted and refuse it; it never enlarges it."""

    def size(self, signal: Signal, account: Account) -> OrderRequest | Denial | None:
        """Turn a strategy's wish into an order; None when there is nothing to do."""
        ...

    def check(self, request: OrderRequest, account: Account, now_ns: int) -> Denial | None:
        """Let an order pass (None) or refuse it."""
        ...

    def passed(self, order: Order) -> None:
        """An order is about to leave, or a journal says that it left: the next ones are measured beside it."""
        ...

    def judge(self, equity: Decimal, account: Account) -> Sequence[Event]:
        """Look at the losses at the marks of now: alerts and halts that follow from them."""
        ...

    def band(self, account: Account) -> tuple[Decimal | None, Decimal]:
        """Between these two equities `judge` has nothing new to say; without the lower one, nothing below either."""
        ...

    def seat(self, strategies: Sequence[str], account: Account, now_ns: int) -> Sequence[Event]:
        """These strategies work from now on: their parts of the capital."""
        ...

    def allocated(self, event: CapitalAllocated) -> None:
        """What an earlier run had given them."""
        ...

    def trip_levels(self) -> tuple[Decimal, Decimal] | None:
        """The loss of one open trade that is told, and the one below which it can be told again; None: never."""
        ...

    def refuse_unlock(self, scope: str, phrase: str, account: Account, now_ns: int) -> Denial | None:
        """Why this halt cannot be lifted now with these words, or None."""
        ...

    def lift(self, scope: str, equity: Decimal, account: Account, now_ns: int, reason: str) -> Sequence[Event]:
        """Lift a halt, and measure from here on."""
        ...

    def carry(self, halt: StandingHalt, account: Account, now_ns: int) -> Sequence[Event]:
        """Be halted as the journal was that this one has replaced; what holds for longer already stays."""
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

    def judged(self) -> dict[str, Any]:
        """The part of it that follows from what a journal tells, whoever reads it."""
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
