"""The float guard before exact judgement: it may call too often, never too late.

Losses and peaks are judged in Decimal. Doing so every second costs more than everything else a tick does, so a float
estimate decides when it is needed: when the estimate comes within a millionth of the equity of a level, or of a new
peak, or the price of a position within as much of one at which its trade has to be told. Float error over a handful of
positions is a thousand times smaller than that margin.
"""

from decimal import Decimal

from engine.account import Account
from engine.markets import Market

_MARGIN = 1e-6
_NEVER = float("inf")
NOT_YET = float("inf")


class Band:
    """Between these two equities nothing is to be judged; and how much one trade may lose before it is told."""

    __slots__ = ("high", "low", "trip_again", "trip_told")

    def __init__(
        self, equity: Decimal, low: Decimal | None, high: Decimal, trips: tuple[Decimal, Decimal] | None
    ) -> None:
        margin = max(1.0, float(abs(equity))) * _MARGIN
        self.low = -_NEVER if low is None else float(low) + margin
        self.high = float(high) - margin
        self.trip_told = _NEVER if trips is None else float(trips[0]) - margin
        self.trip_again = _NEVER if trips is None else float(trips[1]) + margin


class Holding:
    """One position in float, and between which prices no trade in it has to be told."""

    __slots__ = ("highest", "lowest", "market", "quantity")

    def __init__(self, market: Market, quantity: float) -> None:
        self.market = market
        self.quantity = quantity
        self.lowest = -_NEVER
        self.highest = _NEVER

    def look_at(self, net: float, cost: float, quantity: float, band: Band, *, is_told: bool) -> None:
        """One trade in it: at which price it has lost so much that it is told, or so little that it can be again."""
        bound = ((-band.trip_again if is_told else -band.trip_told) - net + cost) / quantity
        if (quantity > 0.0) is not is_told:
            self.lowest = max(self.lowest, bound)
        else:
            self.highest = min(self.highest, bound)


class Guard:
    """What is held, in float, good until something moves money or positions."""

    __slots__ = ("_base", "_high", "_holdings", "_low", "highest", "is_exposed", "lone", "lowest")

    def __init__(self, account: Account, band: Band) -> None:
        ledger, markets = account.ledger, account.markets
        base = ledger.cash
        holdings: list[Holding] = []
        for symbol, position in ledger.positions.items():
            if position.quantity:
                base -= position.cost
                holdings.append(Holding(markets[symbol], float(position.quantity)))
        if holdings and band.trip_told < _NEVER:
            self._look_at_trips(account, band, holdings)
        self._holdings = holdings
        self._base = cash = float(base)
        self._low, self._high = band.low, band.high
        self.is_exposed = bool(holdings)
        self.lone: Market | None = None  # where the only position is: between these two prices all is calm
        self.lowest = self.highest = 0.0
        if len(holdings) == 1:
            lone = holdings[0]
            self.lone, quantity = lone.market, lone.quantity
            low, high = (band.low - cash) / quantity, (band.high - cash) / quantity
            if quantity < 0.0:
                low, high = high, low
            self.lowest, self.highest = max(low, lone.lowest), min(high, lone.highest)

    def _look_at_trips(self, account: Account, band: Band, holdings: list[Holding]) -> None:
        by_market = {holding.market.instrument.symbol: holding for holding in holdings}
        for key, trip in account.trips.items():
            share = account.owned[key]
            holding = by_market.get(key[1])
            if holding is not None and share.quantity:
                quantity = float(share.quantity)
                holding.look_at(float(trip.net), float(share.cost), quantity, band, is_told=trip.is_told)

    def estimate(self, moment_ns: int | None = None) -> float | None:
        """About what the account is worth now; None where it has to be judged exactly.

        Given a moment, every position must have a price of just that moment: a hedge is not judged by one of its legs,
        so until the other is there the answer is `NOT_YET`.
        """
        estimate = self._base
        is_calm = True
        for holding in self._holdings:
            market = holding.market
            fair = market.mark if market.mark is not None else market.last
            if fair is None:
                return None
            if moment_ns is not None and market.updated_ns != moment_ns:
                return NOT_YET
            estimate += holding.quantity * fair
            if not holding.lowest < fair < holding.highest:
                is_calm = False
        return estimate if is_calm and self._low < estimate < self._high else None
