"""The float guard before exact judgement: it may call too often, never too late.

Losses and peaks are judged in Decimal. Doing so every second costs more than everything else a tick does, so a float
estimate decides when it is needed: when the estimate comes within a billionth of the equity of a level, or of a new
peak, or the price of a position within as much of one at which its trade has to be told. Float error over a handful of
positions, at a hundred times their equity, is a thousand times smaller than that margin.
"""

from decimal import Decimal

from engine.account import Account
from engine.ledger import Position
from engine.markets import Market
from engine.trips import by_symbol

_MARGIN = 1e-9
_NEVER = float("inf")
NOT_YET = float("inf")
_BELOW_ALL = -_NEVER
_ALWAYS = (_BELOW_ALL, _NEVER)
_AT_NONE = (_NEVER, _BELOW_ALL)
_NOTHING: dict[str, tuple[float, float]] = {}


class Band:
    """Between these two equities nothing is to be judged; and how much one trade may lose before it is told."""

    __slots__ = ("high", "low", "tells", "trip_again", "trip_told")

    def __init__(
        self, equity: Decimal, low: Decimal | None, high: Decimal, trips: tuple[Decimal, Decimal] | None
    ) -> None:
        margin = max(1.0, float(abs(equity))) * _MARGIN
        self.low = -_NEVER if low is None else float(low) + margin
        self.high = float(high) - margin
        self.tells = trips is not None
        self.trip_told = _NEVER if trips is None else float(trips[0]) - margin
        self.trip_again = _NEVER if trips is None else float(trips[1]) + margin


class Guard:
    """What is held, in float, good until something moves money or positions; then it has to be drawn anew."""

    __slots__ = ("_base", "_high", "_holdings", "_is_calm", "_low", "highest", "is_exposed", "lone", "lowest")

    def __init__(self, account: Account, band: Band) -> None:
        self.draw(account, band)

    def draw(self, account: Account, band: Band) -> None:
        """Look at what is held now."""
        base = account.ledger.cash
        held: list[Position] = []
        for position in account.ledger.positions.values():
            if position.quantity:
                held.append(position)
                base -= position.cost
        self._base = float(base)
        self._low, self._high = band.low, band.high
        self.is_exposed = bool(held)
        self.lone: Market | None = None  # where the only position is: between these two prices all is calm
        self.lowest, self.highest = _AT_NONE if held else _ALWAYS
        self._is_calm = True
        if len(held) == 1 and len(account.trips) == 1 and band.tells:  # as most often
            ((key, trip),) = account.trips.items()
            share, position = account.owned[key], held[0]
            if share.quantity == position.quantity and key[1] == position.symbol:
                quantity = float(position.quantity)
                lowest, highest = _calm(float(share.cost - trip.net), quantity, band, trip.is_told)
                self._watch_one(account.markets[position.symbol], quantity, lowest, highest)
                return
        calm_at = _calm_prices(account, band) if account.trips and band.tells else _NOTHING
        # What is held, how much, and between which prices no trade is told.
        self._holdings = [
            (account.markets[each.symbol], float(each.quantity), *calm_at.get(each.symbol, _ALWAYS)) for each in held
        ]
        self._is_calm = _AT_NONE not in calm_at.values()
        if len(held) == 1 and self._is_calm:
            self._watch_one(*self._holdings[0])

    def _watch_one(self, market: Market, quantity: float, lowest: float, highest: float) -> None:
        """There is one position, and nothing is told of its trades between these prices."""
        self._holdings = [(market, quantity, lowest, highest)]
        self.lone = market
        low, high = (self._low - self._base) / quantity, (self._high - self._base) / quantity
        if quantity < 0.0:
            low, high = high, low
        if low > lowest:
            lowest = low
        if high < highest:
            highest = high
        self.lowest, self.highest = lowest, highest

    def estimate(self, moment_ns: int | None = None) -> float | None:
        """About what the account is worth now; None where it has to be judged exactly.

        Given a moment, every position must have a price of just that moment: a hedge is not judged by one of its legs,
        so until the other is there the answer is `NOT_YET`.
        """
        estimate = self._base
        is_calm = self._is_calm
        for market, quantity, lowest, highest in self._holdings:
            fair = market.mark if market.mark is not None else market.last
            if fair is None:
                return None
            if moment_ns is not None and market.updated_ns != moment_ns:
                return NOT_YET
            estimate += quantity * fair
            if not lowest < fair < highest:
                is_calm = False
        return estimate if is_calm and self._low < estimate < self._high else None


def _calm_prices(account: Account, band: Band) -> dict[str, tuple[float, float]]:
    """Of each symbol: at which prices a trade has lost so much that it is told, or so little that it can be again.

    Where nothing is held any more no price matters: it is calm at all of them, or at none.
    """
    found: dict[str, tuple[float, float]] = {}
    for symbol, trips in by_symbol(account.trips, account.owned).items():
        found[symbol] = _calm(float(trips.cost), float(trips.quantity), band, trips.is_told)
    return found


def _calm(cost: float, quantity: float, band: Band, is_told: bool) -> tuple[float, float]:
    bound = cost - (band.trip_again if is_told else band.trip_told)
    if quantity:
        bound /= quantity
        return (bound, _NEVER) if (quantity > 0.0) is not is_told else (_BELOW_ALL, bound)
    return _AT_NONE if (bound < 0.0) is is_told else _ALWAYS
