"""The two rules about losses: from which cent on they kill, for how long it has to be lost, what they leave alone."""

from decimal import Decimal

import pytest

from engine import events
from engine.safety.kill_limits import KillLimits
from engine.states import State
from tests.kill_floor import FAR, KillFloor
from tests.rehearsal import PERP, SPOT


def bought(drawdown: str | Decimal, loss: str | Decimal) -> KillFloor:
    """Ten contracts at 100, for a fee of 1: at 85 the account has lost 151 of 10,000, 150 of them by the fall."""
    floor = KillFloor(KillLimits(drawdown=Decimal(drawdown), loss=Decimal(loss)))
    assert "filled" in floor.do("buy", PERP, "10")
    floor.hold(100.0, 2)
    assert floor.account.equity() == Decimal(9_999)
    return floor


@pytest.mark.parametrize(("times_halt", "rule"), [("1.51", "drawdown"), ("1.5101", None)])
def test_a_drawdown_kills_at_its_cent(times_halt: str, rule: str | None) -> None:
    """HALT is 100 and 151.00 are lost: a limit of 151.00 is reached, one of 151.01 is not, however long it lasts."""
    floor = bought(drawdown=times_halt, loss=FAR)
    floor.hold(85.0, 30)
    assert floor.fired() == rule


def test_a_drawdown_has_to_be_there_for_two_seconds() -> None:
    """One print far below closes nothing; the same for two seconds does, and not a look earlier."""
    floor = bought(drawdown="1.5", loss=FAR)
    for _ in range(5):
        floor.trade(50.0)
        floor.trade(100.0)
    assert floor.fired() is None
    floor.hold(85.0, 1)
    assert floor.fired() is None
    floor.hold(85.0, 3)
    assert floor.fired() == "drawdown"


def test_the_gate_closes_in_the_same_step_and_the_position_is_closed() -> None:
    """When the rule fires nothing may grow any more; then the same procedure as a person's kill ends flat."""
    floor = bought(drawdown="1.5", loss=FAR)
    told = floor.stops
    floor.kernel.bus.subscribe(events.EmergencyStop, lambda _: closed.append(floor.account.entries_closed))
    closed: list[str | None] = []
    while not told:
        assert floor.account.entries_closed is None
        floor.hold(85.0, 1)
    assert closed == ["the kill switch was used"]
    floor.hold(85.0, 5)
    assert floor.account.is_flat(PERP)
    assert floor.difference() == []
    reason = floor.stops[0].reason
    assert reason == "drawdown: the drawdown is 151.00, which is 1.5 times the 100.00 at which entries halt, or more"
    cause = floor.guards.killed_by
    assert cause is not None
    assert cause.evidence == {
        "loss": Decimal(151),
        "halt": Decimal(100),
        "limit": Decimal(150),
        "equity": Decimal(9_849),
        "peak": Decimal(10_000),
    }
    assert floor.kernel.health.views()["kill"].state == "down"


def test_nothing_is_killed_where_nothing_is_held() -> None:
    """The position was closed before the loss had lasted: what is left to do, the halt does."""
    floor = bought(drawdown="1.5", loss="1.25")
    floor.trade(80.0)
    assert "filled" in floor.do("sell", PERP, "10")
    floor.hold(80.0, 60)
    assert floor.account.is_flat(PERP)
    assert floor.fired() is None


def test_an_account_without_an_amount_of_halt_has_no_such_rules() -> None:
    """Where the gate knows no amount that halts, there is nothing to be a multiple of."""
    floor = KillFloor(halt=None)
    floor.do("buy", PERP, "10")
    floor.hold(20.0, 30)
    assert floor.fired() is None


@pytest.mark.parametrize(("times_halt", "rule"), [("1.5", "loss velocity"), ("1.5001", None)])
def test_a_fast_loss_kills_at_its_cent(times_halt: str, rule: str | None) -> None:
    """The fall took 150.00 within seconds: a limit of 150.00 is reached, one of 150.01 is not."""
    floor = bought(drawdown=FAR, loss=times_halt)
    floor.hold(85.0, 30)
    assert floor.fired() == rule


@pytest.mark.parametrize(("seconds", "rule"), [(298, "loss velocity"), (303, None)])
def test_a_fast_loss_is_one_within_its_time(seconds: int, rule: str | None) -> None:
    """Half of it was lost, and then the other half: within five minutes it kills, over a longer time it does not."""
    floor = bought(drawdown=FAR, loss="1.5")
    floor.hold(92.5, seconds - 5)
    floor.hold(85.0, 10)
    assert floor.fired() == rule


def test_the_highest_moment_within_the_time_is_what_a_fall_is_measured_from() -> None:
    """It rose first: what was gained and lost again within five minutes was lost."""
    floor = bought(drawdown=FAR, loss="1.5")
    floor.hold(110.0, 20)
    floor.hold(95.5, 5)
    assert floor.fired() is None
    floor.hold(95.0, 4)
    assert floor.fired() == "loss velocity"
    assert floor.stops[0].reason.startswith("loss velocity: 150.00 were lost within ")


def test_money_that_is_paid_out_is_no_loss() -> None:
    """A withdrawal moves neither drawdown nor a fall, and a deposit does not hide one."""
    floor = bought(drawdown="1.5", loss="1.5")
    floor.do("withdraw", quantity="5000")
    floor.hold(100.0, 5)
    assert floor.fired() is None
    floor.do("deposit", quantity="5000")
    floor.hold(85.0, 5)
    assert floor.fired() == "drawdown"


def test_a_program_that_stood_still_measures_a_fall_from_there_on() -> None:
    """What was lost in an hour of which nothing was seen was not lost within five minutes."""
    floor = bought(drawdown=FAR, loss="1.5")
    assert floor.guards.triggers is not None
    floor.guards.triggers.stood_still(3_600_000_000_000)
    floor.pass_time(3_600)
    floor.hold(85.0, 10)
    assert floor.fired() is None
    floor.hold(69.5, 10)
    assert floor.fired() == "loss velocity"


def test_a_rule_kills_once_and_again_only_after_a_person_has_opened_it() -> None:
    """While the kill holds nothing fires; once it is unlocked, what was lost before is no evidence any more."""
    floor = bought(drawdown="1.5", loss="1.5")
    floor.hold(50.0, 30)
    assert floor.fired() == "drawdown"
    floor.unlock()
    assert floor.fired() is None
    floor.do("resume")
    assert floor.kernel.state is State.RUNNING
    floor.hold(100.0, 60)
    assert floor.fired() is None
    floor.do("buy", PERP, "1")
    floor.hold(100.0, 5)
    assert floor.fired() == "drawdown"  # the loss since the peak is still there: the gate has not reset it


def test_coins_count_like_contracts() -> None:
    """Ten coins at 100 that fall to 85 are as much lost."""
    floor = KillFloor(KillLimits(drawdown=Decimal("1.5"), loss=FAR))
    floor.do("buy", SPOT, "10")
    for _ in range(5):
        floor.trade(85.0, SPOT)
    assert floor.fired() == "drawdown"
