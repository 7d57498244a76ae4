"""Decimal arithmetic for everything that settles: one context, and rounding to a grid."""

import decimal
from decimal import ROUND_HALF_EVEN, Decimal

# Forty digits hold any product of a price, a size and a rate exactly. What cannot be exact (a division) is
# rounded to `COST_STEP` by name, never by the context. New threads inherit `DefaultContext`, so that the
# engine's own thread and the importing thread calculate alike.
for _context in (decimal.DefaultContext, decimal.getcontext()):
    _context.prec = 40
    _context.rounding = ROUND_HALF_EVEN
    _context.traps[decimal.InvalidOperation] = True
    _context.traps[decimal.DivisionByZero] = True
    _context.traps[decimal.Overflow] = True

ZERO = Decimal(0)
ONE = Decimal(1)
CENT = Decimal("0.01")
COST_STEP = Decimal("1e-12")
SHOWN = decimal.Context(prec=12, rounding=ROUND_HALF_EVEN)


def floor_to(value: Decimal, step: Decimal) -> Decimal:
    """The largest multiple of `step` that is not above `value`."""
    whole = value // step * step  # rounded towards zero
    return whole if whole <= value else whole - step


def ceil_to(value: Decimal, step: Decimal) -> Decimal:
    """The smallest multiple of `step` that is not below `value`."""
    whole = value // step * step  # rounded towards zero
    return whole if whole >= value else whole + step


def nearest_to(value: Decimal, step: Decimal) -> Decimal:
    """The multiple of `step` nearest to `value`, ties to even."""
    return (value / step).to_integral_value(ROUND_HALF_EVEN) * step


def neat(value: Decimal) -> Decimal:
    """A quotient, such as an average price, to twelve significant digits: for showing, never for settling."""
    return SHOWN.create_decimal(value)


def money(value: Decimal) -> str:
    """An amount to the cent, with its thousands apart."""
    return f"{value.quantize(CENT):,}"


def plain(value: Decimal) -> str:
    """The number as people write it: no exponent, no trailing zeros."""
    text = f"{value:f}"
    if "." in text:
        text = text.rstrip("0").rstrip(".")
    return "0" if text in ("-0", "") else text
