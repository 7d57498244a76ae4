"""The rules that count, wait or compare: nothing one step before the threshold, a kill at it, and no false alarms."""

from decimal import Decimal

import pytest

from engine import events
from engine.safety.kill_limits import KillLimits
from engine.states import State
from tests.kill_floor import KillFloor
from tests.rehearsal import PERP, SECOND, SPOT

MS = 1_000_000


def say(floor: KillFloor, source: str = "impulse") -> None:
    """Something failed."""
    floor.kernel.bus.publish(events.ErrorOccurred(floor.timeline.now_ns, source, "ZeroDivisionError"))


# --- the error rate


def test_the_twenty_first_error_kills() -> None:
    """Twenty within five minutes are borne, one more is not; it says which kinds they were."""
    floor = KillFloor()
    floor.venue.outage(on=True)
    for _ in range(10):
        say(floor)
        floor.do("buy", PERP, "1")
    assert (floor.kernel.orders.counts["rejected"], floor.fired()) == (10, None)
    say(floor)
    assert floor.fired() == "error rate"
    cause = floor.guards.killed_by
    assert cause is not None
    assert (cause.evidence["count"], cause.evidence["errors"], cause.evidence["rejections"]) == (21, 11, 10)
    assert floor.stops[0].reason.endswith("the last: impulse: ZeroDivisionError")


@pytest.mark.parametrize(("apart_ns", "rule"), [(15 * SECOND, "error rate"), (15 * SECOND + 1, None)])
def test_errors_count_within_five_minutes(apart_ns: int, rule: str | None) -> None:
    """Twenty-one of them, evenly: the first is exactly five minutes old, or a nanosecond more at each step."""
    floor = KillFloor()
    for number in range(40 if rule is None else 21):
        if number:
            floor.timeline.advance(floor.timeline.now_ns + apart_ns)
        say(floor)
    assert floor.fired() == rule


def test_refused_exits_and_the_deeds_of_others_are_not_counted() -> None:
    """An exit is tried again and again while the exchange is out of order; somebody who trades by hand is no error."""
    floor = KillFloor()
    floor.do("buy", PERP, "1")
    floor.venue.outage(on=True)
    for _ in range(30):
        floor.do("sell", PERP, "1", reduce_only=True)
        say(floor, "venue")
    assert floor.kernel.orders.counts["rejected"] >= 30
    assert floor.fired() is None


# --- slow orders


def slow(floor: KillFloor, latency_ms: int) -> None:
    """An entry took so long."""
    assert floor.guards.triggers is not None
    floor.guards.triggers.entry_took(latency_ms * MS)


def test_the_tenth_slow_entry_in_a_row_kills() -> None:
    """A second and a half is not too slow; a quick one begins the row anew."""
    floor = KillFloor()
    for latency_ms in (*[1_501] * 9, 1_500, *[1_501] * 8, 1_900):
        slow(floor, latency_ms)
    assert floor.fired() is None
    slow(floor, 1_600)
    assert floor.fired() == "order latency"
    told = "the last 10 entries took more than 1500 ms each until the first word of them, the slowest 1900 ms"
    assert floor.stops[0].reason == f"order latency: {told}"


def test_entries_are_timed_from_the_bus_and_exits_are_not() -> None:
    """The venue of the floor takes 70 ms; ten exits at that pace say nothing, ten entries do."""
    floor = KillFloor(KillLimits(slow_order_ns=69 * MS))
    floor.do("buy", PERP, "9")
    for _ in range(8):
        floor.do("sell", PERP, "1", reduce_only=True)
        floor.do("buy", PERP, "1")
    assert floor.fired() is None
    floor.do("buy", PERP, "1")
    assert floor.fired() == "order latency"


# --- stale data


def test_a_contract_that_is_held_may_be_silent_for_a_quarter_of_an_hour() -> None:
    """Counted from the last that was heard of it, and looked at every two seconds."""
    floor = KillFloor()
    floor.do("buy", PERP, "1")
    floor.guards.watch_market()
    floor.trade(100.0)
    heard_ns = floor.timeline.now_ns
    while floor.fired() is None:
        floor.pass_time(1)
    assert 900 <= (floor.timeline.now_ns - heard_ns) / SECOND < 902
    assert floor.fired() == "stale data"


@pytest.mark.parametrize(
    ("symbol", "silent_s", "is_held", "rule"),
    [
        (PERP, 899.999, True, None),
        (PERP, 900, True, "stale data"),
        (PERP, 9_000, False, None),
        (SPOT, 3_599.999, True, None),
        (SPOT, 3_600, True, "stale data"),
    ],
)
def test_silence_counts_where_something_is_held(symbol: str, silent_s: float, is_held: bool, rule: str | None) -> None:
    """Coins trade rarely and may be silent for an hour."""
    floor = KillFloor()
    if is_held:
        floor.do("buy", symbol, "1")
    floor.guards.rules.silent(symbol, 1, is_held)
    assert floor.guards.triggers is not None
    floor.guards.triggers.silent(symbol, int(silent_s * SECOND), is_held)
    assert floor.fired() == rule


def test_silence_of_an_exchange_that_answers_nothing_at_all_kills_nothing() -> None:
    """Nobody would hear the kill, and the stops there carry the position; once it answers, silence counts."""
    floor = KillFloor()
    floor.do("buy", PERP, "1")
    floor.guards.watch_market()
    floor.guards.rules.api_silent("no answer came within 2 s")
    floor.pass_time(1_000)
    assert floor.fired() is None
    floor.guards.rules.api_answered()
    floor.pass_time(2)
    assert floor.fired() == "stale data"


def test_what_a_program_did_not_hear_while_it_slept_is_not_silence() -> None:
    """The machine slept for an hour: only what is silent after that is."""
    floor = KillFloor()
    floor.do("buy", PERP, "1")
    floor.guards.watch_market()
    assert floor.guards.triggers is not None
    floor.guards.triggers.stood_still(3_600 * SECOND)
    floor.pass_time(3_600 + 890)
    assert floor.fired() is None
    floor.pass_time(20)
    assert floor.fired() == "stale data"


# --- books that differ from the exchange's


def test_the_third_comparison_that_finds_the_same_kills() -> None:
    """Two are borne; what agrees in between, or is explained, begins the count anew."""
    floor = KillFloor()
    for step in ("differs", "differs", "agrees", "differs", "differs"):
        getattr(floor, step)()
        floor.pass_time(30)
    floor.differs("explained")
    for _ in range(2):
        floor.pass_time(30)
        floor.differs()
    assert floor.fired() is None
    floor.pass_time(30)
    floor.differs()
    assert floor.fired() == "reconcile mismatch"
    reason = floor.stops[0].reason
    assert reason == f"reconcile mismatch: 3 comparisons of the books in a row, over 60 s, found {PERP} differs"


def test_three_comparisons_within_a_moment_are_no_evidence() -> None:
    """Somebody who compares again and again does not make it last longer: it has to be there for a minute."""
    floor = KillFloor()
    for _ in range(50):
        floor.differs()
    floor.timeline.advance(floor.timeline.now_ns + 60 * SECOND - 1)
    floor.differs()
    assert floor.fired() is None
    floor.timeline.advance(floor.timeline.now_ns + 1)
    floor.differs()
    assert floor.fired() == "reconcile mismatch"


@pytest.mark.parametrize(("held", "rule"), [("1", "reconcile mismatch"), (None, None)])
def test_cash_that_differs_kills_only_where_something_is_held(held: str | None, rule: str | None) -> None:
    """There is nothing to close in an account that holds nothing; its entries are frozen already."""
    floor = KillFloor()
    if held is not None:
        floor.do("buy", PERP, held)
    for _ in range(4):
        floor.differs(subject="cash", symbol="")
        floor.pass_time(30)
    assert floor.fired() == rule


def test_what_others_did_is_no_mismatch() -> None:
    """Trades by hand on the exchange's own site are external: a person is told, nothing is killed."""
    floor = KillFloor()
    for _ in range(20):
        floor.differs("external")
        floor.pass_time(30)
    assert floor.fired() is None


# --- books that differ from their own executions


@pytest.mark.parametrize("symbol", [PERP, SPOT])
def test_a_ledger_that_is_one_lot_wrong_kills_at_the_next_look(symbol: str) -> None:
    """Everything is counted again every ten seconds; the smallest lot is enough."""
    floor = KillFloor()
    floor.do("buy", symbol, "1")
    floor.pass_time(60)
    assert floor.fired() is None
    floor.account.ledger.positions[symbol].quantity += Decimal("0.001")
    floor.pass_time(10)
    assert floor.fired() == "position calculation"


def test_a_ledger_that_is_wrong_kills_with_the_next_execution() -> None:
    """Beside the timer, each execution is a look at its symbol."""
    floor = KillFloor(KillLimits(recount_ns=3_600 * SECOND))
    floor.do("buy", PERP, "1")
    floor.account.ledger.positions[PERP].quantity -= Decimal("0.001")
    floor.do("buy", PERP, "1")
    assert floor.fired() == "position calculation"
    told = f"the ledger holds 1.999 {PERP}, and the executions come to 2"
    assert floor.stops[0].reason == f"position calculation: {told}"


def test_shares_that_do_not_add_up_to_the_position_kill() -> None:
    """Who holds what has to come to what the account holds."""
    floor = KillFloor()
    floor.do("buy", PERP, "1")
    floor.account.owned["operator", PERP].quantity -= Decimal("0.5")
    floor.pass_time(10)
    assert floor.stops[0].reason == (
        f"position calculation: the ledger holds 1 {PERP}, and its holders' shares come to 0.5"
    )


def test_cash_that_is_not_the_sum_of_its_parts_kills() -> None:
    """A cent that came from nowhere is a cent too much."""
    floor = KillFloor()
    floor.account.ledger.cash += Decimal("0.01")
    floor.pass_time(10)
    assert floor.fired() == "position calculation"
    assert "the cash is 10000.01, but what was paid in" in floor.stops[0].reason


def test_an_execution_that_is_told_twice_is_counted_once() -> None:
    """The books book it once, and so does who counts beside them."""
    floor = KillFloor()
    executions: list[events.Execution] = []
    floor.kernel.bus.subscribe(events.Execution, executions.append)
    for symbol in (PERP, SPOT):
        floor.do("buy", symbol, "3")
        floor.do("sell", symbol, "1")
    for execution in tuple(executions):
        floor.kernel.bus.publish(execution)
    floor.pass_time(60)
    assert len(executions) == 8
    assert floor.fired() is None


def test_positions_from_before_the_rules_were_armed_are_taken_as_they_are() -> None:
    """After a person has unlocked a kill, too: what is there then is what later executions are added to."""
    floor = KillFloor()
    floor.do("buy", PERP, "1")
    floor.account.ledger.positions[PERP].quantity += Decimal("0.001")
    floor.pass_time(10)
    assert floor.fired() == "position calculation"
    position, share = floor.account.ledger.positions[PERP], floor.account.owned["operator", PERP]
    floor.hold(100.0, 90)
    position.quantity = share.quantity = Decimal(0)
    floor.unlock()
    floor.do("resume")
    floor.do("buy", PERP, "2")
    floor.pass_time(60)
    assert (floor.fired(), floor.kernel.state) == (None, State.RUNNING)


def test_a_kill_by_a_person_is_none_by_a_rule() -> None:
    """It holds like any other, and no rule fires while it does."""
    floor = KillFloor()
    floor.do("buy", PERP, "1")
    floor.do("kill")
    for _ in range(50):
        say(floor)
        slow(floor, 5_000)
    assert floor.guards.killed_by is None
    assert floor.kernel.state is State.KILLED
