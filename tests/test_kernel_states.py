"""The states of the engine: the strictest thing that is true, told when it changes, and what each lets through."""

from decimal import Decimal
from itertools import pairwise
from typing import Any

import pytest

from engine import events
from engine.commands import OrderType
from engine.orders import Status
from engine.strategy import Strategy
from risk.gate import Gate
from risk.limits import Limits
from tests.rehearsal import DAY, MINUTE, PERP, SECOND, Stage


@pytest.fixture
def stage() -> Stage:
    """A market at 100 with a long position of 2."""
    stage = Stage()
    stage.tick(100.0)
    stage.hold(1, "2", "100")
    return stage


def changes(stage: Stage) -> list[tuple[str, str, str]]:
    told = [event for event in stage.told if isinstance(event, events.StateChanged)]
    return [(event.before, event.after, event.reason) for event in told]


def passes(stage: Stage, side: int, quantity: str, **wishes: Any) -> bool:
    return stage.place(side, quantity, **wishes).status is Status.SUBMITTED


def test_each_change_is_told_once_with_its_reason(stage: Stage) -> None:
    """From stopped to running, paused, reduce-only, back, and killed; asking for what is so already tells nothing."""
    kernel = stage.kernel
    kernel.start()
    kernel.start()
    kernel.pause("lunch")
    kernel.pause("lunch")
    kernel.close_gate("the gate was closed")
    kernel.close_gate(None)
    kernel.pause(None)
    kernel.kill("enough")
    kernel.stop("it is over")
    assert changes(stage) == [
        ("stopped", "running", "started"),
        ("running", "paused", "lunch"),
        ("paused", "reduce_only", "the gate was closed"),
        ("reduce_only", "paused", "gate opened"),
        ("paused", "running", "resumed"),
        ("running", "killed", "enough"),
    ]


@pytest.mark.parametrize(
    ("close", "reason"),
    [
        (lambda kernel: kernel.pause("lunch"), "lunch"),
        (lambda kernel: kernel.close_gate("the gate was closed"), "the gate was closed"),
        (lambda kernel: kernel.kill("enough"), "the kill switch was used"),
    ],
)
def test_closed_entries_let_only_reductions_through(stage: Stage, close: Any, reason: str) -> None:
    """No more of the position, nothing on the other side of flat; less of it at any price, now or resting."""
    stage.kernel.start()
    close(stage.kernel)
    denied = stage.place(1, "0.001")
    assert (denied.status, denied.reason) == (Status.DENIED, f"{reason}; only orders that reduce a position pass")
    turning = stage.place(-1, "2.001")
    assert (turning.quantity, turning.reduce_only) == (Decimal(2), True)  # the half that closes, and no more
    assert passes(stage, -1, "2", reduce_only=True)
    assert passes(stage, -1, "1", type=OrderType.LIMIT, price=Decimal(120))
    assert passes(stage, -1, "2", reduce_only=True, type=OrderType.STOP_MARKET, trigger_price=Decimal(90))


def test_a_kill_is_for_good(stage: Stage) -> None:
    """Neither a start, a resume nor an open gate brings entries back."""
    kernel = stage.kernel
    kernel.start()
    kernel.kill("enough")
    kernel.start()
    kernel.pause(None)
    kernel.close_gate(None)
    assert kernel.state == "killed"
    assert not passes(stage, 1, "1")


def test_the_gate_is_closed_before_anybody_is_told(stage: Stage) -> None:
    """Whoever hears of the kill finds the entries closed already: everything after may take its time."""
    seen: list[str | None] = []
    stage.kernel.bus.subscribe(events.EmergencyStop, lambda _: seen.append(stage.account.entries_closed))
    stage.kernel.kill("enough")
    assert seen == ["the kill switch was used"]


def test_a_gate_that_was_closed_stays_closed_while_strategies_rest(stage: Stage) -> None:
    """Stopping the strategies opens nothing: only a person opens a gate that was closed."""
    stage.kernel.start()
    stage.kernel.close_gate("the gate was closed")
    stage.kernel.stop("a rest")
    assert not passes(stage, 1, "1")
    stage.kernel.close_gate(None)
    assert passes(stage, 1, "1")


@pytest.mark.parametrize("was_started", [False, True])
def test_a_pause_holds_while_strategies_rest(stage: Stage, was_started: bool) -> None:
    """Nobody's position grows or turns, neither before a start nor after a stop; a stop alone holds no person back."""
    kernel = stage.kernel
    if was_started:
        kernel.start()
        kernel.stop("a rest")
    assert passes(stage, 1, "1")
    kernel.pause("lunch")
    assert (kernel.state, kernel.closed) == ("stopped", "lunch")
    assert not passes(stage, 1, "0.001")
    assert stage.place(-1, "2.001").quantity == Decimal(2)
    assert passes(stage, -1, "2", reduce_only=True)
    kernel.pause(None)
    assert kernel.state == "stopped"
    assert passes(stage, 1, "1")


def test_a_pause_holds_in_the_next_run_while_strategies_rest(stage: Stage) -> None:
    """What was paused is paused wherever that standing is taken up, before anything has started."""
    stage.kernel.pause("lunch")
    later = Stage()
    later.tick(100.0)
    later.kernel.stand(stage.kernel.standing)
    later.kernel.begin_run({})
    assert not passes(later, 1, "1")
    later.kernel.pause(None)
    assert passes(later, 1, "1")


def test_a_pause_from_before_the_start_holds_for_the_first_wish() -> None:
    """A strategy that buys as it starts is denied when entries were paused before."""

    class Eager(Strategy):
        """Buys as soon as it may."""

        def start(self) -> None:
            self.desk.signal(PERP, 1, 1.0, "at once", quantity=Decimal(1))

    stage = Stage()
    stage.tick(100.0)
    stage.kernel.strategies.add(Eager("eager", (PERP,), {}))
    stage.kernel.pause("not yet")
    stage.kernel.start()
    assert stage.sent == []
    assert stage.heard(events.OrderDenied)


def halted_stage() -> Stage:
    """A day's loss of five per cent, which is the limit."""
    stage = Stage(gate=Gate(Limits(daily_drawdown_limit=Decimal("0.05"))))
    stage.tick(100.0)
    stage.kernel.start()
    stage.hold(1, "100", "100")
    stage.tick(95.0, after_ns=MINUTE)
    stage.timeline.advance(stage.now + SECOND)
    return stage


def test_a_loss_that_reaches_the_limit_halts_entries() -> None:
    """Within a second of the price, without any fill: told, shown as the state, and nothing grows any more."""
    stage = halted_stage()
    (halt,) = stage.heard(events.Halt)
    assert isinstance(halt, events.Halt)
    assert "the day's loss of 500.00 reached the limit of 500.00" in halt.reason
    assert stage.kernel.state == "halted"
    assert not passes(stage, 1, "1")
    assert passes(stage, -1, "100", reduce_only=True)


def test_a_halt_ends_with_its_day_also_when_nothing_is_held() -> None:
    """At midnight UTC entries open again, flat or not, without a tick to tell the time."""
    stage = halted_stage()
    stage.hold(-1, "100", "95", reduce_only=True)
    stage.timeline.advance(stage.now // DAY * DAY + DAY)
    assert stage.heard(events.HaltLifted)
    assert stage.kernel.state == "running"
    stage.tick(95.0)  # entries need prices of now
    assert passes(stage, 1, "1")


def test_a_peak_is_seen_without_a_fill(stage: Stage) -> None:
    """A price that rises and falls again leaves its peak behind, to the last digit."""
    stage.tick(150.5, after_ns=SECOND)
    stage.timeline.advance(stage.now + SECOND)
    stage.tick(100.0, after_ns=SECOND)
    stage.timeline.advance(stage.now + SECOND)
    assert stage.account.peak_equity == Decimal(10_101)


def test_the_curve_has_a_point_a_minute_while_something_is_held(stage: Stage) -> None:
    """An hour of holding makes sixty points, each a minute after the one before."""
    stage.timeline.advance(stage.now + 60 * MINUTE)
    moments = [moment for moment, _ in stage.account.equity_curve]
    assert len(moments) in (60, 61)
    assert all(MINUTE <= later - earlier <= MINUTE + SECOND for earlier, later in pairwise(moments))
