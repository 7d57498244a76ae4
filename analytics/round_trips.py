"""Round trips: from flat to flat, with everything each of them earned and cost.

A round trip begins when a strategy's position in a symbol leaves zero and ends when it is zero again. An execution that
turns a position around ends one trip and begins the next at the same price; its fee is shared by quantity. Reductions
in between are matched with the average entry, and funding belongs to whoever held the position when it settled.
"""

from decimal import ROUND_HALF_EVEN, Decimal

import msgspec

from engine.ledger import Position
from engine.money import COST_STEP, ZERO


class RoundTrip(msgspec.Struct, frozen=True, gc=False, kw_only=True):
    """One finished trip; `net` is what it left after fees and funding."""

    strategy: str
    symbol: str
    side: int
    opened_ns: int
    closed_ns: int
    quantity: Decimal  # the sum of all entries
    realised: Decimal
    fees: Decimal
    funding: Decimal

    @property
    def net(self) -> Decimal:
        """What was won or lost after all costs."""
        return self.realised - self.fees + self.funding


class _Holding:
    """A trip that is under way."""

    __slots__ = ("fees", "funding", "opened_ns", "position", "quantity", "realised", "side")

    def __init__(self, symbol: str) -> None:
        self.position = Position(symbol)
        self.begin(0, 1)

    def begin(self, ts_ns: int, side: int) -> None:
        self.opened_ns = ts_ns
        self.side = side
        self.quantity = self.realised = self.fees = self.funding = ZERO


class RoundTrips:
    """Follows executions and funding, and keeps the trips that ended."""

    def __init__(self) -> None:
        self.closed: list[RoundTrip] = []
        self._holdings: dict[tuple[str, str], _Holding] = {}

    def fill(
        self, ts_ns: int, strategy: str, symbol: str, side: int, quantity: Decimal, price: Decimal, fee: Decimal
    ) -> None:
        """An execution; the fee is in the quote currency."""
        holding = self._holdings.get((strategy, symbol))
        if holding is None:
            holding = self._holdings[strategy, symbol] = _Holding(symbol)
        held = holding.position.quantity
        if held and (held > 0) != (side > 0):
            closing = min(abs(held), quantity)
            # What rounding takes from one part it gives to the other.
            share = fee if closing == quantity else (fee * closing / quantity).quantize(COST_STEP, ROUND_HALF_EVEN)
            holding.realised += holding.position.trade(side * closing, price)
            holding.fees += share
            if not holding.position.quantity:
                self._close(strategy, symbol, holding, ts_ns)
            quantity -= closing
            fee -= share
        if quantity:
            if not holding.position.quantity:
                holding.begin(ts_ns, side)
            holding.position.trade(side * quantity, price)
            holding.quantity += quantity
            holding.fees += fee

    def fund(self, symbol: str, amount: Decimal) -> None:
        """A funding settlement of the account, shared among the holders by what they hold."""
        holders = [
            holding for (_, held), holding in self._holdings.items() if held == symbol and holding.position.quantity
        ]
        total = sum((holding.position.quantity for holding in holders), ZERO)
        if total:
            for holding in holders:
                share = amount * holding.position.quantity / total
                holding.funding += share.quantize(COST_STEP, ROUND_HALF_EVEN) if len(holders) > 1 else amount

    def _close(self, strategy: str, symbol: str, holding: _Holding, ts_ns: int) -> None:
        self.closed.append(
            RoundTrip(
                strategy=strategy,
                symbol=symbol,
                side=holding.side,
                opened_ns=holding.opened_ns,
                closed_ns=ts_ns,
                quantity=holding.quantity,
                realised=holding.realised,
                fees=holding.fees,
                funding=holding.funding,
            )
        )


class TripFigures(msgspec.Struct, frozen=True, kw_only=True):
    """What the finished trips say together; None where there is nothing to divide by."""

    trades: int
    win_rate: float | None
    profit_factor: float | None
    expectancy: Decimal | None


def trip_figures(trips: list[RoundTrip]) -> TripFigures:
    """Counts and ratios after fees and funding; a trip that ended at exactly zero is neither won nor lost."""
    if not trips:
        return TripFigures(trades=0, win_rate=None, profit_factor=None, expectancy=None)
    nets = [trip.net for trip in trips]
    won = sum((net for net in nets if net > 0), ZERO)
    lost = -sum((net for net in nets if net < 0), ZERO)
    return TripFigures(
        trades=len(nets),
        win_rate=sum(net > 0 for net in nets) / len(nets),
        profit_factor=float(won / lost) if lost else None,
        expectancy=(sum(nets, ZERO) / len(nets)).quantize(COST_STEP, ROUND_HALF_EVEN),
    )
