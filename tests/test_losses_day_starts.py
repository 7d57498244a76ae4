"""When days begin is a setting: the running day keeps its end, none is shorter than 24 hours, and all that is of a day
follows."""

from decimal import Decimal

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine import events
from engine.account import Account
from engine.gate import DAY_SCOPE, StandingHalt
from engine.markets import Markets
from risk.limits import Limits
from tests.losses_stage import PRICE, Losing
from tests.rehearsal import DAY, MINUTE, PERP, SECOND, START, instrument

HOUR = 60 * MINUTE
EVENING = Decimal(21)
DAYS_LOSS = Limits(daily_drawdown_limit=Decimal("0.02"))

quarters = st.integers(0, 95).map(lambda number: Decimal(number) / 4)


def account(now_ns: int, day_start_h: Decimal = Decimal(0)) -> Account:
    """With nothing held."""
    return Account(Markets([instrument(PERP)]), Decimal(1000), now_ns, Decimal(1), day_start_h)


def in_the_day(now_ns: int, day_start_h: Decimal) -> Decimal:
    """The hours since its days began, by a clock on the wall."""
    return (Decimal(now_ns) / HOUR - day_start_h) % 24


@given(quarters, st.integers(0, 5 * DAY), st.lists(st.integers(0, 3 * DAY), max_size=10))
def test_days_end_when_they_should(day_start_h: Decimal, late_ns: int, waits: list[int]) -> None:
    """Each a whole day after the one before, whenever somebody looks."""
    now_ns = START + late_ns
    own = account(now_ns, day_start_h)
    for wait_ns in waits:
        now_ns += wait_ns
        own.observe(now_ns)
        assert in_the_day(own.day_ends_ns, day_start_h) == 0
        assert 0 < own.day_ends_ns - now_ns <= DAY
        assert own.day_end_of(now_ns) == own.day_ends_ns


@given(st.lists(st.tuples(quarters, st.integers(0, 2 * DAY)), min_size=1, max_size=10))
def test_no_day_is_ever_shorter_than_one(changes: list[tuple[Decimal, int]]) -> None:
    """However often somebody changes it, what is lost in a day stays lost for that day."""
    now_ns = START + HOUR
    own = account(now_ns)
    for day_start_h, wait_ns in changes:
        before_ns = own.day_ends_ns
        own.day_starts_h = day_start_h
        own.observe(now_ns)
        assert own.day_ends_ns == before_ns
        now_ns += wait_ns
        own.observe(now_ns)
        if now_ns < before_ns:
            assert own.day_ends_ns == before_ns
        else:
            assert in_the_day(own.day_ends_ns, day_start_h) == 0
            assert own.day_ends_ns - before_ns >= DAY
            assert 0 < own.day_ends_ns - now_ns < 2 * DAY


def halted_in_the_evening() -> Losing:
    """Days begin at 21:00; ten minutes before that 20 of 1,000 are lost."""
    stage = Losing("1000", DAYS_LOSS, day_start_h=EVENING)
    stage.trade(1, "0.1")
    stage.price(PRICE - 200)
    assert stage.gate.halted() is not None
    return stage


def lifted_at(stage: Losing) -> list[int]:
    return [event.ts for event in stage.told if isinstance(event, events.HaltLifted)]


@pytest.mark.parametrize("how", [None, "fold", "snapshot"])
def test_a_days_halt_ends_with_the_day_and_not_at_midnight(how: str | None) -> None:
    """Nothing else happens at that moment, and it may be another life of the program."""
    stage = halted_in_the_evening()
    stage.trade(-1, "0.1", PRICE - 200)
    if how is not None:
        stage.end_and_go_on(how)
    evening = START + DAY + 21 * HOUR
    assert stage.gate.view(stage.account).halt_until == evening
    refusal = stage.gate.refuse_unlock(DAY_SCOPE, "", stage.account, stage.now)
    assert refusal is not None
    assert refusal.sentence.endswith("; nobody lifts that, the next day (from 21:00 UTC) does")
    stage.pass_time(evening - stage.now - 1)
    assert lifted_at(stage) == []
    stage.pass_time(1)
    assert lifted_at(stage) == [evening]
    assert stage.told[-1] == events.HaltLifted(evening, DAY_SCOPE, "a new day (from 21:00 UTC) began")


@pytest.mark.parametrize("how", ["set", "fold", "snapshot"])
def test_another_beginning_counts_from_the_next_day_on(how: str) -> None:
    """While it runs or with a start: today ends as it began, and the next day is the longer one."""
    stage = Losing("1000", DAYS_LOSS)
    midnight = START + DAY
    stage.trade(1, "0.1")
    stage.price(PRICE - 200)
    if how == "set":
        stage.kernel.change_limit("risk.day_start_h", "21")
    else:
        stage.end_and_go_on(how, msgspec.structs.replace(DAYS_LOSS, day_start_h=EVENING))
    assert stage.account.day_ends_ns == midnight
    stage.pass_time(5 * 60 * MINUTE)
    assert lifted_at(stage) == [midnight]
    longer = midnight + DAY + 21 * HOUR
    assert stage.account.day_ends_ns == longer
    assert stage.account.day_start_equity == 980
    stage.price(PRICE - 395)
    assert stage.gate.halted() is None
    stage.price(PRICE - 396)
    assert stage.gate.halted() is not None
    stage.pass_time(longer - stage.now - SECOND)
    assert lifted_at(stage) == [midnight]
    stage.pass_time(2 * SECOND)
    assert lifted_at(stage) == [midnight, longer]
    assert stage.account.day_ends_ns == longer + DAY
    for again in ("fold", "snapshot"):
        ends_ns = stage.account.day_ends_ns
        stage.end_and_go_on(again, stage.gate.limits)
        assert stage.account.day_ends_ns == ends_ns


def test_what_is_said_of_a_day_is_true_of_the_one_that_runs() -> None:
    """The day that was begun ends at midnight, whatever was set in it."""
    stage = Losing("1000", DAYS_LOSS)
    stage.trade(1, "0.1")
    stage.price(PRICE - 200)
    assert stage.kernel.change_limit("risk.day_start_h", "21") == "risk.day_start_h is 21 from the next day on"
    refusal = stage.gate.refuse_unlock(DAY_SCOPE, "", stage.account, stage.now)
    assert refusal is not None
    assert refusal.sentence.endswith("; nobody lifts that, the next day (UTC) does")
    stage.pass_time(START + DAY - stage.now)
    assert stage.told[-1] == events.HaltLifted(START + DAY, DAY_SCOPE, "a new day (UTC) began")
    assert stage.account.day == "from 21:00 UTC"


def test_a_carried_halt_of_a_later_day_ends_with_one() -> None:
    """Until the end of the day after this one, and then days begin at 21:00."""
    stage = Losing("1000", DAYS_LOSS)
    midnight = START + DAY
    stage.gate.carry(StandingHalt(DAY_SCOPE, "of old", midnight + DAY), stage.account, stage.now)
    stage.kernel.change_limit("risk.day_start_h", "21")
    stage.pass_time(DAY)
    evening = midnight + DAY + 21 * HOUR
    assert stage.gate.view(stage.account).halt_until == evening
    stage.pass_time(evening - stage.now)
    assert lifted_at(stage) == [evening]


def test_the_first_run_of_a_journal_had_its_own_day() -> None:
    """Who folds it days later, under other settings, finds the day that it was."""
    stage = halted_in_the_evening()
    evening = START + DAY + 21 * HOUR
    stage.end_and_go_on("fold", DAYS_LOSS, away_ns=5 * MINUTE)
    assert stage.account.day_ends_ns == evening
    stage.end_and_go_on("fold", DAYS_LOSS, away_ns=3 * DAY)
    assert stage.account.day_ends_ns == (stage.now // DAY + 1) * DAY


@pytest.mark.parametrize("change", [None, "21", "3.25"])
def test_rows_that_follow_a_saved_state_are_folded_under_its_days(change: str | None) -> None:
    """Whatever the settings of the program say that reads them: the day ends within those rows."""
    stage = Losing("1000", DAYS_LOSS, day_start_h=EVENING)
    stage.trade(1, "0.1")
    if change is not None:
        stage.kernel.change_limit("risk.day_start_h", change)
    stage.keep()
    stage.price(PRICE - 100)
    stage.pass_time(3 * DAY)
    stage.price(PRICE - 250)
    ends_ns, halted = stage.account.day_ends_ns, stage.gate.halted()
    stage.end_and_go_on("earlier", DAYS_LOSS)
    assert (stage.account.day_ends_ns, stage.gate.halted()) == (ends_ns, halted)


def test_results_of_strategies_belong_to_the_day_in_which_they_were_made() -> None:
    """Drawn anew at 21:00, by what was made since 21:00."""
    stage = Losing("1000", DAYS_LOSS, day_start_h=EVENING)
    drawn: list[events.CapitalAllocated] = []
    stage.kernel.bus.subscribe(events.CapitalAllocated, drawn.append)
    evening = START + DAY + 21 * HOUR
    for made in (Decimal(2), Decimal(3)):
        stage.trade(1, "0.1", strategy="one")
        stage.trade(-1, "0.1", PRICE + 10 * made, strategy="one")
        assert list(stage.account.tracks["one"].days.values())[-1] == made
        stage.pass_time(8 * HOUR)
    assert list(stage.account.tracks["one"].days) == [evening, evening + DAY]
