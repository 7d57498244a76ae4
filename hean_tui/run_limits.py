"""The limits a run works under: those that its settings name, and for all others what was in force in the folder."""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import TYPE_CHECKING

import msgspec

from engine.gate import RiskGate
from engine.money import plain
from hean_tui.run_facts import RunFacts
from risk.gate import Gate
from risk.limits import LOSSES, Limits
from risk.losses import Ladder
from risk.tiers import TIERS, Amounts

if TYPE_CHECKING:
    from hean_tui.settings.sources import LoadedSettings

Asked = Mapping[str, Decimal | None]  # by the name of the limit; None is off


def asked_limits(loaded: "LoadedSettings") -> dict[str, Decimal | None]:
    """What a file, a variable or the command line says, be it the default's own value."""
    limits = loaded.settings.risk.limits()
    return {name: getattr(limits, name) for name in Limits.__struct_fields__ if f"risk.{name}" in loaded.origins}


def limits_from_here(gate: Gate, asked: Asked, runs: Sequence[RunFacts], *, after_crash: bool) -> Limits:
    """What holds after these runs; levels of loss never get looser.

    A program that is started again after a crash says the same words once more, and they must not undo what a person
    set while it ran; unless it crashed before it could write down that it had been told.
    """
    if after_crash and runs[-1].asked == asked:
        return gate.limits
    taken = {name: value for name, value in asked.items() if not _is_looser(name, value, gate.limits, gate.losses)}
    return msgspec.structs.replace(gate.limits, **taken)


def sentences_of_levels(gate: RiskGate, asked: Asked) -> list[str]:
    """Which of the levels that were asked for are not those that hold, and why."""
    assert isinstance(gate, Gate), "a paper run is built with it"
    told = []
    for name in LOSSES:
        wanted = asked.get(name)
        if wanted is not None and getattr(gate.limits, name) != wanted:
            told.append(
                f"risk.{name} stays {plain(_level(gate.losses.amounts, name))}: {plain(wanted)} would be looser, and "
                "within one account levels of loss only tighten."
            )
    return [*told, *levels_without_effect(gate.limits)]


def levels_without_effect(limits: Limits) -> list[str]:
    """Levels of loss that no account is large enough for."""
    told = []
    for name in LOSSES:
        own = getattr(limits, name)
        loosest = max(_level(tier.amounts, name) for tier in TIERS)
        if own is not None and own > loosest:
            told.append(
                f"risk.{name} does not count: it was {plain(own)}, and every tier's own is tighter, "
                f"{plain(loosest)} at the most."
            )
    return told


def _is_looser(name: str, wanted: Decimal | None, limits: Limits, losses: Ladder) -> bool:
    """Than the level in force, and than what was set for tiers to come."""
    if name not in LOSSES:
        return False
    there = max(_level(losses.amounts, name), getattr(limits, name) or Decimal(0))
    return wanted is None or wanted > there


def _level(amounts: Amounts, name: str) -> Decimal:
    amount: Decimal = getattr(amounts, name.removesuffix("_loss"))
    return amount
