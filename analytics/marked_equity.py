"""What an account is worth at the marks of now, estimated in float for watching, as often as anybody likes."""

from engine.account import Account
from engine.markets import Market


class MarkedEquity:
    """Cash and open positions, taken from the books once after each change and marked at every look."""

    __slots__ = ("_account", "_base", "_holdings", "is_stale")

    def __init__(self, account: Account) -> None:
        self._account = account
        self._base = 0.0
        self._holdings: tuple[tuple[Market, float], ...] = ()
        self.is_stale = True  # whoever hears of a change in the books sets it

    def value(self) -> float:
        """The equity; a position without any price yet counts at its cost."""
        if self.is_stale:
            self._look_up()
        total = self._base
        for market, quantity in self._holdings:
            fair = market.mark if market.mark is not None else market.last
            total += quantity * fair if fair is not None else 0.0
        return total

    def _look_up(self) -> None:
        account = self._account
        base = account.ledger.cash
        holdings = []
        self.is_stale = False
        for symbol, position in account.ledger.positions.items():
            market = account.market(symbol)
            if not position.quantity:
                continue
            if market.fair is None:
                self.is_stale = True  # look again until it has a price
                continue
            base -= position.cost
            holdings.append((market, float(position.quantity)))
        self._base = float(base)
        self._holdings = tuple(holdings)
