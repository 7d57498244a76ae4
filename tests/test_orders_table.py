"""The table in docs/order-life.md is the state machine in the code, word for word."""

from decimal import Decimal

import pytest

from docs.build import BEGIN, END, ORDER_LIFE, transition_table
from engine.commands import OrderType, SubmitOrder
from engine.errors import IllegalTransition, InvalidOrder
from engine.orders import TERMINAL, TRANSITIONS, Order, Status, Step


def test_the_page_shows_the_table_of_the_code() -> None:
    """Whoever changes the state machine changes the page, with `make docs`."""
    _, _, rest = ORDER_LIFE.read_text(encoding="utf-8").partition(BEGIN)
    shown, _, _ = rest.partition(END)
    assert shown == transition_table(), f"{ORDER_LIFE.name} should hold:\n{transition_table()}"


def test_every_status_has_its_row_and_every_step_is_used() -> None:
    """There is no status without a rule and no step that no order can take."""
    assert set(TRANSITIONS) == set(Status)
    assert {step for steps in TRANSITIONS.values() for step in steps} == set(Step)


def test_every_status_can_be_reached() -> None:
    """From the plan on, steps lead to each status; none is a word without a life."""
    reached, waiting = {Status.PLANNED}, [Status.PLANNED]
    while waiting:
        for after in TRANSITIONS[waiting.pop()].values():
            if after not in reached:
                reached.add(after)
                waiting.append(after)
    assert reached == set(Status)


def test_what_ended_stays_ended() -> None:
    """No step leads out of a terminal status, and every other one has a way to an end."""
    for status in Status:
        leads = set(TRANSITIONS[status].values()) - {status}
        assert (not leads) == (status in TERMINAL)


@pytest.mark.parametrize("status", [Status.DENIED, Status.FILLED, Status.NOT_ACCEPTED])
def test_late_fills_count_only_where_quantity_can_be_left(status: Status) -> None:
    """A full, a denied and a never accepted order take no fill, a cancelled, expired or rejected one may."""
    fills = {Step.FILL_PART, Step.FILL_ALL}
    assert fills & set(TRANSITIONS[status]) == set()
    for ended in (Status.CANCELLED, Status.EXPIRED, Status.REJECTED):
        assert fills <= set(TRANSITIONS[ended])


def command(**changes: object) -> SubmitOrder:
    wishes = {"order_id": "a", "symbol": "BTC/USDT", "side": 1, "type": OrderType.LIMIT, "quantity": Decimal(1)}
    return SubmitOrder(**{**wishes, "price": Decimal(100), **changes})  # type: ignore[arg-type]


def test_a_step_that_the_table_does_not_have_is_refused_in_words() -> None:
    """An order that is only planned cannot be filled; the sentence says which order, where it is and what was tried."""
    order = Order(command(), "ema", 0)
    with pytest.raises(IllegalTransition, match="order a is planned and cannot fill all"):
        order.fill(Decimal(1), Decimal(100))
    assert (order.status, order.filled) == (Status.PLANNED, Decimal(0))


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"quantity": Decimal(0)}, "the quantity of a limit order must be above zero; it was 0"),
        ({"quantity": Decimal(-1)}, "the quantity of a limit order must be above zero; it was -1"),
        ({"quantity": Decimal("NaN")}, "the quantity of a limit order must be above zero; it was NaN"),
        ({"quantity": Decimal("Infinity")}, "must be above zero; it was Infinity"),
        ({"price": None}, "the price of a limit order must be above zero; it was None"),
        ({"price": Decimal(-5)}, "the price of a limit order must be above zero; it was -5"),
        ({"type": OrderType.STOP_MARKET}, "the trigger price of a stop_market order must be above zero; it was None"),
        ({"type": OrderType.STOP_LIMIT, "price": None}, "the price of a stop_limit order"),
        ({"type": OrderType.TRAILING_STOP}, "the trail of a trailing_stop order"),
    ],
)
def test_an_order_that_contradicts_itself_is_never_made(changes: dict[str, object], sentence: str) -> None:
    """What an order cannot be without has to be there, finite and above zero."""
    with pytest.raises(InvalidOrder, match=sentence):
        Order(command(**changes), "ema", 0)


def test_a_late_amendment_leaves_an_ended_order_alone() -> None:
    """News of a change that comes after the end changes neither size nor price: filled stays equal to wanted."""
    order = Order(command(), "ema", 0)
    order.take(Step.SUBMIT)
    order.fill(Decimal(1), Decimal(100))
    order.amend(Decimal(2), Decimal(90), None)
    assert (order.status, order.quantity, order.price) == (Status.FILLED, Decimal(1), Decimal(100))


def test_an_amendment_does_not_take_back_a_request_to_cancel() -> None:
    """Both were asked for; the answer to the first leaves the second on its way."""
    order = Order(command(), "ema", 0)
    for step in (Step.SUBMIT, Step.ACCEPT, Step.REQUEST_AMEND, Step.REQUEST_CANCEL):
        order.take(step)
    order.amend(Decimal(2), Decimal(90), None)
    assert (order.status, order.quantity) == (Status.CANCELLING, Decimal(2))


def test_an_order_that_is_amended_is_not_unknown() -> None:
    """Whatever the venue says of an unknown order by name proves that it is there."""
    order = Order(command(quantity=Decimal(3)), "ema", 0)
    for step in (Step.SUBMIT, Step.ACCEPT):
        order.take(step)
    order.fill(Decimal(1), Decimal(100))
    order.take(Step.LOSE)
    order.amend(Decimal(2), Decimal(90), None)
    assert order.status == Status.PARTLY_FILLED
