"""When our books and the exchange's count as equal, what a difference is called, and what it freezes."""

from decimal import Decimal

import pytest

from engine import events
from engine.answers import Answer
from engine.commands import OrderType
from engine.exchange.questions import ListPositions, PositionTruth
from engine.orders import Order, Status
from tests.correspondence_stage import Stage
from tests.rehearsal import PERP, SECOND, SPOT


@pytest.fixture
def stage() -> Stage:
    """Two bought at 100, and the exchange agrees."""
    stage = Stage()
    hold(stage)
    return stage


def hold(stage: Stage, quantity: str = "2", price: str = "100") -> Order:
    order = stage.place(1, quantity, strategy="ema")
    stage.accept(order)
    stage.say(stage.exchange.fills(order, quantity, price, f"e{len(stage.exchange.executions) + 1}", stage.now))
    return order


def resting(stage: Stage) -> Order:
    return stage.place(type=OrderType.LIMIT, price=Decimal(99), strategy="ema")


def compare(stage: Stage, seconds: float = 20) -> str:
    """Ask, and wait for what is told."""
    answer = Answer()
    stage.parts.reconcile.run(answer)
    stage.pass_time(seconds)
    return str(answer.sentence or answer.refusal)


def verdicts(stage: Stage) -> list[tuple[str, str]]:
    return [(told.subject, told.verdict) for told in stage.parts.reconcile.discrepancies]


def test_equal_books_are_equal_at_once(stage: Stage) -> None:
    """One round, no discrepancy, and the lag counts from then."""
    assert compare(stage, 0) == "the books agree: 1 positions, 0 open orders and the cash"
    (told,) = stage.heard(events.Reconciled)
    assert (told.verdict, told.rounds) == ("equal", 1)
    stage.pass_time(7)
    assert stage.parts.reconcile.lag_ns == 7 * SECOND
    assert stage.frozen.scopes == {}


def test_one_lot_is_one_lot_too_many(stage: Stage) -> None:
    """There is no tolerance: a lot that no execution explains freezes its symbol, with both numbers."""
    stage.exchange.positions = [PositionTruth(PERP, Decimal("2.001"), Decimal(100))]
    sentence = compare(stage)
    assert sentence == f"{PERP}: ours 2, the exchange's 2.001; +1 lot, and no execution explains it"
    (told,) = stage.heard(events.Discrepancy)
    assert (told.verdict, told.owner, told.ours, told.theirs) == ("unexplained", "ema", Decimal(2), Decimal("2.001"))
    assert stage.frozen.scopes == {PERP: sentence}


def test_a_difference_is_believed_when_two_rounds_agree(stage: Stage) -> None:
    """What is there in one picture and gone in the next is no difference."""
    stage.exchange.positions = [PositionTruth(PERP, Decimal(3), Decimal(100))]
    stage.parts.reconcile.run()
    assert stage.parts.reconcile.last_ns is None
    stage.exchange.positions = [PositionTruth(PERP, Decimal(2), Decimal(100))]
    stage.pass_time(20)
    assert (stage.parts.reconcile.verdict, stage.heard(events.Discrepancy)) == ("equal", [])


def test_what_differs_keeps_its_age_and_thaws_when_it_is_gone(stage: Stage) -> None:
    """Told once, with the moment of its discovery; when the books agree again the symbol is free again."""
    stage.exchange.positions = []
    compare(stage)
    first = stage.parts.reconcile.discrepancies[0].since
    compare(stage, 60)
    assert stage.parts.reconcile.discrepancies[0].since == first
    assert len(stage.heard(events.Discrepancy)) == 1
    stage.exchange.positions = [PositionTruth(PERP, Decimal(2), Decimal(100))]
    compare(stage)
    assert (verdicts(stage), stage.frozen.scopes) == ([], {})


def test_a_missing_execution_is_read_and_explains_itself(stage: Stage) -> None:
    """The stream lost a fill: the comparison finds it, books it once, and the books agree."""
    order = stage.place(1, "1", strategy="ema")
    stage.accept(order)
    stage.exchange.fills(order, "1", "100", "lost", stage.now)
    compare(stage)
    assert (stage.account.held(PERP), order.status) == (Decimal(3), Status.FILLED)
    assert stage.parts.reconcile.verdict == "equal"
    assert stage.heard(events.Discrepancy) == []


def test_an_old_execution_is_found_when_a_difference_makes_us_look_far_back(stage: Stage) -> None:
    """It was listed late, long after its moment: a second round reads the whole last hour."""
    order = stage.place(1, "1", strategy="ema")
    stage.accept(order)
    ts = stage.now
    compare(stage, 600)
    stage.parts.reconcile.run()
    stage.pass_time(600)
    stage.exchange.fills(order, "1", "100", "late", ts)
    compare(stage)
    assert stage.account.held(PERP) == 3
    assert stage.parts.reconcile.verdict == "equal"


def test_cash_that_nothing_explains_freezes_the_account(stage: Stage) -> None:
    """A cent is enough."""
    stage.exchange.cash = Decimal("9999.99")
    assert "-0.01 that no fee or funding explains" in compare(stage)
    assert verdicts(stage) == [("cash", "unexplained")]
    assert list(stage.frozen.scopes) == ["account"]


def test_a_second_symbol_freezes_the_account(stage: Stage) -> None:
    """One symbol may be an accident of its own; two are the account's."""
    stage.exchange.positions = [PositionTruth(SPOT, Decimal(1), Decimal(100))]
    compare(stage)
    assert verdicts(stage) == [(SPOT, "unexplained"), (PERP, "unexplained")]
    assert set(stage.frozen.scopes) == {PERP, SPOT, "account"}


def test_profit_that_was_realised_in_another_order_is_no_difference(stage: Stage) -> None:
    """The exchange saw the sale between two purchases, we heard it last: cash differs, the money does not."""
    add = stage.place(1, "1", strategy="ema")
    out = stage.place(-1, "1", strategy="ema")
    for order in (add, out):
        stage.accept(order)
    stage.say(stage.exchange.fills(add, "1", "120", "e2", stage.now))
    stage.say(stage.exchange.fills(out, "1", "110", "e3", stage.now))
    # There: 2 at 100, one sold at 110 (+10), one bought at 120: 2 at 110. Here the sale came last, at a cost of 106.67.
    stage.exchange.positions = [PositionTruth(PERP, Decimal(2), Decimal(110))]
    stage.exchange.cash = Decimal(10_010)
    assert stage.account.ledger.cash != Decimal(10_010)
    compare(stage)
    assert stage.parts.reconcile.verdict == "equal"


def test_books_that_move_are_compared_again_and_not_reported(stage: Stage) -> None:
    """An execution arrives during each round: five rounds, and what moved is on its way, not wrong."""
    ask = stage.exchange.ask

    def moving(question: object, answer: object) -> None:
        if isinstance(question, ListPositions):
            order = stage.place(1, "1", strategy="ema")
            stage.say(events.OrderAccepted(stage.now, order.id, PERP, "x"))
            stage.exchange.has(order)
            truth = stage.exchange.positions
            stage.say(stage.exchange.fills(order, "1", "100", f"m{len(stage.exchange.executions)}", stage.now))
            stage.exchange.has(order, Status.FILLED, "1")
            stage.exchange.positions, newer = truth, stage.exchange.positions
            ask(question, answer)  # type: ignore[arg-type]
            stage.exchange.positions = newer
        else:
            ask(question, answer)  # type: ignore[arg-type]

    stage.exchange.ask = moving  # type: ignore[method-assign]
    compare(stage)
    (told,) = stage.heard(events.Reconciled)
    assert (told.verdict, told.rounds) == ("explained", 5)
    assert stage.frozen.scopes == {}


def test_what_somebody_else_traded_is_external_until_it_is_accepted(stage: Stage) -> None:
    """A trade of no order of ours: owner external, new risk in the symbol blocked, and nothing sent to correct it."""
    stranger = events.Execution(
        stage.now, "s1", "by-hand", PERP, 1, Decimal(1), Decimal(100), Decimal(0), "USDT", maker=False
    )
    stage.exchange.executions.append(stranger)
    stage.exchange.positions = [PositionTruth(PERP, Decimal(3), Decimal(100))]
    sent = len(stage.exchange.sent)
    compare(stage)
    assert verdicts(stage) == [(PERP, "external")]
    assert stage.parts.reconcile.discrepancies[0].owner == "external"
    assert list(stage.frozen.scopes) == [PERP]
    assert stage.parts.reconcile.accept(PERP)
    stage.pass_time(20)
    assert (verdicts(stage), stage.frozen.scopes) == ([], {})
    assert len(stage.exchange.sent) == sent
    assert not stage.parts.reconcile.accept(PERP)


def test_an_order_that_only_we_believe_in_is_asked_after(stage: Stage) -> None:
    """It ended and we were not told: at first it is on its way, then its end is found and the books agree."""
    order = resting(stage)
    stage.accept(order)
    stage.exchange.has(order, Status.CANCELLED, reason="CancelledByRequest")
    compare(stage, 0)
    assert verdicts(stage) == [(order.id, "explained")]
    stage.pass_time(1)
    assert order.status == "cancelled"
    compare(stage)
    assert verdicts(stage) == []


def test_an_order_that_stays_missing_is_unexplained_after_a_minute(stage: Stage) -> None:
    """The exchange neither lists nor finds an order that it took: nobody invents an end for it."""
    order = resting(stage)
    stage.accept(order)
    compare(stage, 61)
    compare(stage)
    assert verdicts(stage) == [(order.id, "unexplained")]
    assert order.is_open
    assert list(stage.frozen.scopes) == [PERP]


@pytest.mark.parametrize(
    ("name", "reduces", "verdict", "is_cancelled", "is_foreign"),
    [
        ("ours", False, "explained", True, False),
        ("ours", True, "external", False, False),
        ("H1zzzzz-0000001-A0aa-000", False, "external", False, True),
        ("web-123", False, "external", False, False),
    ],
)
def test_orders_that_are_not_in_our_books(
    stage: Stage, name: str, reduces: bool, verdict: str, is_cancelled: bool, is_foreign: bool
) -> None:
    """One of ours without a row goes if it can add risk; another run's keeps us from arming; a stranger's is shown."""
    order = resting(stage)
    del stage.account.open_orders[order.id]
    order_id = order.id if name == "ours" else name
    stage.exchange.has(order, order_id=order_id, reduce_only=reduces)
    compare(stage)
    assert verdicts(stage) == [(order_id, verdict)]
    assert stage.orphans == ([order_id] if is_cancelled else [])
    assert stage.parts.reconcile.foreign == ((order_id,) if is_foreign else ())
    assert stage.frozen.scopes == {}


def test_an_exchange_that_does_not_answer_gives_no_result(stage: Stage) -> None:
    """Silence is neither equal nor different: the asker is refused, and the lag grows."""
    compare(stage)
    last = stage.parts.reconcile.last_ns
    stage.exchange.is_silent = True
    assert "did not answer" in compare(stage)
    assert stage.parts.reconcile.last_ns == last
    stage.exchange.is_silent = False
    assert compare(stage).startswith("the books agree")


def test_the_timer_looks_more_often_while_something_is_unknown(stage: Stage) -> None:
    """Every half minute; every ten seconds while an order's fate is open."""
    stage.parts.reconcile.start()
    stage.pass_time(300)
    assert len(stage.heard(events.Reconciled)) == 10
    stage.exchange.is_silent = True
    resting(stage)
    stage.pass_time(30)
    asked = sum(1 for _, question in stage.exchange.asked if isinstance(question, ListPositions))
    stage.pass_time(60)
    more = sum(1 for _, question in stage.exchange.asked if isinstance(question, ListPositions))
    assert more - asked == 6


def test_a_reconnection_is_followed_by_a_comparison(stage: Stage) -> None:
    """After the gap was read the books are held against the exchange's, unasked."""
    stage.parts.reconcile.start()
    stage.parts.courier.stream_lost("reset")
    stage.parts.courier.stream_back()
    assert [told.verdict for told in stage.heard(events.Reconciled)] == ["equal"]
