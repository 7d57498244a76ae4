"""Money and positions as an outsider adds them up: executions, payments and transfers, each counted once."""

from decimal import Decimal
from typing import Any

ZERO = Decimal(0)
Fact = tuple[str, ...]  # by which a fact about money is known, and all that it says


class Sums:
    """One side's account. It knows no average prices: cash less the cost of all that is held is a sum without any."""

    def __init__(self) -> None:
        self.positions: dict[str, Decimal] = {}
        self.paid = ZERO  # cash less the cost of what is held
        self.facts: dict[Fact, int] = {}  # with the number of their row
        self.doubled: list[str] = []
        self._executions: set[str] = set()
        self._transfers: dict[Fact, int] = {}

    def take(self, fact: dict[str, Any], seq: int) -> bool:
        """Count a fact, if it is one about money; says whether it was."""
        what = fact["what"]
        names: tuple[str, ...]
        if what == "Execution":
            self._execute(fact)
            names = ("execution_id", "order_id", "symbol", "side", "quantity", "price", "fee", "fee_currency")
        elif what == "FundingPaid":
            self.paid += Decimal(fact["amount"])
            names = ("symbol", "ts", "rate", "mark", "amount")
        elif what == "Transferred":
            self.paid += Decimal(fact["amount"])
            names = ("ts", "amount")
        else:
            return False
        key = (what, *(str(fact[name]) for name in names))
        if what == "Transferred":  # two equal ones at one moment are two; both sides have to count them alike
            self._transfers[key] = number = self._transfers.get(key, 0) + 1
            key = (*key, f"number {number}")
        if key in self.facts:
            self.doubled.append(f"row {seq} tells again of {' '.join(key)}")
        self.facts[key] = seq
        return True

    def _execute(self, fact: dict[str, Any]) -> None:
        if fact["execution_id"] in self._executions:
            self.doubled.append(f"execution {fact['execution_id']} is there twice")
        self._executions.add(fact["execution_id"])
        symbol, fee, price = fact["symbol"], Decimal(fact["fee"]), Decimal(fact["price"])
        signed = Decimal(fact["quantity"]) * fact["side"]
        self.paid -= signed * price
        if fact["fee_currency"] == symbol.partition("/")[0]:  # coin that never arrives, booked at its price
            signed -= fee
        else:
            self.paid -= fee
        self.positions[symbol] = self.positions.get(symbol, ZERO) + signed

    @property
    def held(self) -> dict[str, Decimal]:
        """What is not flat."""
        return {symbol: quantity for symbol, quantity in sorted(self.positions.items()) if quantity}
