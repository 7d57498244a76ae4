"""The simulated parts one by one: what a disk keeps, what a network does, what a clock shows, what a market is."""

from collections.abc import Callable
from decimal import Decimal
from math import isfinite
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine import events
from engine.commands import CancelOrder, OrderType, SubmitOrder
from engine.exchange.questions import (
    FindOrder,
    ListOpenOrders,
    OpenOrders,
    OrderTruth,
    Question,
    Reply,
    Unreachable,
)
from hean_tui.sim.clock import SimClock
from hean_tui.sim.disk import SimDisk, SimJournal, SimTicket
from hean_tui.sim.faults import Board, Fault, S
from hean_tui.sim.instruments import instruments
from hean_tui.sim.market import SimMarket
from hean_tui.sim.network import SimNet
from hean_tui.sim.plan import draw
from hean_tui.sim.profiles import PROFILES
from hean_tui.sim.timeline import WorldTimeline
from hean_tui.sim.violations import Violation
from hean_tui.sim.world import World
from infrastructure.journal.faults import JournalClosed

PERP = "BTC/USDT:USDT"


class Workshop:
    """A disk with a journal on it, on a timeline."""

    def __init__(self, seed: int = 1) -> None:
        self.timeline = WorldTimeline(0, Random(seed))
        self.disk = SimDisk()
        self.board = Board()
        self.random = Random(seed)
        self.journal = self.open()

    def open(self) -> SimJournal:
        return SimJournal(self.disk, self.timeline, self.board, self.random, "run", lambda call: call())

    def append(self, number: int) -> SimTicket:
        return self.journal.append("alarm", {"number": number}, self.timeline.now_ns)

    def pass_time(self, nanoseconds: int) -> None:
        self.timeline.advance(self.timeline.now_ns + nanoseconds)


@given(st.integers(0, 10_000), st.lists(st.integers(0, 3_000_000), min_size=1, max_size=40))
def test_what_was_acknowledged_outlives_any_crash(seed: int, pauses: list[int]) -> None:
    """At whatever moment the process dies: acknowledged rows are there, in a chain without a gap."""
    shop = Workshop(seed)
    tickets = []
    for number, pause in enumerate(pauses):
        tickets.append(shop.append(number))
        shop.pass_time(pause)
    acknowledged = sum(ticket.is_durable for ticket in tickets)
    shop.journal.drop()
    shop.pass_time(10 * S)
    assert acknowledged <= len(shop.disk.rows) <= len(tickets)
    assert [row.seq for row in shop.disk.rows] == list(range(1, len(shop.disk.rows) + 1))
    shop.disk.verify()
    shop.disk.check()


def test_the_group_at_work_may_survive_and_what_waits_never_does() -> None:
    """What lies in the process's memory goes with it; what the disk is writing is there or is not."""
    survived = set()
    for seed in range(20):
        shop = Workshop(seed)
        shop.append(0)  # at work at once
        shop.append(1)
        shop.append(2)
        shop.journal.drop()
        survived.add(len(shop.disk.rows))
    assert survived == {0, 1}


def test_a_failed_commit_closes_the_journal_for_good() -> None:
    """Whoever waits is told, and nothing can be appended any more."""
    shop = Workshop()
    shop.disk.fail("error")
    ticket = shop.append(1)
    shop.pass_time(5 * S)
    assert ticket.is_settled
    assert not ticket.is_durable
    with pytest.raises(JournalClosed):
        shop.append(2)


def test_the_same_execution_twice_is_a_violation() -> None:
    """The tables of the real journal would refuse it; here it is a finding."""
    shop = Workshop()
    body = {"venue": "x", "category": "linear", "symbol": PERP, "exec_id": "e1"}
    shop.journal.append("execution", body, 0)
    shop.journal.append("execution", body, 0)
    with pytest.raises(Violation, match="I-06"):
        shop.pass_time(5 * S)


def test_a_row_that_was_changed_is_found() -> None:
    """The chain is the real one."""
    shop = Workshop()
    for number in range(3):
        shop.append(number)
    shop.pass_time(5 * S)
    shop.disk.rows[1] = shop.disk.rows[1]._replace(body=b'{"number":7}')
    with pytest.raises(Violation, match="I-41"):
        shop.disk.verify()


class Ends:
    """Both ends of a network, which only take down what reaches them."""

    def __init__(self, seed: int = 1) -> None:
        self.timeline = WorldTimeline(0, Random(seed))
        self.board = Board()
        self.net = SimNet(self.timeline, Random(seed), self.board)
        self.net.door = self
        self.net.caller = self
        self.incarnation = 1
        self.arrived: list[int] = []
        self.heard: list[events.Event] = []
        self.streams: list[bool] = []

    def arrive(self, command: object, stamp_ns: int, answer: Callable[[events.Event], None]) -> None:
        self.arrived.append(self.timeline.now_ns)

    def ask(self, question: Question, answer: Callable[[Reply], None]) -> None:
        raise AssertionError("nobody asks here")

    def hear(self, incarnation: int, event: events.Event) -> None:
        self.heard.append(event)

    def answer(self, incarnation: int, call: Callable[[Reply], None], reply: Reply) -> None:
        raise AssertionError("nobody answers here")

    def stream_changed(self, incarnation: int, *, is_up: bool) -> None:
        self.streams.append(is_up)

    def send(self, count: int) -> None:
        for number in range(count):
            self.net.send(self.incarnation, CancelOrder(f"order {number}", PERP), self.timeline.now_ns)

    def tell(self, count: int) -> None:
        for number in range(count):
            self.net.tell(events.OrderTriggered(number, f"order {number}", PERP, Decimal(1)))

    def pass_time(self, seconds: float) -> None:
        self.timeline.advance(self.timeline.now_ns + int(seconds * S))


def test_what_is_on_its_way_outlives_its_sender() -> None:
    """The most important bug of all could not be seen otherwise: sent, and then dead."""
    ends = Ends()
    ends.send(10)
    ends.incarnation = 0
    ends.net.disconnect()
    ends.pass_time(1)
    assert len(ends.arrived) == 10


def test_a_part_of_the_requests_is_lost_and_a_part_comes_twice() -> None:
    """About as many as the levels say."""
    ends = Ends()
    ends.board.levels.update(request_loss=0.2, duplicates=0.5)
    ends.send(2_000)
    ends.pass_time(10)
    assert pytest.approx(len(ends.arrived), rel=0.06) == 2_000 * 0.8 * 1.5


def test_a_stream_keeps_its_order_unless_it_is_to_be_shuffled() -> None:
    """Messages overtake each other only where the fault says so."""
    ends = Ends()
    ends.net.connect()
    ends.pass_time(1)
    ends.tell(200)
    ends.pass_time(5)
    assert [event.ts for event in ends.heard] == list(range(200))
    ends.heard.clear()
    ends.board.levels["reorder"] = 0.3
    ends.tell(200)
    ends.pass_time(5)
    assert sorted(event.ts for event in ends.heard) == list(range(200))
    assert [event.ts for event in ends.heard] != list(range(200))


def test_a_partition_lets_nothing_through_and_the_stream_comes_back() -> None:
    """Requests and news are lost meanwhile, and the process hears of both ends."""
    ends = Ends()
    ends.net.connect()
    ends.pass_time(1)
    ends.net.partition(Fault("partition", 0, 10 * S, 1.0, 1))
    ends.send(5)
    ends.tell(5)
    ends.pass_time(9)
    assert (ends.arrived, ends.heard) == ([], [])
    ends.pass_time(5)
    ends.send(1)
    ends.tell(1)
    ends.pass_time(1)
    assert len(ends.arrived) == 1
    assert len(ends.heard) == 1
    assert ends.streams == [True, False, True]


def test_a_clog_loses_nothing() -> None:
    """Everything that was sent arrives afterwards."""
    ends = Ends()
    ends.net.clog(Fault("clog", 0, 5 * S, 1.0, 1))
    ends.send(20)
    ends.pass_time(4.9)
    assert ends.arrived == []
    ends.pass_time(1)
    assert len(ends.arrived) == 20


def test_a_clock_that_was_set_back_does_not_take_the_engine_back() -> None:
    """At a start the time of the last row counts, where that is later."""
    clock = SimClock(Random(1))
    clock.set_offset(Fault("clock_offset", 0, 0, -3.0, 1))
    clock.boot(world_ns=100 * S, last_ns=0)
    assert clock.engine_ns(100 * S) == 97 * S
    clock.boot(world_ns=200 * S, last_ns=250 * S)
    assert clock.engine_ns(200 * S) == 250 * S


def market() -> SimMarket:
    """Two symbols that trade about once a second."""
    return SimMarket(instruments(2), Random(3), 0, S, 4 * S, quotes=True)


def test_the_market_lies_on_its_grid_and_goes_on_in_time() -> None:
    """Prices are above zero and on the tick, bids below asks, moments never go back."""
    source = market()
    before = 0
    for _ in range(2_000):
        for event in source.pop():
            assert event.ts >= before
            before = event.ts
            if isinstance(event, events.Tick):
                assert event.price > 0
                assert round(event.price / 0.01) * 0.01 == event.price
            elif isinstance(event, events.Quote):
                assert event.bid < event.ask


def test_what_is_no_price_does_not_pass_the_border_of_the_feed() -> None:
    """It is refused and counted; what passes is a number above zero."""
    source = market()
    source.soil(10_000 * S)
    passed = 0
    for _ in range(500):
        for event in source.pop():
            seen = source.reaching(event)
            if isinstance(seen, events.Tick):
                passed += 1
                assert isfinite(seen.price)
                assert seen.price > 0
    assert source.refused > 100
    assert passed > 100


def test_after_a_restart_of_the_exchange_its_list_is_empty_and_its_history_is_not() -> None:
    """A resting order is missing from the list of open ones for a while; by its name it is found all the time."""
    world = World(draw(PROFILES["quiet"], 3, 0.05))
    exchange, timeline = world.exchange, world.timeline
    resting = SubmitOrder("x", PERP, 1, OrderType.LIMIT, Decimal(1), Decimal(10))
    for event in world.market.pop():
        world._tell(event)
    exchange.venue.send(resting)
    timeline.advance(timeline.now_ns + S)
    exchange.outage(Fault("outage", 0, 2 * S, 1.0, 8))
    seen: list[tuple[Reply, Reply]] = []
    for _ in range(30):
        replies: list[Reply] = []
        exchange.ask(ListOpenOrders(), replies.append)
        exchange.ask(FindOrder("x"), replies.append)
        seen.append((replies[0], replies[1]))
        timeline.advance(timeline.now_ns + S)
    silent = [pair for pair in seen if isinstance(pair[0], Unreachable)]
    listed = [len(pair[0].orders) for pair in seen if isinstance(pair[0], OpenOrders)]
    assert len(silent) == 2
    assert listed == sorted(listed)
    assert (listed[0], listed[-1]) == (0, 1)
    assert all(isinstance(pair[1], OrderTruth) for pair in seen[2:])
