"""The arithmetic of margin: what a position ties up, what it must keep, and at which price it is lost.

initial margin      value / leverage
maintenance margin  value x rate - deduction, of the tier that the value falls into
isolated            a long is liquidated at entry - (initial - maintenance) / quantity, a short mirrored,
                    and taken over at its bankruptcy price, where exactly the initial margin is lost
cross               everything is liquidated together, when the balance is down to the maintenance of all
"""

from decimal import Decimal

from engine.instruments import Instrument, MarginTier
from engine.money import ZERO, ceil_to, floor_to

_EDGE = 1 + 1e-12
NO_TIERS = (MarginTier(Decimal("1e30"), Decimal("1e30"), ZERO),)


def tiers_of(instrument: Instrument) -> tuple[MarginTier, ...]:
    """The ladder of an instrument; one without a ladder asks for no maintenance."""
    return instrument.tiers or NO_TIERS


def tier_at(tiers: tuple[MarginTier, ...], value: Decimal) -> MarginTier:
    """The tier of a position of this value; beyond the ladder the last one holds."""
    for tier in tiers:
        if value <= tier.max_notional:
            return tier
    return tiers[-1]


def maintenance_margin(tiers: tuple[MarginTier, ...], value: Decimal) -> Decimal:
    """What must be left of a position of this value."""
    tier = tier_at(tiers, value)
    return max(ZERO, value * tier.maintenance_rate - tier.deduction)


def maintenance_about(ladder: tuple[tuple[float, float, float], ...], value: float) -> float:
    """The same in float, for guards; at the edge of a tier that of the higher one, which asks for more."""
    margin = 0.0
    for most, rate, deduction in ladder:
        margin = value * rate - deduction
        if value * _EDGE <= most:
            break
    if margin < 0.0:
        return 0.0
    return margin


def isolated_liquidation_price(
    tiers: tuple[MarginTier, ...], quantity: Decimal, cost: Decimal, leverage: Decimal
) -> Decimal | None:
    """The mark at which an isolated position is liquidated; None where no price is low enough."""
    value = abs(cost)
    room = (value / leverage - maintenance_margin(tiers, value)) / quantity  # signed as the position is
    price = cost / quantity - room
    return price if price > 0 else None


def bankruptcy_price(instrument: Instrument, quantity: Decimal, cost: Decimal, leverage: Decimal) -> Decimal:
    """The price on the grid at which an isolated position has lost its margin, and not a tick more."""
    exact = (cost - abs(cost) / leverage) / quantity
    on_grid = ceil_to(exact, instrument.tick) if quantity > 0 else floor_to(exact, instrument.tick)
    return max(on_grid, instrument.tick)


def cross_liquidation_price(
    tiers: tuple[MarginTier, ...], quantity: Decimal, cost: Decimal, others: Decimal
) -> Decimal | None:
    """The mark at which `others` and this position's profit are just its maintenance; None where there is none.

    `others` is the balance without this position's profit, less the maintenance of the other positions.
    """
    size = abs(quantity)
    reached = ZERO
    for tier in tiers:
        price = (cost - others - tier.deduction) / (quantity - size * tier.maintenance_rate)
        value = size * price
        if reached < value and (value <= tier.max_notional or tier is tiers[-1]):
            return price
        reached = tier.max_notional
    return None
