"""No gate at all: a strategy alone, for comparing it with other engines."""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from engine.account import Account
from engine.events import CapitalAllocated, Event, Signal
from engine.gate import NOT_HALTED, Denial, OrderRequest, StandingHalt
from engine.money import money
from engine.orders import Order
from engine.snapshot import RiskView
from risk.exits import exit_of


class OpenGate:
    """No sizing, no limits and no stops of its own."""

    SHARE = Decimal("0.98")  # of what the leverage allows; the rest pays fees and a gap before the fill

    def size(self, signal: Signal, account: Account) -> OrderRequest | Denial | None:
        """All the account can carry, or exactly what the strategy asks for."""
        symbol = signal.symbol
        instrument = account.instrument(symbol)
        held = account.held_by(signal.strategy, symbol) + account.on_its_way(signal.strategy, symbol)
        direction = max(0, signal.direction) if instrument.is_spot else signal.direction
        if held and (held > 0) == (direction > 0) and direction:
            return None
        if not direction:
            return exit_of(signal, held, account)
        wanted = signal.quantity
        if wanted is None:
            fair = account.market(symbol).last
            if fair is None:
                return Denial("NoPrice", f"{symbol} has no price yet")
            conviction = Decimal(repr(signal.conviction))
            wanted = account.equity() * account.leverage * self.SHARE * conviction / Decimal(repr(fair))
        wanted = instrument.quantity_below(wanted)
        if wanted <= 0:
            return Denial("TooSmall", f"the equity of {money(account.equity())} buys less than one lot of {symbol}")
        return OrderRequest(
            symbol=symbol,
            side=direction,
            quantity=wanted + abs(held),
            stop=None if signal.stop is None else instrument.price_near(Decimal(repr(signal.stop))),
            target=None if signal.target is None else instrument.price_near(Decimal(repr(signal.target))),
            strategy=signal.strategy,
            reason=signal.reason,
        )

    def check(self, request: OrderRequest, account: Account, now_ns: int) -> Denial | None:
        """Everything passes; the venue has its own filters."""
        return None

    def passed(self, order: Order) -> None:
        """Nothing is measured beside it."""

    def judge(self, equity: Decimal, account: Account) -> Sequence[Event]:
        """No loss is too large."""
        return ()

    def band(self, account: Account) -> tuple[Decimal | None, Decimal]:
        """Up to the peak there is nothing to say."""
        return None, account.peak_equity

    def seat(self, strategies: Sequence[str], account: Account, now_ns: int) -> Sequence[Event]:
        """Everybody works with everything."""
        return ()

    def allocated(self, event: CapitalAllocated) -> None:
        """Nothing to remember."""

    def trip_levels(self) -> tuple[Decimal, Decimal] | None:
        """No trade loses too much."""
        return None

    def refuse_unlock(self, scope: str, phrase: str, account: Account, now_ns: int) -> Denial | None:
        """There is nothing to lift."""
        return Denial(NOT_HALTED, "this run has no risk limits, so nothing is halted")

    def lift(self, scope: str, equity: Decimal, account: Account, now_ns: int, reason: str) -> Sequence[Event]:
        """Nothing was halted."""
        return ()

    def carry(self, halt: StandingHalt, account: Account, now_ns: int) -> Sequence[Event]:
        """Nothing is ever halted."""
        return ()

    def halted(self) -> str | None:
        """Never."""
        return None

    def change(self, key: str, value: str) -> str:
        """There is no limit to change."""
        return f"{key} is not looked at: this run has no risk limits"

    def configure(self, limits: Mapping[str, Decimal]) -> None:
        """There are none."""

    def judged(self) -> dict[str, Any]:
        """Nothing."""
        return {}

    def saved(self) -> dict[str, Any]:
        """Nothing."""
        return {}

    def load(self, saved: dict[str, Any]) -> None:
        """There was nothing."""

    def in_force(self) -> dict[str, Decimal]:
        """There are none."""
        return {}

    def figures(self, order: Order, account: Account) -> dict[str, Any]:
        """What is held; nothing was asked of the order."""
        return {"held": account.held(order.symbol)}

    def view(self, account: Account) -> RiskView:
        """Exposure alone."""
        return RiskView(exposure=account.exposure())
