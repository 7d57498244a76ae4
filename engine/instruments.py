"""Instruments: what can be traded, on which grid, at what cost, and within which limits."""

from decimal import Decimal
from enum import StrEnum

import msgspec

from engine.money import ZERO, ceil_to, floor_to, nearest_to

HOUR_NS = 3_600_000_000_000


class Kind(StrEnum):
    """What is bought: the coin itself, or a contract on its price without expiry."""

    SPOT = "spot"
    PERPETUAL = "perpetual"


_SPOT = Kind.SPOT


class MarginTier(msgspec.Struct, frozen=True, gc=False):
    """One step of the margin ladder: positions up to `max_notional` of value."""

    max_notional: Decimal
    max_leverage: Decimal
    maintenance_rate: Decimal
    deduction: Decimal = ZERO


class Instrument(msgspec.Struct, frozen=True, gc=False):
    """All filters and costs an exchange states for one symbol."""

    symbol: str
    kind: Kind
    base: str
    quote: str
    tick: Decimal
    lot: Decimal
    min_quantity: Decimal
    max_quantity: Decimal
    max_market_quantity: Decimal
    min_notional: Decimal
    min_price: Decimal
    max_price: Decimal
    fee_maker: Decimal
    fee_taker: Decimal
    fee_liquidation: Decimal = Decimal("0.00055")
    fee_in_base: bool = False  # spot exchanges take the fee of a purchase in the coin that was bought
    funding_interval_ns: int = 8 * HOUR_NS
    funding_cap: Decimal = Decimal("0.00375")
    tiers: tuple[MarginTier, ...] = ()

    @property
    def is_spot(self) -> bool:
        """Whether the coin itself changes hands."""
        return self.kind is _SPOT

    def ticks(self, price: Decimal) -> int:
        """The price as a whole number of ticks; the price must lie on the grid."""
        return int(price / self.tick)

    def lots(self, quantity: Decimal) -> int:
        """The quantity as a whole number of lots; it must lie on the grid."""
        return int(quantity / self.lot)

    def price(self, ticks: int) -> Decimal:
        """The price of so many ticks."""
        return self.tick * ticks

    def quantity(self, lots: int) -> Decimal:
        """The quantity of so many lots."""
        return self.lot * lots

    def whole_lots(self, size: float) -> int:
        """Market data (float) to the grid: the nearest lot, at least one for what did trade."""
        return max(1, round(size / float(self.lot)))

    def quantity_below(self, quantity: Decimal) -> Decimal:
        """The size on the grid that is not larger; sizes are never negative."""
        return quantity // self.lot * self.lot

    def price_below(self, price: Decimal) -> Decimal:
        """The price on the grid that is not higher."""
        return floor_to(price, self.tick)

    def price_above(self, price: Decimal) -> Decimal:
        """The price on the grid that is not lower."""
        return ceil_to(price, self.tick)

    def price_near(self, price: Decimal) -> Decimal:
        """The price on the grid that is nearest."""
        return nearest_to(price, self.tick)
