"""The life of orders as a game: any sequence of wishes and of a venue's answers leads only where an order may go."""

from decimal import Decimal
from typing import Any

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, invariant, rule

from engine import events
from engine.commands import AmendOrder, OrderType
from engine.errors import CommandRefused, IllegalTransition
from engine.orders import Order
from tests.rehearsal import PERP, SECOND, Stage

# Written from the rules of an order's life, not from the code: where each status may lead. What ended stays.
MAY_LEAD_TO = {
    "submitted": "accepted partly_filled filled rejected cancelled expired unknown cancelling amending",
    "accepted": "partly_filled filled rejected cancelled expired unknown cancelling amending",
    "partly_filled": "filled rejected cancelled expired unknown cancelling amending",
    "cancelling": "accepted partly_filled filled rejected cancelled expired unknown",
    "amending": "accepted partly_filled filled rejected cancelled expired unknown cancelling",
    "unknown": "accepted partly_filled filled rejected cancelled expired not_accepted",
    "denied": "",
    "filled": "",
    "rejected": "",
    "cancelled": "",
    "expired": "",
    "not_accepted": "",
}
PRICES = st.sampled_from(("99.5", "100", "100.5"))
LOTS = st.integers(1, 5)


class Told:
    """What the venue has done with one order, as it really was."""

    def __init__(self, order: Order) -> None:
        self.order = order
        self.was = order.status.value
        self.quantity = order.quantity
        self.filled = Decimal(0)
        self.value = Decimal(0)
        self.is_accepted = False
        self.is_over = False
        self.last_execution: dict[str, Any] | None = None


class OrdersAtAVenue(RuleBasedStateMachine):
    """The desk, and the rules that every venue follows; `tell` is what a hostile venue does beyond them."""

    orders = Bundle("orders")

    def __init__(self) -> None:
        super().__init__()
        self.stage = Stage((PERP,))
        self.stage.tick(100.0)
        self.all: list[Told] = []
        self.held = Decimal(0)
        self.money = Decimal(10_000)
        self.executions = 0

    @rule(target=orders, side=st.sampled_from((1, -1)), lots=LOTS)
    def place(self, side: int, lots: int) -> Told:
        order = self.stage.place(side, str(Decimal(lots) / 1000), type=OrderType.LIMIT, price=Decimal(100))
        told = Told(order)
        self.all.append(told)
        return told

    # --- what we ask for

    @rule(told=orders)
    def ask_to_cancel(self, told: Told) -> None:
        try:
            self.stage.orders.cancel(told.order)
        except CommandRefused:
            assert not told.order.is_open

    @rule(told=orders, lots=LOTS)
    def ask_to_amend(self, told: Told, lots: int) -> None:
        before = told.order.status
        try:
            self.stage.orders.amend(told.order, AmendOrder(told.order.id, PERP, quantity=Decimal(lots) / 1000))
        except IllegalTransition:
            assert told.order.status is before

    # --- what the venue does

    @rule(told=orders)
    def accept(self, told: Told) -> None:
        if not told.is_over:
            told.is_accepted = True
            self.stage.accept(told.order.id)

    @rule(told=orders)
    def reject(self, told: Told) -> None:
        if not told.is_accepted and not told.filled:
            told.is_over = told.is_accepted = True
            self.stage.say(events.OrderRejected(self.stage.now, told.order.id, PERP, "TooManyOrders", "too many"))

    @rule(told=orders, lots=LOTS, price=PRICES)
    def fill(self, told: Told, lots: int, price: str) -> None:
        """Also after the order was cancelled: a fill that happened before is told late."""
        quantity = min(Decimal(lots) / 1000, told.quantity - told.filled)
        if quantity > 0 and told.order.status not in ("denied", "rejected", "not_accepted"):
            self.execute(told, quantity, price)
            told.is_over = told.is_over or told.filled == told.quantity

    def execute(self, told: Told, quantity: Decimal, price: str) -> None:
        self.executions += 1
        told.last_execution = {
            "quantity": str(quantity),
            "price": price,
            "fee": "0.001",
            "execution_id": f"e{self.executions}",
        }
        told.is_accepted = True
        told.filled += quantity
        told.value += quantity * Decimal(price)
        self.held += told.order.side * quantity
        self.money -= told.order.side * quantity * Decimal(price) + Decimal("0.001")
        self.stage.execute(told.order, **told.last_execution)

    @rule(told=orders)
    def repeat_the_last_fill(self, told: Told) -> None:
        if told.last_execution is not None:
            self.stage.execute(told.order, **told.last_execution)

    @rule(told=orders, word=st.sampled_from((events.OrderCancelled, events.OrderExpired)))
    def end(self, told: Told, word: Any) -> None:
        if told.is_accepted and not told.is_over:
            told.is_over = True
            self.stage.say(word(self.stage.now, told.order.id, PERP, "CancelledByRequest"))

    @rule(told=orders, lots=LOTS)
    def amend(self, told: Told, lots: int) -> None:
        if told.is_accepted and not told.is_over:
            told.quantity = max(told.filled, Decimal(lots) / 1000)
            told.is_over = told.filled == told.quantity
            price = Decimal(100)
            self.stage.say(events.OrderAmended(self.stage.now, told.order.id, PERP, told.quantity, price, None))

    @rule(told=orders)
    def refuse_a_request(self, told: Told) -> None:
        if told.order.status in ("cancelling", "amending") or told.is_over:
            self.stage.say(events.RequestRefused(self.stage.now, told.order.id, PERP, "OrderClosed", "it is over"))

    @rule(told=orders)
    def lose_the_answer(self, told: Told) -> None:
        self.stage.say(events.OrderUnknown(self.stage.now, told.order.id, PERP, "no answer came"))

    @rule(told=orders)
    def prove_that_it_never_came(self, told: Told) -> None:
        if told.order.status == "unknown" and not told.is_accepted:
            told.is_over = told.is_accepted = True
            self.stage.say(events.OrderNotAccepted(self.stage.now, told.order.id, PERP))

    @rule()
    def wait(self) -> None:
        self.stage.timeline.advance(self.stage.now + SECOND)

    # --- what has to hold after every step

    @invariant()
    def every_status_was_reached_by_a_legal_way(self) -> None:
        for told in self.all:
            status = told.order.status.value
            assert status == told.was or status in MAY_LEAD_TO[told.was].split(), f"{told.was} became {status}"
            told.was = status

    @invariant()
    def filled_is_what_was_executed_and_never_more_than_wanted(self) -> None:
        for told in self.all:
            order = told.order
            assert 0 <= order.filled <= order.quantity
            assert order.average_cost == told.value
            assert order.filled == told.filled
            if order.status == "filled":
                assert order.filled == order.quantity
            if order.status in ("rejected", "not_accepted", "denied"):
                assert order.filled == 0

    @invariant()
    def what_is_open_is_on_the_desk_and_what_ended_is_not(self) -> None:
        open_orders = self.stage.account.open_orders
        assert list(open_orders) == [told.order.id for told in self.all if told.order.is_open]
        for told in self.all:
            assert told.order.leaves == (told.order.quantity - told.order.filled if told.order.is_open else 0)

    @invariant()
    def the_money_is_what_the_executions_say(self) -> None:
        assert self.stage.account.held(PERP) == self.held
        assert self.stage.account.equity() == self.money + self.held * 100

    def teardown(self) -> None:
        self.nothing_was_unexplained()

    def nothing_was_unexplained(self) -> None:
        assert self.stage.kernel.errors == 0
        assert self.stage.orders.counts["discrepancies"] == 0
        assert self.stage.kernel.state != "reduce_only"


class OrdersAtAHostileVenue(OrdersAtAVenue):
    """A venue that says anything of any order at any moment: the money is booked, and nothing but the truth is told."""

    @rule(
        told=OrdersAtAVenue.orders,
        word=st.sampled_from(("accept", "reject", "cancel", "expire", "refuse", "lose", "never", "amend")),
        lots=LOTS,
    )
    def say_anything(self, told: Told, word: str, lots: int) -> None:
        now, order_id = self.stage.now, told.order.id
        said: dict[str, events.Event] = {
            "accept": events.OrderAccepted(now, order_id, PERP, "venue"),
            "reject": events.OrderRejected(now, order_id, PERP, "OffTick", "no"),
            "cancel": events.OrderCancelled(now, order_id, PERP, "CancelledByRequest"),
            "expire": events.OrderExpired(now, order_id, PERP, "NoLiquidity"),
            "refuse": events.RequestRefused(now, order_id, PERP, "UnknownOrder", "never heard of it"),
            "lose": events.OrderUnknown(now, order_id, PERP, "no answer came"),
            "never": events.OrderNotAccepted(now, order_id, PERP),
            "amend": events.OrderAmended(now, order_id, PERP, Decimal(lots) / 1000, Decimal(100), None),
        }
        told.is_accepted = True
        self.stage.say(said[word])
        told.quantity = told.order.quantity

    @rule(told=OrdersAtAVenue.orders, lots=LOTS, price=PRICES)
    def fill_anything(self, told: Told, lots: int, price: str) -> None:
        self.execute(told, Decimal(lots) / 1000, price)

    def execute(self, told: Told, quantity: Decimal, price: str) -> None:
        """Too much, or of an order that was never taken: its own record stays, the account's follows the money."""
        discrepancies = self.stage.orders.counts["discrepancies"]
        filled, value = told.filled, told.value
        super().execute(told, quantity, price)
        if self.stage.orders.counts["discrepancies"] > discrepancies:
            assert self.stage.account.entries_closed is not None
            told.filled, told.value = filled, value

    @invariant()
    def filled_is_what_was_executed_and_never_more_than_wanted(self) -> None:
        for told in self.all:
            order = told.order
            assert 0 <= order.filled <= order.quantity
            assert (order.filled, order.average_cost) == (told.filled, told.value)

    def nothing_was_unexplained(self) -> None:
        assert self.stage.kernel.errors == self.stage.orders.counts["discrepancies"]


TestOrdersAtAVenue = OrdersAtAVenue.TestCase
TestOrdersAtAVenue.settings = settings(settings.default, stateful_step_count=40)
TestOrdersAtAHostileVenue = OrdersAtAHostileVenue.TestCase
TestOrdersAtAHostileVenue.settings = settings(settings.default, stateful_step_count=40)
