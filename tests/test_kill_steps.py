"""The steps of a kill one by one: the gate first of all, and whatever fails in one, the others are done."""

import time
from collections.abc import Callable, Iterator
from decimal import Decimal

import pytest

from engine import events, faultpoints
from engine.commands import CancelOrder, Command, SubmitOrder
from engine.errors import NotWritten
from engine.exchange.questions import ListExecutions, Question, Reply
from engine.facade import Ask, Verb
from engine.faultpoints import InjectedFault
from tests.correspondence_stage import Slip
from tests.kill_situations import Situation
from tests.lossy_wire import Weather
from tests.rehearsal import PERP, SECOND, SPOT

QUIET = next(seed for seed in range(100) if not Situation(seed).kernel.strategies.seats and not Situation(seed).is_thin)


@pytest.fixture
def held() -> Situation:
    """Two long with a stop below and an entry that waits; coins with an exit; a network without faults."""
    situation = Situation(QUIET)
    situation.weather_after = Weather()
    for ask in (
        Ask(verb=Verb.BUY, symbol=PERP, quantity=Decimal(2), stop=Decimal(50)),
        Ask(verb=Verb.BUY, symbol=PERP, quantity=Decimal(1), limit=Decimal(60)),
        Ask(verb=Verb.BUY, symbol=SPOT, quantity=Decimal(3), stop=Decimal(50)),
    ):
        situation.operator.handle(ask)
        situation.pass_time(2)
    assert len(situation.venue.open_orders()) == 3
    return situation


@pytest.fixture
def faults() -> Iterator[Callable[[str], None]]:
    """Make a point fail when it is reached for the first time."""

    def fail(name: str) -> None:
        def act(point: str) -> None:
            raise InjectedFault(f"{point} was to fail")

        faultpoints.arm(name, act)

    yield fail
    faultpoints.disarm()


def kill(situation: Situation, seconds: float = 10) -> str:
    """Kill, and let so much time pass; what was said."""
    answer = situation.operator.handle(Ask(verb=Verb.KILL, reason="enough"))
    situation.killed_ns = situation.timeline.now_ns
    situation.pass_time(seconds)
    return str(answer.sentence)


def proof(situation: Situation) -> dict[str, object]:
    """The row that says how it ended."""
    rows = [row for kind in ("mode", "alarm") for row in situation.journal.pages.of(kind)]
    (row,) = [row for row in rows if row["what"] in ("kill.done", "kill.left")]
    return row


def test_a_kill_is_proven_by_the_exchange(held: Situation) -> None:
    """The row names who showed it, what closed it, and that nothing was there."""
    assert kill(held) == "enough: flat, no position and no order is left"
    assert held.truth() == set()
    row = proof(held)
    assert (row["what"], row["shown_by"], row["left"], row["orders"], row["unresolved"]) == (
        "kill.done",
        "the exchange",
        [],
        [],
        [],
    )
    assert len(row["closed_with"]) == 2  # type: ignore[arg-type]
    assert held.faults == []


@pytest.mark.parametrize("step", range(1, 7))
def test_a_failure_in_one_step_does_not_stop_the_others(
    held: Situation, faults: Callable[[str], None], step: int
) -> None:
    """Each of the six fails once: still flat, the gate closed, and it is said which failed and where to turn."""
    faults(f"kill.step_{step}")
    told = kill(held)
    assert told.startswith("enough: flat, no position and no order is left; on the way step")
    assert f"step {step} failed (InjectedFault: kill.step_{step} was to fail)" in told
    assert told.endswith("hean-tui kill from another shell does all of it again")
    assert held.truth() == set()
    assert held.kernel.state == "killed"
    troubles = [row for row in held.journal.pages.of("alarm") if row["what"] == "kill.trouble"]
    assert len(troubles) == 1


@pytest.mark.parametrize("error", [NotWritten("the disk is full"), RuntimeError("a bug")])
def test_the_gate_closes_before_anything_is_written(held: Situation, error: Exception) -> None:
    """At the moment of the first row the gate is closed already, and a journal that raises changes nothing about it."""
    seen = []

    def broken(*_: object, **__: object) -> Slip:
        seen.append((held.account.entries_closed, held.parts.door.closed, held.parts.door.is_killed))
        raise error

    held.journal.append = broken  # type: ignore[method-assign]
    held.operator.handle(Ask(verb=Verb.KILL))
    assert set(seen) == {("the kill switch was used", "the kill switch was used", True)}
    held.kernel.bus.publish(events.Tick(held.timeline.now_ns, PERP, 100.0, 1.0))


def test_the_gate_closes_before_anybody_is_told(held: Situation) -> None:
    """No subscriber of any event of the kill sees an open gate."""
    seen = set()
    for kind in (events.OperatorActed, events.EmergencyStop, events.StateChanged, events.OrderSubmitted):
        held.kernel.bus.subscribe(kind, lambda _: seen.add((held.account.entries_closed, held.parts.door.closed)))
    kill(held)
    assert seen == {("the kill switch was used",) * 2}


def test_the_first_press_closes_the_gate_before_it_is_told(held: Situation) -> None:
    """The gate that only closes is as fast."""
    seen = set()
    for kind in (events.OperatorActed, events.StateChanged):
        held.kernel.bus.subscribe(kind, lambda _: seen.add(held.parts.door.closed))
    held.operator.handle(Ask(verb=Verb.KILL, cancel_only=True))
    assert seen == {"the gate was closed by the operator"}


def test_a_journal_that_blocks_does_not_delay_the_gate(held: Situation) -> None:
    """The disk hangs for a while in the first row: the gate was closed long before, within a millisecond."""
    closed_s: list[float] = []
    append = held.journal.append

    def hang(*words: object, **more: object) -> Slip:
        if not closed_s:
            closed_s.append(time.perf_counter() - began)
            time.sleep(0.05)
        return append(*words, **more)  # type: ignore[arg-type]

    held.journal.append = hang  # type: ignore[method-assign]
    began = time.perf_counter()
    held.operator.handle(Ask(verb=Verb.KILL))
    assert closed_s[0] < 0.02


def test_a_broken_journal_does_not_keep_positions_open(held: Situation) -> None:
    """Nothing can be written any more: what reduces leaves without a row, and the exchange is flat."""
    held.journal.is_broken = True
    assert kill(held) == "enough: flat, no position and no order is left"
    assert held.truth() == set()
    assert held.faults == []


def test_an_entry_whose_row_is_not_on_the_disk_never_leaves(held: Situation) -> None:
    """It waited for the disk when the gate closed; the disk comes back and it still does not leave."""
    held.is_slow, held.late_ns = True, 400_000_000
    held.operator.handle(Ask(verb=Verb.BUY, symbol=PERP, quantity=Decimal(5)))
    assert kill(held).endswith("flat, no position and no order is left")
    assert all(isinstance(command, CancelOrder) or command.side < 0 for command in held.after_kill)  # type: ignore[attr-defined]
    assert held.truth() == set()


def test_stops_stay_until_nothing_is_held(held: Situation) -> None:
    """While the venue refuses every closing order, the stop is not touched; when time is up it is named as left."""
    orders = [f"order {order.order_id}" for order in held.venue.open_orders() if order.symbol == PERP]
    held.venue.set_trading(PERP, False)
    told = kill(held, 80)
    assert told == f"enough: left are 2 {PERP}; {'; '.join(orders)}; ask again when the venue answers"
    assert held.truth() == {f"2 {PERP}", *orders}
    assert set(held.operator.left_over) == held.truth()
    held.venue.set_trading(PERP, True)
    answer = held.operator.handle(Ask(verb=Verb.KILL, reason="again"))
    held.pass_time(10)
    assert answer.sentence == "again: flat, no position and no order is left"
    assert held.operator.left_over == []


def test_a_stop_stays_until_our_books_know_what_closed_its_position(held: Situation) -> None:
    """The exchange shows nothing held, but not yet what closed it: the stop is not touched before that was read."""
    stops = {order.order_id for order in held.venue.open_orders() if order.symbol == PERP and order.reduce_only}
    freed = []

    def slow(question: Question, answer: Callable[[Reply], None]) -> None:
        if not isinstance(question, ListExecutions) or held.timeline.now_ns > begun_ns + 20 * SECOND:
            ask(question, answer)

    def watched(command: Command) -> None:
        if isinstance(command, CancelOrder) and command.order_id in stops and held.account.held(PERP):
            freed.append(held.timeline.now_ns)
        send(command)

    ask, send, begun_ns = held.ask, held.send, held.timeline.now_ns
    held.ask, held.send = slow, watched  # type: ignore[method-assign]
    held.weather = Weather(loss=1.0)
    held.venue.outside.order(PERP, -1, Decimal(2))
    held.pass_time(1)
    held.weather = Weather()
    assert held.account.held(PERP) == 2
    assert not held.venue.position(PERP).quantity
    assert kill(held, 40).endswith("flat, no position and no order is left")
    assert freed == []
    assert held.truth() == set()


def test_an_exchange_that_comes_back_within_a_minute_is_flattened(held: Situation) -> None:
    """Fifty seconds of silence: it keeps trying, and then it is flat."""
    held.venue.outage(True, is_silent=True)
    held.timeline.post(held.timeline.now_ns + 50_000_000_000, held.venue.outage, False)
    answer = held.operator.handle(Ask(verb=Verb.KILL))
    held.pass_time(49)
    assert not answer.is_settled
    held.pass_time(26)
    assert str(answer.sentence).endswith("flat, no position and no order is left")
    assert held.truth() == set()


def test_an_exchange_that_stays_away_is_told_as_such(held: Situation) -> None:
    """What is known is named, and that nobody answered; not a word of flat."""
    held.venue.outage(True, is_silent=True)
    told = kill(held, 80)
    assert "left are 2 BTC/USDT:USDT" in told
    assert "the exchange did not answer: no answer came within 2 s" in told
    assert held.operator.left_over
    assert proof(held)["what"] == "kill.left"


def test_pressing_again_is_one_kill(held: Situation) -> None:
    """Ten presses: one proof, the same answer for all, and no order more than one would have sent."""
    answers = [held.operator.handle(Ask(verb=Verb.KILL, reason="enough")) for _ in range(10)]
    held.pass_time(10)
    assert {answer.sentence for answer in answers} == {"enough: flat, no position and no order is left"}
    assert len(proof(held)["closed_with"]) == 2  # type: ignore[arg-type]


def test_flatten_closes_everything_and_no_gate(held: Situation) -> None:
    """The same procedure; a trade by hand passes afterwards."""
    answer = held.operator.handle(Ask(verb=Verb.FLATTEN))
    held.pass_time(10)
    assert answer.sentence == "flatten: flat, no position and no order is left"
    assert (held.truth(), held.kernel.state) == (set(), "running")


def test_cancel_only_takes_back_entries_and_nothing_else(held: Situation) -> None:
    """At the exchange the entry is gone, positions and stops stay."""
    answer = held.operator.handle(Ask(verb=Verb.KILL, cancel_only=True, reason="a doubt"))
    held.pass_time(5)
    assert answer.sentence == "a doubt: entries are cancelled, stops stay"
    assert sorted(order.symbol for order in held.venue.open_orders()) == [SPOT, PERP]
    assert held.venue.position(PERP).quantity == 2
    assert held.operator.left_over == []


def test_a_position_that_our_books_do_not_know_is_closed(held: Situation) -> None:
    """Somebody bought by hand and nobody told us: the size comes from the exchange."""
    held.weather = Weather(loss=1.0)
    held.venue.outside.order(PERP, 1, Decimal(7))
    held.pass_time(1)
    held.weather = Weather()
    assert held.account.held(PERP) == 2
    assert kill(held).endswith("flat, no position and no order is left")
    assert held.truth() == set()
    assert (
        sum(
            command.quantity
            for command in held.after_kill
            if isinstance(command, SubmitOrder) and command.symbol == PERP
        )
        == 9
    )


def test_a_stop_that_fills_meanwhile_never_turns_the_position(held: Situation) -> None:
    """The market falls through the stop as the closing order leaves: zero, and not short."""
    answer = held.operator.handle(Ask(verb=Verb.KILL))
    held.tick(-0.6)
    held.pass_time(10)
    assert str(answer.sentence).endswith("flat, no position and no order is left")
    assert held.venue.position(PERP).quantity == 0


def test_more_orders_than_a_list_holds_are_all_cancelled(held: Situation) -> None:
    """Six hundred entries."""
    for _ in range(600):
        held.operator.handle(Ask(verb=Verb.BUY, symbol=PERP, quantity=Decimal("0.1"), limit=Decimal(60)))
    held.pass_time(2)
    assert kill(held).endswith("flat, no position and no order is left")
    assert held.truth() == set()


def test_after_a_kill_what_a_person_sells_is_made_reduce_only(held: Situation) -> None:
    """A plain sale beside the closing order could turn the position around."""
    held.venue.set_trading(PERP, False)
    held.operator.handle(Ask(verb=Verb.KILL))
    held.killed_ns = held.timeline.now_ns
    held.operator.handle(Ask(verb=Verb.SELL, symbol=PERP, quantity=Decimal(1)))
    (sale,) = [command for command in held.after_kill if isinstance(command, SubmitOrder)]
    assert sale.quantity == Decimal(1)
    assert sale.reduce_only
