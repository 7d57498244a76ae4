"""A venue that is built again from its own memory is the venue that it was."""

from contextlib import suppress
from decimal import Decimal
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.clock import SECOND_NS
from engine.commands import OrderType, TimeInForce, TriggerBy
from engine.errors import CommandRefused, UnknownSymbol
from engine.events import Execution, FundingPaid, MarkPrice, OrderAccepted, Tick
from engine.exchange.questions import (
    FindOrder,
    ListExecutions,
    ListOpenOrders,
    ListPayments,
    ListPositions,
    Question,
    ReadWallet,
)
from engine.simulation.facts import Happening, VenueKept, happening_of
from engine.simulation.memory import Memory
from engine.simulation.venue import Latency
from tests.venue_stage import OTHER, PERPETUAL, SPOT, Stage, perpetual, spot

SYMBOLS = (PERPETUAL, OTHER, SPOT)
QUESTIONS: tuple[Question, ...] = (ListOpenOrders(), ListExecutions(0), ListPayments(0), ListPositions(), ReadWallet())
ORDERS = ("market", "limit", "limit", "stop_market", "stop_limit", "trailing_stop", "bracket", "bracket", "reduce")
KINDS = (
    *ORDERS,
    "tick",
    "tick",
    "tick",
    "gap",
    "mark",
    "cancel",
    "amend",
    "funding",
    "transfer",
    "leverage",
    "wait",
    "outside",
)
ACTS = st.lists(
    st.tuples(
        st.sampled_from(KINDS),
        st.sampled_from(SYMBOLS),
        st.sampled_from((1, -1)),
        st.integers(60, 2_000),
        st.integers(-40, 40),
    ),
    min_size=12,
    max_size=40,
)


class Living(Stage):
    """A stage whose venue remembers; `facts` is what was written down of it."""

    def __init__(self, now_ns: int = 0, **options: Any) -> None:
        super().__init__(perpetual(), perpetual(OTHER), spot(), **options)
        self.timeline.advance(now_ns)
        self.facts: list[bytes] = []
        self.venue.remember(Memory(self._write))

    def open_all(self) -> "Living":
        """Every symbol trades at 100."""
        for symbol in SYMBOLS:
            self.tick(100.0, symbol=symbol)
        return self

    def _write(self, happening: Happening) -> None:
        self.facts.append(msgspec.json.encode(happening.body()))

    def remembered(self) -> list[Happening]:
        """What somebody reads who has only what was written."""
        return [happening_of(body) for body in self.facts]

    def reborn(self, happenings: list[Happening] | None = None, **options: Any) -> "Living":
        """A new venue at this moment, with the prices of this moment and the memory of this one."""
        heir = Living(self.timeline.now_ns, **options)
        now_ns = self.timeline.now_ns
        for symbol in SYMBOLS:
            market = self.venue._markets[symbol]
            if market.last:
                heir.venue.on_tick(Tick(now_ns, symbol, market.last, 1.0))
            if market.marked:
                heir.venue.on_mark(MarkPrice(now_ns, symbol, market.mark, market.mark))
        heir.venue.restore(self.remembered() if happenings is None else happenings)
        heir.pass_time(0)
        return heir

    def state(self) -> VenueKept:
        """Everything."""
        (state,) = self.venue.kept().facts
        assert isinstance(state, VenueKept)
        return state

    def answers(self) -> list[Any]:
        """What it answers to whoever asks."""
        told: list[Any] = []
        for name in self.state().seen:
            self.venue.ask(FindOrder(name), told.append)
        for question in QUESTIONS:
            self.venue.ask(question, told.append)
        return told

    def live(self, number: int, act: tuple[str, str, int, int, int]) -> None:
        """One thing happens."""
        kind, symbol, side, lots, offset = act
        if kind in ORDERS:
            self.submit(number, act)
        elif kind in ("tick", "gap"):
            self.tick(100 + offset / (10 if kind == "tick" else 2), lots / 1_000, side, symbol)
        elif kind in ("cancel", "amend"):
            self.change(kind, f"o{lots % (number + 1)}", f"{100 + offset / 10:.1f}", f"{lots / 1_000:.3f}")
        elif kind == "mark" and symbol != SPOT:
            self.mark(100 + offset / 10, symbol)
        elif kind == "funding" and symbol != SPOT:
            self.announce_funding(offset / 10_000, self.timeline.now_ns + lots * 10)
        elif kind in ("transfer", "leverage", "outside"):
            with suppress(CommandRefused):
                if kind == "outside":
                    self.interfere(f"o{lots % (number + 1)}", symbol, side, lots)
                elif kind == "transfer":
                    self.venue.transfer(Decimal(side * lots))
                else:
                    self.venue.set_leverage(symbol, Decimal(1 + lots % 20))
        else:
            self.pass_time(lots * 5)

    def interfere(self, name: str, symbol: str, side: int, lots: int) -> None:
        """Somebody else does something."""
        outside, quantity = self.venue.outside, Decimal(lots) / 1_000
        match lots % 6:
            case 0:
                outside.order(symbol, side, quantity, Decimal(100) if side > 0 else None)
            case 1:
                outside.deleverage(symbol)
            case 2:
                outside.fill(name)
            case 3:
                outside.fill_late(name, quantity, Decimal(100))
            case 4:
                outside.reject(name)
            case _:
                outside.cancel(name)

    def submit(self, number: int, act: tuple[str, str, int, int, int]) -> None:
        """An order of some type."""
        kind, symbol, side, lots, offset = act
        price = 100 + offset / 10
        limit: str | None = f"{price:.1f}" if kind in ("limit", "stop_limit", "reduce", "bracket") else None
        more: dict[str, Any] = {"trigger_by": TriggerBy.MARK if offset % 3 == 0 else TriggerBy.LAST, "symbol": symbol}
        if kind in ("stop_market", "stop_limit"):
            more |= {"type": kind, "trigger_price": f"{100 + side * (2 + abs(offset) / 10):.1f}"}
        elif kind == "trailing_stop":
            more |= {"type": kind, "trail": "1.5", "reduce_only": True}
        elif kind == "bracket" and symbol != SPOT:
            more |= {"stop": f"{price - side * 2:.1f}", "target": f"{price + side * 3:.1f}"}
        elif kind == "reduce":
            more |= {"reduce_only": True}
        elif kind == "limit" and offset % 5 == 0:
            more |= {"time_in_force": TimeInForce.POST_ONLY}
        self.order(f"o{number}", side, f"{lots / 1_000:.3f}", limit, **more)

    def change(self, kind: str, name: str, limit: str, quantity: str) -> None:
        """Cancel or amend what is open under this name."""
        found = [order for order in self.venue.open_orders() if order.order_id == name]
        if not found:
            self.cancel(name)
            return
        shown, self.symbol = self.symbol, found[0].symbol
        if kind == "cancel":
            self.cancel(name)
        elif found[0].trigger_price is None:
            self.amend(name, price=limit, quantity=quantity)
        else:
            self.amend(name, trigger_price=limit)
        self.symbol = shown


@given(before=ACTS, after=ACTS, margin=st.sampled_from(("cross", "isolated")))
def test_a_restored_venue_is_the_same_and_goes_on_the_same(
    before: list[tuple[str, str, int, int, int]], after: list[tuple[str, str, int, int, int]], margin: str
) -> None:
    """Any life, cut anywhere: the same account, orders and answers; from there on, word by word the same reports."""
    options: dict[str, Any] = {"capital": 200, "leverage": Decimal(20), "margin": margin}
    first = Living(**options).open_all()
    for number, act in enumerate(before):
        first.live(number, act)
    heir = first.reborn(**options)
    assert heir.state() == first.state()
    assert heir.venue.equity() == first.venue.equity()
    # Of a quotient of forty digits the last ones depend on the order in which they are added up.
    assert abs(heir.venue.available() - first.venue.available()) < Decimal("1e-30")
    assert heir.answers() == first.answers()
    told = len(first.events)
    for number, act in enumerate(after, len(before)):
        first.live(number, act)
        heir.live(number, act)
    assert heir.events == first.events[told:]
    assert heir.state() == first.state()
    assert heir.answers() == first.answers()


@given(before=ACTS, between=ACTS)
def test_one_whole_piece_stands_for_everything_before_it(
    before: list[tuple[str, str, int, int, int]], between: list[tuple[str, str, int, int, int]]
) -> None:
    """Restored from a summary and what came after it, the account and the orders are those of the whole memory."""
    options: dict[str, Any] = {"capital": 200, "leverage": Decimal(20)}
    first = Living(**options).open_all()
    for number, act in enumerate(before):
        first.live(number, act)
    summary = happening_of(msgspec.json.encode(first.venue.kept().body()))
    told = len(first.facts)
    for number, act in enumerate(between, len(before)):
        first.live(number, act)
    heir = first.reborn([summary, *first.remembered()[told:]], capital=1)
    assert heir.state() == first.state()
    assert heir.venue.equity() == first.venue.equity()


@given(story=ACTS)
def test_what_is_on_its_way_is_remembered_before_it_arrives(story: list[tuple[str, str, int, int, int]]) -> None:
    """Reports that had not arrived when everything stopped were done nevertheless, and are answered when asked for."""
    latency = Latency(entry_ns=300, report_ns=40_000)
    first = Living(latency=latency, leverage=Decimal(5)).open_all()
    for number, act in enumerate(story):
        first.live(number, act)
    heir = first.reborn(leverage=Decimal(5))
    assert heir.state() == first.state()
    told: list[Any] = []
    heir.venue.ask(ListExecutions(0), told.append)
    arrived = [event for event in first.events if isinstance(event, Execution)]
    assert list(told[0].executions)[: len(arrived)] == arrived


def test_numbers_are_never_given_twice() -> None:
    """Order and execution numbers go on after a restart, and an id that was used is refused for ever."""
    first = Living()
    first.tick(100.0)
    first.buy("a", 1)
    first.tick(100.0)
    heir = first.reborn()
    assert heir.sell("a", 1) == ["a rejected: DuplicateClientId"]
    heir.sell("b", 1)
    heir.tick(100.0)
    assert [event.exchange_id for event in heir.events if isinstance(event, OrderAccepted)] == ["o2"]
    assert [event.execution_id for event in heir.events if isinstance(event, Execution)] == ["e2"]


def test_a_resting_order_stands_behind_everything_that_is_there_after_a_restart() -> None:
    """Two lots were ahead and one was left; after the restart the two and a half that stand there now are ahead."""
    first = Living()
    first.book({99.0: 2.0}, {101.0: 2.0}, snapshot=True)
    first.buy("a", 1, "99")
    first.tick(99.0, 1.0, -1)
    heir = Living(first.timeline.now_ns)
    heir.book({99.0: 2.5}, {101.0: 2.0}, snapshot=True)
    heir.venue.restore(first.remembered())
    assert first.tick(99.0, 1.5, -1) == ["a bought 0.5 at 99 as maker"]
    assert heir.tick(99.0, 2.5, -1) == []
    assert heir.tick(99.0, 0.5, -1) == ["a bought 0.5 at 99 as maker"]


@given(sizes=st.lists(st.integers(1, 1_500), max_size=8), later=st.lists(st.integers(1, 1_500), max_size=8))
def test_a_restart_never_betters_a_place_in_the_queue(sizes: list[int], later: list[int]) -> None:
    """Whatever traded before and after: the restored order never has more than the one that stayed."""
    first = Living()
    first.book({99.0: 3.0}, {101.0: 2.0}, snapshot=True)
    first.buy("a", 2, "99")
    for lots in sizes:
        first.tick(99.0, lots / 1_000, -1)
    if not first.open_ids():
        return
    heir = Living(first.timeline.now_ns)
    heir.book({99.0: 3.0}, {101.0: 2.0}, snapshot=True)
    heir.venue.restore(first.remembered())
    for lots in later:
        first.tick(99.0, lots / 1_000, -1)
        heir.tick(99.0, lots / 1_000, -1)
        assert heir.held <= first.held


def test_funding_that_fell_due_while_nobody_was_there_is_settled_at_the_start() -> None:
    """The rate was announced before; it is paid once, for the moment at which it was due."""
    first = Living()
    first.tick(100.0)
    first.buy("a", 1)
    first.tick(100.0)
    first.announce_funding(0.001, SECOND_NS)
    heir = Living(5 * SECOND_NS)
    heir.tick(100.0)
    heir.venue.restore(first.remembered())
    heir.pass_time()
    assert heir.events == [
        FundingPaid(SECOND_NS, PERPETUAL, Decimal("0.001"), Decimal("100.0"), Decimal("-0.10000000"))
    ]
    again = heir.reborn([*first.remembered(), *heir.remembered()])
    again.pass_time()
    assert again.events == []


def test_a_position_is_not_restored_without_a_price_or_without_its_symbol() -> None:
    """Both would be guesses."""
    first = Living()
    first.tick(100.0)
    first.buy("a", 1)
    first.tick(100.0)
    with pytest.raises(ValueError, match="none was told of BTC/USDT:USDT"):
        Living().venue.restore(first.remembered())
    stranger = Stage(perpetual(OTHER))
    with pytest.raises(UnknownSymbol, match="still has something open on BTC/USDT:USDT"):
        stranger.venue.restore(first.remembered())


def test_only_a_venue_in_which_nothing_happened_is_restored_or_begins_to_remember() -> None:
    """A second life on top of the first would be neither."""
    stage = Living()
    stage.tick(100.0)
    stage.buy("a", 1)
    with pytest.raises(ValueError, match="nothing has happened yet"):
        stage.venue.restore([])
    with pytest.raises(ValueError, match="has it from the beginning"):
        stage.venue.remember(Memory())
    forgetful = Stage()
    with pytest.raises(ValueError, match="was not asked to remember"):
        forgetful.venue.kept()


def test_every_type_of_order_finds_its_place_again() -> None:
    """One of each, by name, with what it was waiting for."""
    first = Living()
    first.tick(100.0)
    first.buy("held", 1)
    first.tick(100.0)
    first.buy("limit", 1, "99", stop=95, target=105)
    first.buy("stop", 1, type=OrderType.STOP_MARKET, trigger_price=103)
    first.buy("stop_limit", 1, "104", type=OrderType.STOP_LIMIT, trigger_price=103)
    first.sell("trailing", 1, type=OrderType.TRAILING_STOP, trail=2, reduce_only=True)
    first.tick(102.0)
    heir = first.reborn()
    assert heir.venue.open_orders() == first.venue.open_orders()
    assert heir.tick(99.9) == ["trailing triggered at 100", "trailing sold 1 at 99.9 as taker"]
    assert heir.tick(98.9) == [
        "limit bought 1 at 99 as maker",
        "limit.stop accepted",
        "limit.stop amended to 1 at 95",
        "limit.target accepted",
        "limit.target amended to 1 at 105",
    ]
    assert heir.tick(94.0) == [
        "limit.stop triggered at 95",
        "limit.stop sold 1 at 94 as taker",
        "limit.target cancelled: CancelledBySibling",
    ]
