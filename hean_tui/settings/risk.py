"""The limits of the account as settings: every one with its default, its bounds and a sentence."""

from decimal import Decimal
from typing import Annotated, Any

from pydantic import BeforeValidator, Field
from pydantic_settings import NoDecode

from hean_tui.errors import BadValue
from hean_tui.numbers import LARGEST_AMOUNT, read_fraction
from hean_tui.settings.section import Section
from risk.limits import LEVERAGE_CEILING, Limits

# The gate knows its own defaults; here they are only named.
_LIMITS = Limits()
_OFF = ("off", "none")


def _fraction(value: Any) -> Any:
    return read_fraction(str(value)) if isinstance(value, str | int | float) and not isinstance(value, bool) else value


def _or_off(value: Any) -> Any:
    return None if isinstance(value, str) and value.strip().lower() in _OFF else value


def _weights(value: Any) -> Any:
    """`ema_cross=0.6,impulse=0.4` as it may stand in the environment; a table in the file."""
    if not isinstance(value, str):
        return value
    pairs = [part.partition("=") for part in value.split(",") if part.strip()]
    if not all(equals for _, equals, _ in pairs):
        raise BadValue("weights are written NAME=PART,NAME=PART, as ema_cross=0.6,impulse=0.4")
    return {name.strip(): part.strip() for name, _, part in pairs}


Fraction = Annotated[Decimal, BeforeValidator(_fraction)]
FractionOrOff = Annotated[Fraction | None, BeforeValidator(_or_off)]
NumberOrOff = Annotated[Decimal | None, BeforeValidator(_or_off)]
Weights = Annotated[dict[str, Decimal], NoDecode, BeforeValidator(_weights)]


class RiskSettings(Section):
    """How much may be lost, and how much may be held."""

    max_leverage: Decimal = Field(
        _LIMITS.max_leverage,
        gt=0,
        le=LEVERAGE_CEILING,
        description="All positions together are worth at most this many times the equity.",
    )
    max_position_size: Decimal | None = Field(
        _LIMITS.max_position_size,
        gt=0,
        le=LARGEST_AMOUNT,
        description="One position is worth at most this much, in USDT; left out, the leverage alone limits it.",
    )
    max_strategy_exposure: Decimal | None = Field(
        _LIMITS.max_strategy_exposure,
        gt=0,
        le=LEVERAGE_CEILING,
        description="All positions of one strategy are worth at most this many times the equity.",
    )
    max_concentration: Decimal | None = Field(
        _LIMITS.max_concentration,
        gt=0,
        le=LEVERAGE_CEILING,
        description="One coin, spot and contracts together, is worth at most this many times the equity.",
    )
    daily_drawdown_limit: Fraction = Field(
        _LIMITS.daily_drawdown_limit,
        gt=0,
        lt=1,
        description="When the day's loss reaches this part of its opening equity, entries halt.",
    )
    day_start_h: Decimal = Field(
        _LIMITS.day_start_h,
        ge=0,
        lt=24,
        multiple_of=0.25,
        description="When a day begins, in hours after midnight UTC; losses of a day and its halts end with it.",
    )
    risk_per_trade: Fraction = Field(
        _LIMITS.risk_per_trade,
        gt=0,
        lt=1,
        description="What one trade loses when its stop is hit, as a part of the equity.",
    )
    max_risk_per_trade: Fraction | None = Field(
        _LIMITS.max_risk_per_trade,
        gt=0,
        lt=1,
        description="What a trade may lose at its stop at most, whoever enters; left out, as the tier says.",
    )
    default_stop: Fraction | None = Field(
        _LIMITS.default_stop,
        gt=0,
        lt=1,
        description="How far the stop of a signal that names none is from the price, as a part of it.",
    )
    volatility_target: NumberOrOff = Field(
        _LIMITS.volatility_target,
        gt=0,
        le=LEVERAGE_CEILING,
        description="What one position may swing in a year, as a part of the equity, or off.",
    )
    kelly_fraction: Fraction = Field(
        _LIMITS.kelly_fraction,
        ge=0,
        le=1,
        description="How much of what a strategy's own record justifies is risked; 0 never looks at the record.",
    )
    info_loss: Decimal | None = Field(
        _LIMITS.info_loss,
        gt=0,
        le=LARGEST_AMOUNT,
        description="Info at this loss of one trade, if the tier's is larger.",
    )
    warning_loss: Decimal | None = Field(
        _LIMITS.warning_loss, gt=0, le=LARGEST_AMOUNT, description="Warning at this loss of the day, likewise."
    )
    critical_loss: Decimal | None = Field(
        _LIMITS.critical_loss, gt=0, le=LARGEST_AMOUNT, description="Critical at this drawdown, likewise."
    )
    halt_loss: Decimal | None = Field(
        _LIMITS.halt_loss, gt=0, le=LARGEST_AMOUNT, description="HALT at this drawdown, likewise."
    )
    halt_flatten: bool = Field(False, description="At HALT, close everything, instead of only stopping entries.")
    orders_per_minute: NumberOrOff = Field(
        _LIMITS.orders_per_minute, gt=0, le=10_000, description="Entries of one hand within a minute, or off."
    )
    price_collar: FractionOrOff = Field(
        _LIMITS.price_collar, gt=0, lt=1, description="How far beyond the fair price a limit may reach, or off."
    )
    fat_finger: NumberOrOff = Field(
        _LIMITS.fat_finger, gt=1, le=10_000, description="An entry is at most so many times the usual one, or off."
    )
    duplicate_s: NumberOrOff = Field(
        _LIMITS.duplicate_s, gt=0, le=3_600, description="An equal entry within so many seconds is refused, or off."
    )
    max_data_age_s: NumberOrOff = Field(
        _LIMITS.max_data_age_s, gt=0, le=86_400, description="Entries need prices at most so many seconds old, or off."
    )
    max_open_orders: NumberOrOff = Field(
        _LIMITS.max_open_orders, gt=0, le=1_000, description="Orders that may be open at once, or off."
    )
    liquidation_distance: FractionOrOff = Field(
        _LIMITS.liquidation_distance,
        gt=0,
        lt=1,
        description="The move against everything held that has to be survived, or off.",
    )
    carry_days: NumberOrOff = Field(
        _LIMITS.carry_days, gt=0, le=3_650, description="A carry trade earns its costs within so many days, or off."
    )
    weights: Weights = Field({}, description="Parts of the capital by strategy; left out, by risk parity.")

    def limits(self) -> Limits:
        """The same, as the gate takes them."""
        return Limits(**{name: getattr(self, name) for name in Limits.__struct_fields__})
