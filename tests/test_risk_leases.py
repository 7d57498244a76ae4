"""Parts of the capital in a run: drawn with the seats, drawn anew with each day, and as an earlier run had them."""

from decimal import Decimal

import msgspec
import pytest

from engine import events
from engine.strategy import Strategy
from risk.allocation import DAYS_NEEDED, Allocation
from risk.gate import Gate
from risk.leases import Leases
from risk.limits import Limits
from tests.losses_stage import PRICE, Losing
from tests.rehearsal import DAY, MINUTE, PERP, SECOND, START

HALF = Decimal("0.5")
MIDNIGHT_NS = START + DAY


def told_of(stage: Losing) -> list[events.CapitalAllocated]:
    found: list[events.CapitalAllocated] = []
    stage.kernel.bus.subscribe(events.CapitalAllocated, found.append)
    return found


def seated(*names: str) -> tuple[Losing, list[events.CapitalAllocated]]:
    """Strategies that say nothing, with their parts drawn."""
    stage = Losing("10000", native_ns=MINUTE)
    told = told_of(stage)
    for event in stage.gate.seat(names, stage.account, stage.now):
        stage.say(event)
    return stage, told


def test_who_sits_down_has_a_part_until_the_day_ends() -> None:
    """Two halves, told once."""
    stage, told = seated("one", "two")
    (event,) = told
    assert (event.ts, event.until_ns) == (stage.now, MIDNIGHT_NS)
    assert event.shares == (("one", HALF), ("two", HALF))
    assert stage.gate.sizer.share("one") == HALF


def test_without_strategies_nothing_is_drawn() -> None:
    """A person alone works with everything; nobody is told of parts, on no day."""
    stage, told = seated()
    stage.trade(1, "0.1")
    stage.midnight()
    stage.price(PRICE + 1)
    assert told == []


def test_who_does_not_come_back_leaves_a_part_free() -> None:
    """Of three, one is gone in the next run; a new one takes what that leaves, and no more before midnight."""
    stage, told = seated("one", "two", "three")
    (event,) = stage.gate.seat(("two", "four", "three"), stage.account, stage.now + 5)
    assert isinstance(event, events.CapitalAllocated)
    third = Decimal("0.333333")
    assert event.shares == (("two", third), ("three", third), ("four", third))
    assert event.ts == stage.now + 5
    assert len(told) == 1
    assert stage.gate.seat((), stage.account, stage.now) == ()


def test_each_day_is_drawn_when_it_begins() -> None:
    """At midnight and not before; once, however often it is judged."""
    stage, told = seated("one", "two")
    stage.pass_time(MIDNIGHT_NS - stage.now - 1)
    stage.kernel.judge()
    assert len(told) == 1
    stage.pass_time(1)
    stage.kernel.judge()
    assert [(event.ts, event.until_ns) for event in told[1:]] == [(MIDNIGHT_NS, MIDNIGHT_NS + DAY)]
    stage.midnight()
    assert [(event.ts, event.until_ns) for event in told[2:]] == [(MIDNIGHT_NS + DAY, MIDNIGHT_NS + 2 * DAY)]


def test_what_a_day_made_decides_how_the_next_are_drawn() -> None:
    """One swings by one per cent of its part a day, the other by two: after ten days the parts are two to one."""
    stage, told = seated("one", "two")
    for day in range(DAYS_NEEDED):
        sign = 1 if day % 2 else -1
        for name, made in (("one", Decimal(50)), ("two", Decimal(100))):
            stage.trade(1, 1, strategy=name)
            stage.trade(-1, 1, PRICE + sign * made, strategy=name)
        parts = dict(told[-1].shares)
        assert parts == {"one": HALF, "two": HALF}
        stage.midnight()
    parts = dict(told[-1].shares)
    assert float(parts["one"] / parts["two"]) == pytest.approx(2, rel=0.01)
    days = msgspec.json.decode(told[-1].kept)["days"]
    assert [len(results) for results in days.values()] == [DAYS_NEEDED, DAYS_NEEDED]
    assert days["one"][:2] == pytest.approx([-50 / 5_000, 50 / 5_000], rel=0.02)


def test_a_day_in_which_nothing_ended_made_nothing() -> None:
    """A position that is still open is booked on the day on which it ends."""
    stage, told = seated("one")
    stage.trade(1, "0.1", strategy="one")
    stage.midnight()
    stage.trade(-1, "0.1", PRICE - 100, strategy="one")
    stage.midnight()
    assert msgspec.json.decode(told[-1].kept)["days"]["one"] == pytest.approx([0.0, -0.001], rel=0.01)


def test_an_earlier_run_is_taken_up() -> None:
    """What was told is enough: another gate draws from it as the first one would have."""
    stage, told = seated("one", "two")
    stage.trade(1, 1, strategy="one")
    stage.trade(-1, 1, PRICE + 70, strategy="one")
    stage.midnight()
    gate = Gate(Limits())
    gate.allocated(told[-1])
    assert gate.sizer.allocation.saved() == stage.gate.sizer.allocation.saved()
    assert gate.sizer.share("one") == HALF
    (again,) = gate.seat(("one", "two"), stage.account, stage.now + SECOND)
    assert isinstance(again, events.CapitalAllocated)
    assert again.shares == told[-1].shares
    assert again.kept == told[-1].kept


def test_strategies_of_a_kernel_are_seated_at_its_start() -> None:
    """With the start, in their order."""
    stage = Losing("10000")
    told = told_of(stage)
    stage.kernel.stop("a pause")
    for name in ("b", "a"):
        stage.kernel.strategies.add(Strategy(name, (PERP,), {}))
    stage.kernel.start()
    assert [event.shares for event in told] == [(("b", HALF), ("a", HALF))]
    assert told[0].until_ns == MIDNIGHT_NS
    assert told[0].ts == stage.now


def test_a_day_that_is_drawn_late_ends_with_the_day_all_the_same() -> None:
    """Nobody looked for an hour after midnight: the parts hold until the next one."""
    stage, _ = seated()
    leases = Leases(Allocation())
    leases.seat(("one",), stage.account, MIDNIGHT_NS - 5 * MINUTE)
    for day in (0, 1):
        late_ns = MIDNIGHT_NS + day * DAY + 60 * MINUTE
        stage.account.observe(late_ns)
        (event,) = leases.judge(stage.account, late_ns)
        assert isinstance(event, events.CapitalAllocated)
        assert (event.ts, event.until_ns) == (late_ns, MIDNIGHT_NS + (day + 1) * DAY)
        assert leases.judge(stage.account, late_ns + MINUTE) == ()
        assert isinstance(event.until_ns, int)


def test_a_lease_ends_with_the_day_that_it_was_told_for() -> None:
    """The lease itself, beside what is told of it."""
    stage, _ = seated("one", "two")
    lease = stage.gate.sizer.allocation.leases.get("one")
    assert lease is not None
    assert lease.until_ns == MIDNIGHT_NS
