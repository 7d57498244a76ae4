"""Three sizes of account, and how much each may lose before somebody is told, and before entries stop."""

from decimal import Decimal
from enum import StrEnum

import msgspec


class Lift(StrEnum):
    """How a halt ends."""

    ACKNOWLEDGE = "acknowledge"  # a waiting time, and a typed acknowledgement
    MANUAL_RESET = "manual_reset"  # a person who has looked: books that agree, a reason, a phrase
    LOCKOUT = "lockout"  # a long waiting time that nobody shortens, then the same


class Amounts(msgspec.Struct, frozen=True, gc=False):
    """Losses in the account's currency, each a positive amount."""

    info: Decimal  # of one trade, open or closed
    warning: Decimal  # of the day
    critical: Decimal  # since the highest equity
    halt: Decimal  # since the highest equity


class Tier(msgspec.Struct, frozen=True, gc=False):
    """One size of account."""

    name: str
    begins_at: Decimal  # equity, in the account's currency
    amounts: Amounts
    lift: Lift
    wait_ns: int  # from the halt until it can be lifted at all
    risk_per_trade_max: Decimal  # of the equity, whatever sizing would like

    @property
    def phrase(self) -> str:
        """What has to be typed to lift its halt."""
        return f"RESET {self.name.upper()}"


_HOUR_NS = 3_600_000_000_000

SNIPER = Tier(
    "Sniper",
    Decimal(500),
    Amounts(Decimal(10), Decimal(25), Decimal(50), Decimal(75)),
    Lift.ACKNOWLEDGE,
    4 * _HOUR_NS,
    Decimal("0.02"),
)
HUNTER = Tier(
    "Hunter",
    Decimal(2_000),
    Amounts(Decimal(50), Decimal(100), Decimal(300), Decimal(400)),
    Lift.MANUAL_RESET,
    _HOUR_NS,
    Decimal("0.015"),
)
STRATEGIST = Tier(
    "Strategist",
    Decimal(10_000),
    Amounts(Decimal(200), Decimal(500), Decimal(1_500), Decimal(2_000)),
    Lift.LOCKOUT,
    8 * _HOUR_NS,
    Decimal("0.01"),
)
TIERS = (SNIPER, HUNTER, STRATEGIST)
BY_NAME = {tier.name: tier for tier in TIERS}

# A tier is left upwards this far above its end, and downwards this far below its beginning.
HYSTERESIS = Decimal("0.05")


_LARGEST_FIRST = tuple((tier.begins_at, tier) for tier in reversed(TIERS))
_ENTERED_AT = tuple((begins_at * (1 + HYSTERESIS), tier) for begins_at, tier in _LARGEST_FIRST)
_KEPT_FROM = tuple((begins_at * (1 - HYSTERESIS), tier) for begins_at, tier in _LARGEST_FIRST)


def tier_of(equity: Decimal) -> Tier:
    """The tier of an account that has none yet; below the smallest it is the smallest."""
    return _first(_LARGEST_FIRST, equity)


def tier_from(tier: Tier, equity: Decimal) -> Tier:
    """The tier that follows from this one at an equity: the same, until a border is passed clearly."""
    higher = _first(_ENTERED_AT, equity)
    if higher.begins_at > tier.begins_at:
        return higher
    lower = _first(_KEPT_FROM, equity)
    return lower if lower.begins_at < tier.begins_at else tier


def is_below_all(equity: Decimal) -> bool:
    """Whether the account is under the smallest tier."""
    return equity < SNIPER.begins_at


def _first(borders: tuple[tuple[Decimal, Tier], ...], equity: Decimal) -> Tier:
    for border, tier in borders:
        if equity >= border:
            return tier
    return SNIPER
