"""The limits of the plain gate: few, named, and with ceilings that no setting passes."""

from decimal import Decimal, InvalidOperation

import msgspec

from engine.errors import CommandRefused

LEVERAGE_CEILING = Decimal(10)
_FRACTIONS = ("daily_drawdown_limit", "risk_per_trade", "default_stop")


class Limits(msgspec.Struct, frozen=True, kw_only=True):
    """What an account may risk."""

    max_leverage: Decimal = Decimal(3)  # exposure over equity
    max_position_size: Decimal | None = None  # value of one position in quote currency; None: by leverage alone
    daily_drawdown_limit: Decimal = Decimal("0.05")  # of the equity at the start of the day (UTC)
    risk_per_trade: Decimal = Decimal("0.005")  # of equity, lost when the stop is hit
    default_stop: Decimal | None = Decimal("0.05")  # distance of the stop of a signal that names none; None: no stop


def changed(limits: Limits, key: str, value: str) -> Limits:
    """The limits with one of them set anew; refused with a sentence where the value makes no sense."""
    name = key.removeprefix("risk.")
    if name not in Limits.__struct_fields__:
        raise CommandRefused(f"there is no limit {key!r}; there are {', '.join(Limits.__struct_fields__)}")
    try:
        number = Decimal(value.removesuffix("%")) / (100 if value.endswith("%") else 1)
    except InvalidOperation:
        raise CommandRefused(f"{key} takes a number; it was {value!r}") from None
    if not number.is_finite() or number <= 0:
        raise CommandRefused(f"{key} must be above zero; it was {value}")
    if name in _FRACTIONS and number >= 1:
        raise CommandRefused(f"{key} is a fraction below 1, as 0.05 or 5%; it was {value}")
    if name == "max_leverage" and number > LEVERAGE_CEILING:
        raise CommandRefused(f"{key} may be {LEVERAGE_CEILING} at most; it was {value}")
    return msgspec.structs.replace(limits, **{name: number})
