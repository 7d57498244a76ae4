"""The limits of the gate: few, named, and with ceilings that no setting passes."""

from decimal import Decimal, InvalidOperation

import msgspec

from engine.errors import CommandRefused

LEVERAGE_CEILING = Decimal(10)
_FRACTIONS = (
    "daily_drawdown_limit",
    "risk_per_trade",
    "max_risk_per_trade",
    "default_stop",
    "price_collar",
    "liquidation_distance",
)
HASTE = ("orders_per_minute", "price_collar", "fat_finger", "duplicate_s", "max_open_orders", "max_data_age_s")
LOSSES = ("info_loss", "warning_loss", "critical_loss", "halt_loss")  # a tier's levels, where they are set tighter


class Limits(msgspec.Struct, frozen=True, kw_only=True):
    """What an account may risk. What is None is not limited by this name; the losses are then those of the tier."""

    # how much
    max_leverage: Decimal = Decimal(3)  # exposure over equity
    max_position_size: Decimal | None = None  # value of one position in quote currency; None: by leverage alone
    max_strategy_exposure: Decimal | None = None  # of one strategy, times the equity
    max_concentration: Decimal | None = None  # of one coin, spot and contracts together, times the equity
    risk_per_trade: Decimal = Decimal("0.005")  # of equity, lost when the stop is hit
    max_risk_per_trade: Decimal | None = None  # of equity, whoever trades; None: as the tier says
    default_stop: Decimal | None = Decimal("0.05")  # distance of the stop of a signal that names none; None: no stop
    volatility_target: Decimal | None = Decimal(1)  # of one position, a year, as a part of the equity
    kelly_fraction: Decimal = Decimal("0.25")  # of what the strategy's own record would say; 0: never looked at
    # how much may be lost
    daily_drawdown_limit: Decimal = Decimal("0.05")  # of the equity at the start of the day
    day_start_h: Decimal = Decimal(0)  # after midnight UTC
    info_loss: Decimal | None = None
    warning_loss: Decimal | None = None
    critical_loss: Decimal | None = None
    halt_loss: Decimal | None = None
    # how wildly
    orders_per_minute: Decimal | None = Decimal(60)  # entries of one strategy, or of the person
    price_collar: Decimal | None = Decimal("0.05")  # how far beyond the fair price a limit may reach
    fat_finger: Decimal | None = Decimal(20)  # times the usual entry of the same hand
    duplicate_s: Decimal | None = Decimal(1)  # an equal entry within so many seconds is a repeated one
    max_data_age_s: Decimal | None = Decimal(30)  # of the prices that an entry is decided on
    max_open_orders: Decimal | None = Decimal(50)  # of all symbols, stops and targets included
    liquidation_distance: Decimal | None = Decimal("0.10")  # the move against everything held that is survived
    carry_days: Decimal | None = Decimal(14)  # within which a carry trade has to earn its costs


def named(limits: Limits) -> dict[str, Decimal]:
    """All but those that are none."""
    return {name: value for name in Limits.__struct_fields__ if (value := getattr(limits, name)) is not None}


def changed(limits: Limits, key: str, value: str) -> Limits:
    """The limits with one of them set anew; refused with a sentence where the value makes no sense."""
    name = key.removeprefix("risk.")
    if name not in Limits.__struct_fields__:
        raise CommandRefused(f"there is no limit {key!r}; there are {', '.join(Limits.__struct_fields__)}")
    try:
        number = Decimal(value.removesuffix("%")) / (100 if value.endswith("%") else 1)
    except InvalidOperation:
        raise CommandRefused(f"{key} takes a number; it was {value!r}") from None
    if name == "day_start_h":
        if not number.is_finite() or not 0 <= number < 24 or number * 4 % 1:
            raise CommandRefused(f"{key} is in hours after midnight UTC, from 0 to 23.75 in quarters; it was {value}")
    elif not number.is_finite() or number <= 0:
        raise CommandRefused(f"{key} must be above zero; it was {value}")
    if name in _FRACTIONS and number >= 1:
        raise CommandRefused(f"{key} is a fraction below 1, as 0.05 or 5%; it was {value}")
    if name == "max_leverage" and number > LEVERAGE_CEILING:
        raise CommandRefused(f"{key} may be {LEVERAGE_CEILING} at most; it was {value}")
    return msgspec.structs.replace(limits, **{name: number})
