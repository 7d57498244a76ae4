"""What a gate knows: kept over a restart as it was, and shown by one that nobody has asked anything yet."""

import msgspec
import pytest

from engine import events
from engine.errors import CommandRefused
from engine.gate import ACCOUNT_SCOPE, DAY_SCOPE, Denial
from risk.gate import Gate
from risk.limits import Limits
from tests.losses_stage import PRICE, Losing
from tests.rehearsal import DAY, PERP, SECOND


def again(gate: Gate) -> Gate:
    """Another one that took over all that the first would write down."""
    loaded = Gate(Limits())
    loaded.load(msgspec.json.decode(msgspec.json.encode(gate.saved())))
    return loaded


def halted_for_the_day() -> Losing:
    """500 of 10,000 are lost, which is the day's limit."""
    stage = Losing("10000", Limits())
    stage.trade(1, 1)
    stage.price(PRICE - 500)
    assert stage.gate.halted() == "the day's loss of 500.00 reached the limit of 500.00"
    return stage


def test_a_gate_that_was_kept_is_the_same() -> None:
    """All that would be written down again, after orders, losses and a halt."""
    stage = halted_for_the_day()
    loaded = again(stage.gate)
    assert msgspec.json.encode(loaded.saved()) == msgspec.json.encode(stage.gate.saved())
    assert loaded.view(stage.account) == stage.gate.view(stage.account)
    assert loaded.in_force() == stage.gate.in_force()


def test_the_halt_of_a_day_is_not_told_again_and_ends_with_the_day() -> None:
    """By a gate that took it over: nothing at the same losses, and the lifting at midnight."""
    stage = halted_for_the_day()
    loaded, account = again(stage.gate), stage.account
    assert loaded.halted() == stage.gate.halted()
    refusal = loaded.refuse_unlock(DAY_SCOPE, "", account, stage.now)
    assert refusal is not None
    assert refusal.code == "TooEarly"
    assert loaded.judge(account.observe(stage.now), account) == []
    midnight = (stage.now // DAY + 1) * DAY
    equity = account.observe(midnight)
    assert [event for event in loaded.judge(equity, account) if isinstance(event, events.HaltLifted)] == [
        events.HaltLifted(midnight, DAY_SCOPE, "a new day (UTC) began")
    ]
    assert loaded.halted() is None


@pytest.mark.parametrize("how", ["fold", "snapshot"])
def test_a_restart_within_the_halted_day_changes_nothing(how: str) -> None:
    """Still halted until the very moment of midnight, told once, and lifted once."""
    stage = halted_for_the_day()
    heard = stage.heard()
    stage.end_and_go_on(how)
    stage.price(PRICE - 510)
    assert [word for word in stage.heard()[len(heard) :] if "day" in word] == []
    left = DAY - stage.now % DAY
    stage.pass_time(left - SECOND)
    assert stage.gate.halted() is not None
    stage.midnight()
    stage.price(PRICE - 500)
    assert stage.gate.halted() is None
    assert [word for word in stage.heard()[len(heard) :] if "day" in word] == [f"lifted {DAY_SCOPE}"]
    assert stage.account.held(PERP) == 1


# --- words


@pytest.mark.parametrize(
    ("left_ns", "wait"),
    [
        (1, "1 min"),
        (60 * SECOND, "1 min"),
        (60 * SECOND + 1, "2 min"),
        (3_600 * SECOND, "1 h 0 min"),
        (3_600 * SECOND + 1, "1 h 1 min"),
        (4 * 3_600 * SECOND, "4 h 0 min"),
    ],
)
def test_the_waiting_time_is_told_in_whole_minutes_rounded_up(left_ns: int, wait: str) -> None:
    """A Sniper waits four hours from its halt; nobody is told of less than is left."""
    stage = Losing("1000")
    stage.trade(1, 1)
    stage.price(PRICE - 75)
    halted = stage.gate.losses.halted
    assert halted is not None
    now_ns = halted.since_ns + 4 * 3_600 * SECOND - left_ns
    refusal = stage.gate.refuse_unlock(ACCOUNT_SCOPE, "RESET SNIPER", stage.account, now_ns)
    assert refusal is not None
    assert refusal.sentence == (
        f"the drawdown of 75.00 reached the Sniper's HALT of 75.00; it can be lifted in {wait} at the earliest"
    )
    assert stage.gate.refuse_unlock(ACCOUNT_SCOPE, "RESET SNIPER", stage.account, now_ns + left_ns) is None
    assert stage.gate.refuse_unlock(ACCOUNT_SCOPE, "RESET HUNTER", stage.account, now_ns + left_ns) == Denial(
        "WrongPhrase", "the phrase was not the one that lifts this halt: --phrase 'RESET SNIPER'"
    )


def test_a_looser_level_is_refused_by_its_name() -> None:
    """Equal and tighter ones are taken."""
    stage = Losing("1000")
    assert stage.gate.change("risk.halt_loss", "75") == "risk.halt_loss is 75 now"
    assert stage.gate.change("risk.halt_loss", "70") == "risk.halt_loss is 70 now"
    with pytest.raises(CommandRefused) as refused:
        stage.gate.change("risk.halt_loss", "70.01")
    assert str(refused.value) == (
        "risk.halt_loss can be tightened while the program runs, never loosened: 70.00 holds, and 70.01 was asked for"
    )


def test_a_gate_that_nobody_has_asked_yet_knows_its_account() -> None:
    """Its first question may be what it looks like, or what is behind an order."""
    stage = Losing("5000")
    order = stage.trade(1, 1)
    assert order is not None
    assert Gate(Limits()).view(stage.account).tier == "Hunter"
    assert Gate(Limits()).figures(order, stage.account)["equity"] == 5_000
