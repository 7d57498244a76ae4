"""The settings of the rules that use the kill switch by themselves."""

from decimal import Decimal

from pydantic import Field

from engine.clock import SECOND_NS
from engine.safety.kill_limits import KillLimits
from hean_tui.settings.section import Section

# The rules know their own defaults; here they are only named.
_LIMITS = KillLimits()
_DAY_S = 86_400
_MS_NS = 1_000_000


class KillSettings(Section):
    """When everything is closed without anybody pressing anything; docs/kill-triggers.md says more."""

    drawdown: Decimal = Field(
        _LIMITS.drawdown,
        ge=1,
        le=3,
        description="Times the amount of HALT: a drawdown as large as this kills, while anything is held.",
    )
    loss: Decimal = Field(
        _LIMITS.loss,
        gt=0,
        le=3,
        description="Times the amount of HALT: so much lost within kill.loss_within_s kills, while anything is held.",
    )
    loss_within_s: int = Field(
        _LIMITS.loss_within_ns // SECOND_NS, ge=1, le=_DAY_S, description="The time for kill.loss, in seconds."
    )
    errors: int = Field(
        _LIMITS.errors,
        ge=1,
        le=10_000,
        description="More errors and refused entries than this within kill.errors_within_s kill.",
    )
    errors_within_s: int = Field(
        _LIMITS.errors_within_ns // SECOND_NS, ge=1, le=_DAY_S, description="The time for kill.errors, in seconds."
    )
    stale_s: int = Field(
        _LIMITS.stale_ns // SECOND_NS,
        ge=10,
        le=_DAY_S,
        description="So long nothing may be heard of a contract that is held, in seconds.",
    )
    stale_spot_s: int = Field(
        _LIMITS.stale_spot_ns // SECOND_NS,
        ge=10,
        le=_DAY_S,
        description="The same for coins, which may trade rarely.",
    )
    mismatches: int = Field(
        _LIMITS.mismatches,
        ge=2,
        le=1_000,
        description="In so many comparisons in a row the books may not differ unexplained, with kill.mismatch_s.",
    )
    mismatch_s: int = Field(
        _LIMITS.mismatch_ns // SECOND_NS,
        ge=0,
        le=_DAY_S,
        description="For at least so long, in seconds, they have to differ before it kills.",
    )
    slow_order_ms: int = Field(
        _LIMITS.slow_order_ns // _MS_NS,
        ge=1,
        le=2_000,
        description="Entries without a word for longer than this are slow; after 2,000 ms no word is a word.",
    )
    slow_orders: int = Field(
        _LIMITS.slow_orders,
        ge=2,
        le=10_000,
        description="So many slow entries in a row kill; a quick one ends the row.",
    )
    recount_every_s: int = Field(
        _LIMITS.recount_ns // SECOND_NS,
        ge=1,
        le=3_600,
        description="How often all positions are counted again, beside each execution, in seconds.",
    )

    def limits(self) -> KillLimits:
        """What the rules go by."""
        return KillLimits(
            drawdown=self.drawdown,
            loss=self.loss,
            loss_within_ns=self.loss_within_s * SECOND_NS,
            errors=self.errors,
            errors_within_ns=self.errors_within_s * SECOND_NS,
            stale_ns=self.stale_s * SECOND_NS,
            stale_spot_ns=self.stale_spot_s * SECOND_NS,
            mismatches=self.mismatches,
            mismatch_ns=self.mismatch_s * SECOND_NS,
            slow_order_ns=self.slow_order_ms * _MS_NS,
            slow_orders=self.slow_orders,
            recount_ns=self.recount_every_s * SECOND_NS,
        )
