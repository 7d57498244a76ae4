"""The line to the venue: what is lost on it is lost in silence, and what happened there has happened all the same."""

from decimal import Decimal
from typing import Any

from engine.clock import Timeline
from engine.commands import OrderType, SubmitOrder
from engine.events import Event, Execution, OrderAccepted, Tick
from engine.exchange.questions import FindOrder, ListExecutions, OrderTruth, ReadClock
from engine.simulation.line import ACKNOWLEDGEMENTS, FILLS, Line
from engine.simulation.memory import Memory
from engine.simulation.venue import Latency, SimulatedVenue
from tests.venue_stage import PERPETUAL, perpetual, tell


class Engine:
    """Somebody at our end of the line."""

    def __init__(self, latency: Latency | None = None) -> None:
        self.timeline = Timeline(0)
        self.heard: list[Event] = []
        self.line = Line(self.timeline)
        deliver = self.line.reporting(self.heard.append)
        self.venue = SimulatedVenue(self.timeline, (perpetual(),), deliver, capital=Decimal(1_000), latency=latency)
        self.venue.remember(Memory())
        self.line.exchange = self.venue
        self.trade(100.0)

    def trade(self, price: float) -> list[str]:
        """A trade of others a microsecond later, and what we hear."""
        self.timeline.advance(self.timeline.now_ns + 1_000)
        self.venue.on_tick(Tick(self.timeline.now_ns, PERPETUAL, price, 1.0))
        return self.news()

    def buy(self, order_id: str) -> list[str]:
        """Send an order for one."""
        self.line.send(SubmitOrder(order_id, PERPETUAL, 1, OrderType.MARKET, Decimal(1)))
        return self.news()

    def news(self) -> list[str]:
        """What was heard since the last time."""
        told, self.heard[:] = [tell(event) for event in self.heard], []
        return told

    def ask(self, question: Any) -> list[Any]:
        """What is answered."""
        told: list[Any] = []
        self.line.ask(question, told.append)
        return told


def test_a_line_in_order_changes_nothing() -> None:
    """Commands, reports and answers."""
    engine = Engine()
    assert engine.buy("a") == ["a accepted"]
    assert engine.trade(101.0) == ["a bought 1 at 101 as taker"]
    assert isinstance(engine.ask(FindOrder("a"))[0], OrderTruth)


def test_a_lost_command_never_happened() -> None:
    """The one, and not the next."""
    engine = Engine()
    engine.line.lose_commands()
    assert engine.buy("a") == []
    assert engine.buy("b") == ["b accepted"]
    assert [order.order_id for order in engine.venue.open_orders()] == ["b"]


def test_a_lost_acknowledgement_leaves_an_order_that_is_there() -> None:
    """Nobody hears of it until somebody asks; its fill is heard."""
    engine = Engine()
    engine.line.lose_reports(1, ACKNOWLEDGEMENTS)
    assert engine.buy("a") == []
    (found,) = engine.ask(FindOrder("a"))
    assert found.status == "accepted"
    assert engine.trade(101.0) == ["a bought 1 at 101 as taker"]


def test_fills_without_a_report_are_told_only_when_asked_for() -> None:
    """Two of three."""
    engine = Engine()
    for name in ("a", "b", "c"):
        engine.buy(name)
    engine.line.lose_reports(2, FILLS)
    assert engine.trade(101.0) == ["c bought 1 at 101 as taker"]
    (answer,) = engine.ask(ListExecutions(0))
    assert [execution.order_id for execution in answer.executions] == ["a", "b", "c"]


def test_reports_come_twice() -> None:
    """The same fact under the same number, at once."""
    engine = Engine()
    engine.line.repeat_reports(1, FILLS)
    engine.buy("a")
    engine.timeline.advance(engine.timeline.now_ns + 1_000)
    engine.news()
    engine.venue.on_tick(Tick(engine.timeline.now_ns, PERPETUAL, 101.0, 1.0))
    first, second = engine.heard
    assert isinstance(first, Execution)
    assert first == second
    assert sum(isinstance(event, OrderAccepted) for event in engine.heard) == 0


def test_a_cut_line_lets_nothing_through_until_its_time_is_over() -> None:
    """Reports on their way get lost as well, questions are not answered; then all is as before."""
    engine = Engine(Latency(entry_ns=10, report_ns=10))
    engine.buy("a")
    engine.timeline.advance(engine.timeline.now_ns + 15)
    engine.line.cut(5_000)
    assert engine.trade(101.0) == []
    assert engine.buy("lost") == []
    assert engine.ask(ReadClock()) == []
    engine.timeline.advance(engine.timeline.now_ns + 5_000)
    assert engine.heard == []
    told = engine.ask(FindOrder("a"))
    engine.timeline.advance(engine.timeline.now_ns + 20)
    assert told[0].status == "filled"
    told = engine.ask(FindOrder("lost"))
    engine.timeline.advance(engine.timeline.now_ns + 20)
    assert type(told[0]).__name__ == "NotFound"


def test_an_answer_is_lost_and_a_mended_line_loses_nothing_more() -> None:
    """One question without an answer; everything that was still to come is called off."""
    engine = Engine()
    engine.line.lose_answers()
    assert engine.ask(ReadClock()) == []
    assert len(engine.ask(ReadClock())) == 1
    engine.line.lose_answers(3)
    engine.line.lose_commands(3)
    engine.line.lose_reports(3)
    engine.line.repeat_reports(3)
    engine.line.cut(1_000_000)
    engine.line.mend()
    assert len(engine.ask(ReadClock())) == 1
    assert engine.buy("a") == ["a accepted"]
