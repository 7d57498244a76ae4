"""The start sequence: its list, what each step does with what it finds, and that it may die anywhere."""

from decimal import Decimal
from typing import Any

import pytest

from engine import events
from engine.answers import Answer
from engine.commands import OrderType, SubmitOrder
from engine.errors import CommandRefused
from engine.exchange.questions import ClockTruth, PositionTruth, ReadClock
from engine.orders import Order, Status
from engine.recovery.checklist import NAMES, StepState
from engine.recovery.outside import Outside
from engine.recovery.protecting import naked
from engine.recovery.recovery import Recovery
from tests.correspondence_stage import Stage
from tests.lossy_wire import Weather, World
from tests.rehearsal import PERP, SECOND, START

FACTS = {
    0: "umask 077",
    1: "this process has the lock",
    2: "a journal of 12 rows",
    3: "12 rows hold",
    4: "folded",
    5: "run 2",
}
MS = 1_000_000


@pytest.fixture
def stage() -> Stage:
    """An exchange that knows what the test tells it, and a kernel that was folded a moment ago."""
    return Stage()


def begin(stage: Stage, doubts: tuple[str, ...] = (), seconds: float = 1, **outside: Any) -> Recovery:
    recovery = Recovery(stage.kernel, stage.parts, Outside(**outside), FACTS, START, doubts=doubts)
    recovery.begin()
    stage.pass_time(seconds)
    return recovery


def states(recovery: Recovery) -> list[str]:
    return [step.state.value for step in recovery.steps[6:]]


def sentence(recovery: Recovery, name: str) -> str:
    return recovery.steps[NAMES.index(name)].sentence


def restored(stage: Stage) -> Order:
    """An order that an earlier run wrote down; nobody knows whether it was sent."""
    command = SubmitOrder(stage.desk.ids.next("ema"), PERP, 1, OrderType.MARKET, Decimal(2))
    order = Order(command, "ema", stage.now)
    stage.desk.restore(order)
    return order


def held(stage: Stage, **wishes: Any) -> Order:
    order = stage.place(strategy="ema", **wishes)
    stage.accept(order)
    stage.say(stage.exchange.fills(order, "2", "100", "e1", stage.now))
    stage.exchange.sent.clear()
    return order


def test_a_start_on_an_empty_account_is_a_list_of_done_steps(stage: Stage) -> None:
    """Sixteen lines, each with a sentence; what was done before the engine is told as it was told."""
    recovery = begin(stage)
    assert [step.step for step in recovery.steps] == list(range(16))
    assert [step.sentence for step in recovery.steps[:6]] == list(FACTS.values())
    assert {step.state for step in recovery.steps} == {StepState.DONE}
    assert all(step.sentence for step in recovery.steps)
    assert recovery.over.sentence == "armed"


def test_every_step_can_be_told_to_fail(stage: Stage) -> None:
    """Each step at the exchange passes its fault point, in order."""
    passed: list[str] = []
    recovery = Recovery(stage.kernel, stage.parts, Outside(), FACTS, START, fault_point=passed.append)
    recovery.begin()
    stage.pass_time(1)
    assert passed == [f"recovery.step_{number}" for number in range(6, 16)]


def test_an_exchange_that_does_not_answer_is_waited_for(stage: Stage) -> None:
    """The list says at which step it waits and why; when the exchange is back the start goes on by itself."""
    stage.exchange.is_silent = True
    recovery = begin(stage)
    stage.pass_time(3_600)
    assert states(recovery) == ["running"] + ["waiting"] * 9
    assert "does not answer" in sentence(recovery, "clock")
    stage.exchange.is_silent = False
    stage.pass_time(20)
    assert recovery.over.sentence == "armed"


def test_the_clock_is_measured_by_the_quickest_of_three_answers(stage: Stage) -> None:
    """The exchange is 300 ms ahead; the middle of the quickest question says so within its half."""
    delays = iter((400, 100, 200))
    offsets: list[int] = []

    def ask(question: object, answer: Any) -> None:
        if isinstance(question, ReadClock):
            half = next(delays) * MS // 2
            truth = ClockTruth(stage.now + half + 300 * MS)
            stage.timeline.post(stage.now + 2 * half, answer, truth)
        else:
            answer(stage.exchange.reply(question))  # type: ignore[arg-type]

    stage.exchange.ask = ask  # type: ignore[method-assign]
    recovery = begin(stage, set_offset=offsets.append)
    stage.pass_time(2)
    assert offsets == [300 * MS]
    assert sentence(recovery, "clock") == "+300.0 ms from the exchange's, within 50.0 ms"


def test_a_clock_that_cannot_be_known_keeps_the_engine_from_arming(stage: Stage) -> None:
    """Answers that take longer than a second leave more than half a second of doubt; the positions are looked after."""
    stage.exchange.answers_late_ns = 1_100 * MS
    recovery = begin(stage)
    stage.pass_time(60)
    assert recovery.over.sentence == "not armed: the exchange's time is not known within 500 ms"
    assert states(recovery) == ["doubtful"] + ["done"] * 8 + ["doubtful"]


def test_another_account_ends_the_start(stage: Stage) -> None:
    """On an account that is not the journal's nothing is touched and nothing is asked."""

    def check(answer: Answer) -> None:
        answer.refuse(CommandRefused("the key belongs to account 7 and the journal to account 5"))

    order = restored(stage)
    recovery = begin(stage, check_account=check)
    stage.pass_time(60)
    assert str(recovery.over.refusal) == "the key belongs to account 7 and the journal to account 5"
    assert states(recovery) == ["done", "refused"] + ["waiting"] * 8
    assert (order.status, stage.exchange.sent) == (Status.SUBMITTED, [])


def test_an_intent_that_may_have_been_sent_is_resolved_before_anything_else(stage: Stage) -> None:
    """Found: adopted with its fill. Not found: waits for the fence, and only then is it nothing."""
    found, lost = restored(stage), restored(stage)
    stage.exchange.has(found, Status.FILLED, "2")
    stage.exchange.fills(found, "2", "100", "e1", stage.now)
    recovery = begin(stage)
    assert "asking after" in sentence(recovery, "unknown orders")
    stage.pass_time(5)
    assert (found.status, lost.status) == (Status.FILLED, Status.UNKNOWN)
    assert states(recovery)[3:] == ["running"] + ["waiting"] * 6
    stage.pass_time(10)
    assert lost.status == "not_accepted"
    assert recovery.over.is_settled
    assert stage.exchange.sent == []


def test_news_that_come_while_the_picture_is_read_are_kept_back(stage: Stage) -> None:
    """The stream is open first; what it says is applied after the lists, and once."""
    order = restored(stage)
    execution = stage.exchange.fills(order, "2", "100", "e1", stage.now)
    stage.exchange.has(order, Status.FILLED, "2")

    def opened(answer: Answer) -> None:
        stage.say(execution)
        assert order.filled == 0
        answer.settle("connected")

    recovery = begin(stage, open_stream=opened)
    assert stage.account.held(PERP) == 2
    assert stage.parts.catch_up.repeated == 1
    assert "1 facts were new" in sentence(recovery, "picture")


def test_orders_of_another_run_keep_the_engine_from_arming(stage: Stage) -> None:
    """Somebody else's journal has live orders on this account: two engines must never trade one."""
    order = stage.place(type=OrderType.LIMIT, price=Decimal(99))
    stage.exchange.has(order, order_id="H1zzzzz-0000001-A0aa-000")
    stage.say(events.OrderRejected(stage.now, order.id, PERP, "OffTick", "no"))
    recovery = begin(stage)
    stage.pass_time(20)
    assert "another run of this program has orders on this account" in str(recovery.over.sentence)
    assert sentence(recovery, "arming").startswith("not armed")


def test_a_lot_too_many_is_shown_and_frozen_before_arming(stage: Stage) -> None:
    """Both numbers stand in the list, the symbol is frozen, and the decision to arm is told."""
    stage.exchange.positions = [PositionTruth(PERP, Decimal("0.001"), Decimal(100))]
    recovery = begin(stage)
    stage.pass_time(20)
    assert "ours 0, the exchange's 0.001; +1 lot" in sentence(recovery, "books")
    assert list(stage.frozen.scopes) == [PERP]
    assert str(recovery.over.sentence).startswith("not armed")


def test_a_naked_position_gets_its_stop(stage: Stage) -> None:
    """The engine died between the fill and the stop: the stop is placed before anything is armed."""
    held(stage)

    def protect(symbol: str, answer: Answer) -> None:
        stop = stage.place(
            -1, "2", type=OrderType.STOP_MARKET, trigger_price=Decimal(90), reduce_only=True, strategy="ema"
        )
        stage.accept(stop)
        answer.settle(f"a stop at 90 covers 2 {symbol}")

    recovery = begin(stage, protect=protect)
    assert sentence(recovery, "protection") == f"a stop at 90 covers 2 {PERP}"
    assert recovery.over.sentence == "armed"
    (sent,) = stage.exchange.sent
    assert isinstance(sent, SubmitOrder)
    assert sent.type is OrderType.STOP_MARKET


def test_what_is_filled_while_its_stop_is_on_the_way_gets_one_too(stage: Stage) -> None:
    """Two are held and two more rest in the book: they are filled before the stop for the first two is there."""
    held(stage)
    resting = stage.place(strategy="ema", type=OrderType.LIMIT, price=Decimal(99))
    stage.accept(resting)
    stage.exchange.has(resting)
    looks: list[str] = []

    def protect(symbol: str, answer: Answer) -> None:
        looks.append(symbol)
        stop = stage.place(
            -1, "2", type=OrderType.STOP_MARKET, trigger_price=Decimal(90), reduce_only=True, strategy="ema"
        )
        if len(looks) == 1:
            stage.say(stage.exchange.fills(resting, "2", "99", "e2", stage.now))
        stage.accept(stop)
        answer.settle(f"stops at 90 cover {2 * len(looks)} {symbol}")

    recovery = begin(stage, protect=protect)
    assert looks == [PERP, PERP]
    assert sentence(recovery, "protection") == f"stops at 90 cover 4 {PERP}"
    assert recovery.over.sentence == "armed"
    assert naked(stage.account) == {}


@pytest.mark.parametrize("is_silent", [False, True])
def test_what_cannot_be_protected_is_closed_within_five_seconds(stage: Stage, is_silent: bool) -> None:
    """Refused, or never confirmed: the position is closed instead."""
    order = held(stage)
    begun_at: list[int] = []
    closed_at: list[int] = []

    def protect(_: str, answer: Answer) -> None:
        begun_at.append(stage.now)
        if not is_silent:
            answer.refuse(CommandRefused("no price yet"))

    def flatten(_: tuple[str, ...], answer: Answer) -> None:
        closed_at.append(stage.now)
        out = stage.place(-1, "2", reduce_only=True, strategy="ema")
        stage.accept(out)
        stage.say(stage.exchange.fills(out, "2", "100", "e2", stage.now))
        answer.settle("flat")

    recovery = begin(stage, protect=protect, flatten=flatten)
    stage.pass_time(10)
    assert [closed - begun for begun, closed in zip(begun_at, closed_at, strict=True)] == [5 * SECOND * is_silent]
    assert stage.account.held(order.symbol) == 0
    assert recovery.over.sentence == "armed"
    assert "could not be protected and was closed" in sentence(recovery, "protection")


def test_a_position_that_nobody_may_protect_keeps_the_engine_from_arming(stage: Stage) -> None:
    """With no policy at hand it is named, and that is a reason not to take more risk."""
    held(stage)
    recovery = begin(stage)
    assert recovery.over.sentence == f"not armed: 2 {PERP} has no stop"


def test_a_kill_that_was_not_finished_is_finished(stage: Stage) -> None:
    """It ends before market data is waited for; what is left of it is a reason not to arm."""
    waiting: list[Answer] = []
    recovery = begin(stage, finish=waiting.append)
    assert states(recovery)[7:] == ["running", "waiting", "waiting"]
    waiting[0].refuse(CommandRefused("left are 2 BTC/USDT:USDT"))
    assert recovery.over.sentence == "not armed: left are 2 BTC/USDT:USDT"


def test_market_data_is_waited_for_with_a_reason(stage: Stage) -> None:
    """Nothing is armed on an old price."""
    reasons: list[str | None] = ["no trade of BTC for 9 s"] * 12
    recovery = begin(stage, stale=lambda: reasons.pop() if reasons else None)
    assert sentence(recovery, "market data") == "waiting: no trade of BTC for 9 s"
    stage.pass_time(3)
    assert recovery.over.sentence == "armed"


def test_doubts_of_the_steps_before_count_too(stage: Stage) -> None:
    """A quarantined journal is known before there is an engine, and speaks against arming all the same."""
    recovery = begin(stage, doubts=("the chain does not hold",))
    assert recovery.over.sentence == "not armed: the chain does not hold"


@pytest.mark.parametrize("step", range(6, 16))
def test_a_start_that_dies_begins_again_and_ends_the_same(step: int) -> None:
    """Killed five times at one step with orders under way: then it comes through, without one order more."""
    world = World(step, Weather())
    world.place(1, "3", stop=Decimal(80), target=Decimal(120))
    world.place(1, "2", type=OrderType.LIMIT, price=Decimal(90))
    world.pass_time(2)
    world.weather = Weather(loss=1.0)
    world.place(1, "1")
    world.weather = Weather(slowest_ms=300)
    world.place(1, "1")
    for _ in range(5):
        world.crash(0.2, dies_at=f"recovery.step_{step}")
        world.pass_time(3)
    sent = len(world.carried)
    world.crash(1)
    world.pass_time(30)
    assert world.engine.recovery.over.is_settled
    assert world.differences() == []
    assert world.venue.position(PERP).quantity == 4
    assert len(world.carried) == sent == 4
