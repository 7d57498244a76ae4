"""The ledger: exact double-entry truth about positions, profit, fees and funding, in Decimal.

`cash` is what was paid in plus everything realised; open positions are carried at cost. Hence, to the last digit,

    equity = deposits + realised + unrealised - fees + funding

for perpetuals and spot alike. A partial close takes its share of the cost; that share is the one figure that a
division may make endless, so it is rounded to `COST_STEP` and the rest of the cost stays with the position: what is
rounded away here is found there, and nothing is ever lost.
"""

from collections.abc import Callable
from decimal import ROUND_HALF_EVEN, Decimal

from engine.money import COST_STEP, ZERO


class Position:
    """One symbol, one-way: a signed quantity and what it cost."""

    __slots__ = ("cost", "fees", "funding", "opened_at", "quantity", "realised", "strategy", "symbol")

    def __init__(self, symbol: str) -> None:
        self.symbol = symbol
        self.quantity = ZERO
        self.cost = ZERO  # signed: quantity times entry price
        self.realised = ZERO
        self.fees = ZERO
        self.funding = ZERO
        self.opened_at = 0
        self.strategy = ""

    @property
    def entry_price(self) -> Decimal:
        """The average price of what is held; zero when flat."""
        return self.cost / self.quantity if self.quantity else ZERO

    def unrealised(self, mark: Decimal) -> Decimal:
        """What closing at this price would add, before fees."""
        return self.quantity * mark - self.cost

    def trade(self, signed: Decimal, price: Decimal) -> Decimal:
        """Apply a signed quantity at a price and return what it realised."""
        held = self.quantity
        self.quantity = rest = held + signed
        is_bought = signed > ZERO
        if not held or (held > ZERO) is is_bought:
            self.cost += signed * price
            return ZERO
        if not rest or (rest > ZERO) is is_bought:  # all of it is closed, and perhaps turned around
            realised = held * price - self.cost
            self.cost = rest * price
        else:
            share = (self.cost * -signed / held).quantize(COST_STEP, ROUND_HALF_EVEN)
            realised = -signed * price - share
            self.cost -= share
        self.realised += realised
        return realised


class Ledger:
    """One account: every fact about money is applied here once and changes totals exactly."""

    __slots__ = ("cash", "deposits", "fees", "funding", "positions", "realised")

    def __init__(self, capital: Decimal = ZERO) -> None:
        self.deposits = capital
        self.cash = capital  # deposits + realised - fees + funding, kept because every order asks for it
        self.realised = ZERO
        self.fees = ZERO
        self.funding = ZERO
        self.positions: dict[str, Position] = {}

    def position(self, symbol: str) -> Position:
        """The position of a symbol; flat when it was never traded."""
        try:
            return self.positions[symbol]
        except KeyError:
            position = self.positions[symbol] = Position(symbol)
            return position

    def fill(
        self, symbol: str, side: int, quantity: Decimal, price: Decimal, fee: Decimal, *, fee_in_base: bool = False
    ) -> Decimal:
        """Apply an execution and return what it realised before fees.

        A fee in the base coin is coin that never arrives: it leaves the position at the price of the fill, and its
        value is booked as a fee, so that the identity above holds for it too.
        """
        position = self.positions.get(symbol) or self.position(symbol)
        realised = position.trade(quantity if side > 0 else -quantity, price)
        if fee_in_base and fee:
            realised += position.trade(-fee, price)
            fee *= price
        self.realised += realised
        self.fees += fee
        self.cash += realised - fee
        position.fees += fee
        return realised

    def pay_funding(self, symbol: str, amount: Decimal) -> None:
        """Book funding: positive was received, negative was paid. It moves no quantity."""
        self.funding += amount
        self.cash += amount
        self.position(symbol).funding += amount

    def transfer(self, amount: Decimal) -> None:
        """Money comes or goes; neither profit nor loss."""
        self.deposits += amount
        self.cash += amount

    def unrealised(self, mark: Callable[[str], Decimal]) -> Decimal:
        """The open profit of all positions at these marks."""
        total = ZERO
        for symbol, position in self.positions.items():
            quantity = position.quantity
            if quantity:
                total += quantity * mark(symbol) - position.cost
        return total

    def equity(self, mark: Callable[[str], Decimal]) -> Decimal:
        """What the account is worth at these marks."""
        return self.cash + self.unrealised(mark)
