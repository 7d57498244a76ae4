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
from risk.losses import tightened
from risk.tiers import TIERS, Tier

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
    taken = {name: value for name, value in asked.items() if not _is_refused(name, value, gate.limits)}
    return msgspec.structs.replace(gate.limits, **taken)


def sentences_of_levels(gate: RiskGate, asked: Asked) -> list[str]:
    """Which of the levels that were asked for are not those that hold, and why."""
    assert isinstance(gate, Gate), "a paper run is built with it"
    told = []
    for name in LOSSES:
        wanted, own = asked.get(name), getattr(gate.limits, name)
        if wanted is None:
            continue
        if own is None:
            told.append(_without_effect(name, wanted, gate.limits))
        elif own == wanted:
            told += _counts_later(name, own, gate.limits, gate.losses.tier)
        else:
            told.append(
                f"risk.{name} stays {plain(own)}: {plain(wanted)} would be looser, and within one account levels of "
                "loss only tighten."
            )
    return [*told, *levels_without_effect(gate.limits)]


def levels_without_effect(limits: Limits) -> list[str]:
    """Levels of loss that are not tighter than those that any account has without them."""
    return [
        _without_effect(name, own, limits)
        for name in LOSSES
        if (own := getattr(limits, name)) is not None and own >= _loosest(name, limits)
    ]


def _is_refused(name: str, wanted: Decimal | None, limits: Limits) -> bool:
    """A level that is looser than the folder's own; where it has none, one that tightens no tier's."""
    if name not in LOSSES:
        return False
    own: Decimal | None = getattr(limits, name)
    return wanted is None or (wanted >= _loosest(name, limits) if own is None else wanted > own)


def _without_effect(name: str, own: Decimal, limits: Limits) -> str:
    return (
        f"risk.{name} does not count: it was {plain(own)}, and without it every tier's is "
        f"{plain(_loosest(name, limits))} at the most."
    )


def _counts_later(name: str, own: Decimal, limits: Limits, now: Tier) -> list[str]:
    """Where it tightens nothing yet, the tier from which on it does."""
    first = next((tier for tier in TIERS if own < _level_without(name, tier, limits)), None)
    if first is None or first.begins_at <= now.begins_at:
        return []
    there = plain(_level_without(name, now, limits))
    begins = f"counts only from the {first.name} on"
    return [f"risk.{name} of {plain(own)} {begins}: it tightens nothing for the {now.name}, who has {there}."]


def _loosest(name: str, limits: Limits) -> Decimal:
    return max(_level_without(name, tier, limits) for tier in TIERS)


def _level_without(name: str, tier: Tier, limits: Limits) -> Decimal:
    """The tier's level as it is with all own ones but this; HALT takes Critical along."""
    others = msgspec.structs.replace(limits, **{name: None})
    amount: Decimal = getattr(tightened(tier.amounts, others), name.removesuffix("_loss"))
    return amount
