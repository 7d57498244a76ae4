"""What follows from losses, and who works with which part of the capital."""

from decimal import Decimal

from engine.event import Event


class DrawdownAlert(Event, frozen=True, gc=False):
    """A level of loss was reached."""

    level: str
    loss: Decimal
    limit: Decimal
    sentence: str


class TierChanged(Event, frozen=True, gc=False):
    """The account belongs to another tier, whose levels hold from now on."""

    before: str
    tier: str
    reason: str


class CapitalAllocated(Event, frozen=True, gc=False):
    """Each strategy has the part of the equity that it works with, and until when; `kept` is what is known of them."""

    until_ns: int
    shares: tuple[tuple[str, Decimal], ...]
    kept: str


class Halt(Event, frozen=True, gc=False):
    """Entries are closed for this scope until the halt is lifted."""

    scope: str
    reason: str


class HaltLifted(Event, frozen=True, gc=False):
    """Entries are open again for this scope."""

    scope: str
    reason: str
