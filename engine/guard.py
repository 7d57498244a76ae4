"""The float guard before exact judgement: it may call too often, never too late.

Losses and peaks are judged in Decimal. Doing so every second costs more than everything else a tick does, so a float
estimate decides when it is needed: when the estimate comes within a millionth of the equity of a level, or of a new
peak. Float error over a handful of positions is a thousand times smaller than that margin.
"""

from decimal import Decimal

from engine.account import Account
from engine.markets import Market

_MARGIN = 1e-6
NOT_YET = float("inf")


class Band:
    """Between these two equities nothing is to be judged: no level is reached and no new peak."""

    __slots__ = ("high", "low")

    def __init__(self, equity: Decimal, level: Decimal | None, peak: Decimal) -> None:
        margin = max(1.0, float(abs(equity))) * _MARGIN
        self.low = float("-inf") if level is None else float(level) + margin
        self.high = float(peak) - margin


class Guard:
    """What is held, in float, good until something moves money or positions."""

    __slots__ = ("_base", "_high", "_holdings", "_low", "highest", "is_exposed", "lone", "lowest")

    def __init__(self, account: Account, band: Band) -> None:
        ledger, markets = account.ledger, account.markets
        base = ledger.cash
        holdings = []
        for symbol, position in ledger.positions.items():
            if position.quantity:
                base -= position.cost
                holdings.append((markets[symbol], float(position.quantity)))
        self._holdings = holdings
        self._base = cash = float(base)
        self._low, self._high = band.low, band.high
        self.is_exposed = bool(holdings)
        self.lone: Market | None = None  # where the only position is: between these two prices all is calm
        self.lowest = self.highest = 0.0
        if len(holdings) == 1:
            self.lone, quantity = holdings[0]
            low, high = (band.low - cash) / quantity, (band.high - cash) / quantity
            self.lowest, self.highest = (low, high) if quantity > 0.0 else (high, low)

    def estimate(self, moment_ns: int | None = None) -> float | None:
        """About what the account is worth now; None where it has to be judged exactly.

        Given a moment, every position must have a price of just that moment: a hedge is not judged by one of its legs,
        so until the other is there the answer is `NOT_YET`.
        """
        estimate = self._base
        for market, quantity in self._holdings:
            fair = market.mark if market.mark is not None else market.last
            if fair is None:
                return None
            if moment_ns is not None and market.updated_ns != moment_ns:
                return NOT_YET
            estimate += quantity * fair
        return estimate if self._low < estimate < self._high else None
