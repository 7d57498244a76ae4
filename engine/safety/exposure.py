"""Whether there is anything that a kill could close, and what it is worth."""

from decimal import Decimal

from engine.account import Account
from engine.markets import Market


def is_exposed(account: Account) -> bool:
    """Whether something is held, or an order rests that could begin something."""
    return holds(account) or any(not order.reduce_only for order in account.open_orders.values())


def holds(account: Account) -> bool:
    """Whether something is held that an order could still close."""
    return any(
        position.quantity and not account.is_flat(symbol) for symbol, position in account.ledger.positions.items()
    )


class Worth:
    """What the account has made so far, open profit included, in float: good until money or positions move.

    Money that was paid in or out is no part of it, so that it moves by nothing but results.
    """

    __slots__ = ("_base", "_holdings")

    def __init__(self, account: Account) -> None:
        ledger = account.ledger
        base: Decimal = ledger.cash - ledger.deposits
        holdings: list[tuple[Market, float]] = []
        for symbol, position in ledger.positions.items():
            if position.quantity:
                base -= position.cost
                holdings.append((account.markets[symbol], float(position.quantity)))
        self._base = float(base)
        self._holdings = holdings

    @property
    def is_exposed(self) -> bool:
        """Whether anything is held, be it dust."""
        return bool(self._holdings)

    def now(self) -> float | None:
        """At the prices of now; None where one is missing."""
        worth = self._base
        for market, quantity in self._holdings:
            fair = market.mark if market.mark is not None else market.last
            if fair is None:
                return None
            worth += quantity * fair
        return worth
