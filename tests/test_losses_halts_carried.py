"""Halts that another journal takes over: which are handed on, and what becomes of them where there are some already."""

from decimal import Decimal

import pytest

from engine.account import Account
from engine.events import Halt
from engine.gate import ACCOUNT_SCOPE, DAY_SCOPE, StandingHalt
from engine.markets import Markets
from risk.gate import Gate
from risk.limits import Limits
from tests.losses_stage import Losing
from tests.rehearsal import DAY, PERP, SECOND, START, instrument

HOUR = 3_600 * SECOND
MIDNIGHT = (START // DAY + 1) * DAY
LATER = MIDNIGHT + 5 * HOUR


def account() -> Account:
    """On its first day."""
    return Account(Markets([instrument(PERP)]), Decimal(1000), START, Decimal(10))


def account_halt(until_ns: int = LATER, tier: str = "Sniper") -> StandingHalt:
    """Of the ladder: from then on it can be lifted."""
    return StandingHalt(ACCOUNT_SCOPE, "the drawdown reached HALT", until_ns, tier)


def day_halt(until_ns: int = MIDNIGHT) -> StandingHalt:
    """Of the day: it ends then."""
    return StandingHalt(DAY_SCOPE, "the day lost too much", until_ns)


def test_a_gate_without_halts_hands_none_on() -> None:
    """An empty list, whatever the time."""
    assert Gate(Limits()).standing(START) == []


@pytest.mark.parametrize("halt", [account_halt(), day_halt()], ids=["account", "day"])
def test_what_is_carried_in_is_told_once_and_can_be_handed_on(halt: StandingHalt) -> None:
    """The same halt, with the time that it had left."""
    gate = Gate(Limits())
    assert gate.carry(halt, account(), START) == [Halt(START, halt.scope, halt.reason)]
    assert gate.halted() == halt.reason
    assert gate.standing(START) == [halt]
    assert gate.carry(halt, account(), START) == []


def test_both_are_handed_on_together() -> None:
    """The ladder's first."""
    gate = Gate(Limits())
    gate.carry(day_halt(), account(), START)
    gate.carry(account_halt(), account(), START)
    assert gate.standing(START) == [account_halt(), day_halt()]


def test_a_day_that_is_over_is_not_handed_on() -> None:
    """Its halt ends with its last nanosecond."""
    gate = Gate(Limits())
    gate.carry(day_halt(), account(), START)
    assert gate.standing(MIDNIGHT - 1) == [day_halt()]
    assert gate.standing(MIDNIGHT) == []


@pytest.mark.parametrize(("until_ns", "ends_ns"), [(MIDNIGHT, MIDNIGHT), (MIDNIGHT + 1, MIDNIGHT + DAY)])
def test_a_halt_of_the_day_holds_for_whole_days(until_ns: int, ends_ns: int) -> None:
    """Up to a midnight it is that day; a nanosecond longer it is the next one as well."""
    gate = Gate(Limits())
    gate.carry(day_halt(until_ns), account(), START)
    assert gate.standing(START) == [day_halt(ends_ns)]


@pytest.mark.parametrize(
    ("own", "other", "holds"),
    [
        (account_halt(LATER), account_halt(LATER - 1, "Hunter"), account_halt(LATER)),
        (account_halt(LATER), account_halt(LATER, "Hunter"), account_halt(LATER)),
        (account_halt(LATER), account_halt(LATER + 1, "Hunter"), account_halt(LATER + 1, "Hunter")),
        (day_halt(MIDNIGHT + DAY), day_halt(MIDNIGHT), day_halt(MIDNIGHT + DAY)),
        (day_halt(MIDNIGHT), day_halt(MIDNIGHT + DAY), day_halt(MIDNIGHT + DAY)),
    ],
    ids=["shorter", "as long", "longer", "a shorter day", "a longer day"],
)
def test_the_longer_of_two_holds(own: StandingHalt, other: StandingHalt, holds: StandingHalt) -> None:
    """And only what is new is told."""
    gate = Gate(Limits())
    gate.carry(own, account(), START)
    assert bool(gate.carry(other, account(), START + 1)) is (holds != own)
    assert gate.standing(START + 1) == [holds]


def test_a_day_with_a_carried_halt_is_not_a_clean_one() -> None:
    """Lifted the same day, at an equity that a higher tier begins at, the account stays where it was until tomorrow."""
    losing = Losing("1900")
    gate = losing.kernel.gate
    assert isinstance(gate, Gate)
    gate.losses.begin(losing.kernel.account)
    assert gate.losses.tier.name == "Sniper"
    gate.carry(account_halt(), losing.kernel.account, losing.kernel.timeline.now_ns)
    assert gate.losses.saved()["is_clean"] is False
    assert gate.losses.saved()["halted"]["tier"] == "Sniper"
    assert losing.kernel.account.held(PERP) == Decimal(0)
