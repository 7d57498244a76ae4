"""A strategy that fails is isolated, counted, shown and stopped after ten failures; the engine and the others go on."""

from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Any, ClassVar

import pytest

from engine import events
from engine.features import Feature
from engine.gate import OrderRequest
from engine.strategy import Strategy
from engine.views import Views
from tests.rehearsal import MINUTE, PERP, SECOND, SPOT, Stage


class Recorder(Strategy):
    """Hears everything and takes note of it."""

    def __init__(self, name: str, symbols: tuple[str, ...], parameters: Mapping[str, Any]) -> None:
        super().__init__(name, symbols, parameters)
        self.heard: list[events.Event] = []

    def on_tick(self, tick: events.Tick) -> None:
        self.heard.append(tick)

    def on_candle(self, candle: events.Candle) -> None:
        self.heard.append(candle)

    def on_fill(self, fill: events.OrderFilled | events.OrderPartlyFilled) -> None:
        self.heard.append(fill)

    def on_denied(self, denial: events.OrderDenied) -> None:
        self.heard.append(denial)


class Broken(Strategy):
    """Fails wherever its parameter says."""

    defaults: ClassVar[Mapping[str, Any]] = {"at": "on_tick", "error": ValueError("no")}

    def _fail(self, hook: str) -> None:
        if self.parameters["at"] == hook:
            raise self.parameters["error"]

    def prepare(self) -> None:
        self._fail("prepare")

    def start(self) -> None:
        self._fail("start")
        self.desk.at(self.desk.now_ns() + SECOND, self._fail, "timer")

    def on_tick(self, tick: events.Tick) -> None:
        self._fail("on_tick")

    def on_candle(self, candle: events.Candle) -> None:
        self._fail("on_candle")

    def on_fill(self, fill: events.OrderFilled | events.OrderPartlyFilled) -> None:
        self._fail("on_fill")

    def on_denied(self, denial: events.OrderDenied) -> None:
        self._fail("on_denied")


class Wordless(Exception):
    """An error whose words fail too."""

    def __str__(self) -> str:
        raise RuntimeError("no words")


class Acting(Strategy):
    """Does what its parameter says on every tick."""

    def on_tick(self, tick: events.Tick) -> None:
        self.parameters["act"](self)


def run(*strategies: Strategy, seconds: int = 0) -> Stage:
    stage = Stage()
    for strategy in strategies:
        stage.kernel.strategies.add(strategy)
    stage.kernel.start()
    for _ in range(seconds):
        stage.tick(100.0, after_ns=SECOND)
    return stage


def broken(hook: str, error: Exception | None = None) -> Broken:
    parameters: dict[str, Any] = {"at": hook}
    if error is not None:
        parameters["error"] = error
    return Broken("broken", (PERP,), parameters)


def test_the_others_go_on() -> None:
    """Beside a strategy that fails on every tick, the ones before and behind it hear every tick."""
    first, last = Recorder("first", (PERP,), {}), Recorder("last", (PERP,), {})
    stage = run(first, broken("on_tick"), last, seconds=30)
    ticks = stage.heard(events.Tick)
    assert len(ticks) == 30
    assert [event for event in first.heard if isinstance(event, events.Tick)] == ticks
    assert [event for event in last.heard if isinstance(event, events.Tick)] == ticks


def test_ten_failures_are_enough() -> None:
    """It is stopped after the tenth, hears nothing more, and events, counts, stream, health and view say so."""
    stage = run(broken("on_tick"), Recorder("well", (PERP,), {}), seconds=30)
    errors = stage.heard(events.ErrorOccurred)
    assert [(error.source, error.sentence) for error in errors if isinstance(error, events.ErrorOccurred)] == [
        ("broken", "ValueError: no")
    ] * 10
    snapshot = Views(stage.kernel, mode="paper", feed="sim", run_id="r", seed=1).snapshot()
    assert snapshot.counts.errors == stage.kernel.errors == 10
    assert snapshot.health["strategy broken"].state == "down"
    assert (snapshot.health["strategy broken"].age_s, snapshot.health["strategy well"].state) == (20.0, "healthy")
    views = {view.name: view for view in snapshot.strategies}
    assert (views["broken"].state, views["well"].state) == ("stopped", "watching")
    assert views["broken"].reason == "stopped after 10 failures, the last: ValueError: no"
    assert [line.text for line in snapshot.stream].count("broken: ValueError: no") == 10


@pytest.mark.parametrize("hook", ["on_tick", "on_candle", "on_fill", "on_denied", "timer", "start", "prepare"])
def test_a_failure_is_counted_wherever_it_happens(hook: str) -> None:
    """In an event, in a timer of its own, or at its beginning: one error, told under its name, and the run goes on."""
    strategy, beside = broken(hook), Recorder("beside", (PERP,), {})
    stage = run(strategy, beside)
    stage.tick(100.0)
    stage.hold(1, "1", "100", strategy="broken")
    stage.account.entries_closed = "the test closed them"
    stage.place(1, "1", strategy="broken")
    stage.tick(100.0, after_ns=SECOND)
    stage.tick(100.0, after_ns=MINUTE)
    seat = stage.kernel.strategies.seats["broken"]
    assert seat.failures == len(stage.heard(events.ErrorOccurred)) == stage.kernel.errors
    assert seat.failures == (3 if hook == "on_tick" else 1)
    assert len(beside.heard) == 4  # three ticks and the bar that closed
    assert (seat.stopped is not None) == (hook in ("start", "prepare"))


def test_a_strategy_that_cannot_begin_does_not_trade() -> None:
    """Half prepared is not prepared: it hears nothing, also after a stop and a start, and says why."""
    stage = run(broken("prepare"))
    stage.kernel.stop("for a while")
    stage.kernel.start()
    stage.tick(100.0, after_ns=SECOND)
    seat = stage.kernel.strategies.seats["broken"]
    assert (seat.stopped, seat.handlers, seat.failures) == ("it could not be prepared", [], 1)


@pytest.mark.parametrize("error", [Wordless(), RecursionError("deep"), AssertionError(), KeyError("x" * 5_000)])
def test_any_kind_of_failure_is_isolated(error: Exception) -> None:
    """Also one without words, or with too many: what is told is one short line."""
    stage = run(broken("on_tick", error), seconds=1)
    (told,) = stage.heard(events.ErrorOccurred)
    assert isinstance(told, events.ErrorOccurred)
    assert told.sentence.startswith(type(error).__name__)
    assert len(told.sentence) <= 300
    assert "\n" not in told.sentence


def wish(**changes: Any) -> Callable[[Strategy], None]:
    words = {"symbol": PERP, "direction": 1, "conviction": 1.0, "reason": "because", **changes}
    return lambda strategy: strategy.desk.signal(**words)


@pytest.mark.parametrize(
    ("act", "sentence"),
    [
        (wish(symbol="DOGE/USDT"), "UnknownSymbol: 'DOGE/USDT' is not traded in this run; known are BTC/USDT:USDT"),
        (wish(direction=2), "InvalidSignal: the direction of a signal must be 1, 0 or -1; it was 2"),
        (wish(conviction=1.01), "InvalidSignal: the conviction of a signal must be between 0 and 1; it was 1.01"),
        (
            wish(conviction=float("nan")),
            "InvalidSignal: the conviction of a signal must be between 0 and 1; it was nan",
        ),
        (wish(stop=float("nan")), "InvalidSignal: the stop of a signal must be a price above zero; it was nan"),
        (wish(stop=-5.0), "InvalidSignal: the stop of a signal must be a price above zero; it was -5.0"),
        (wish(target=float("inf")), "InvalidSignal: the target of a signal must be a price above zero; it was inf"),
        (wish(quantity=Decimal(0)), "InvalidSignal: the quantity of a signal must be above zero; it was 0"),
        (wish(quantity=Decimal("NaN")), "InvalidSignal: the quantity of a signal must be above zero; it was NaN"),
        (
            lambda strategy: strategy.desk.order(OrderRequest(symbol="DOGE/USDT", side=1, quantity=Decimal(1))),
            "UnknownSymbol: 'DOGE/USDT' is not traded in this run",
        ),
        (
            lambda strategy: strategy.desk.order(OrderRequest(symbol=PERP, side=1, quantity=Decimal(-1))),
            "InvalidOrder: the quantity of a market order must be above zero; it was -1",
        ),
        (
            lambda strategy: strategy.desk.declare(Feature("astrology", PERP, MINUTE, 3)),
            "ValueError: ",
        ),
        (lambda strategy: strategy.desk.at(0, print), "BadSchedule: "),
    ],
)
def test_a_senseless_wish_is_the_failure_of_who_wished(act: Callable[[Strategy], None], sentence: str) -> None:
    """Not of the engine: it is told under the strategy's name, nothing is sent, and the run goes on."""
    stage = run(Acting("acting", (PERP,), {"act": act}), seconds=1)
    (told,) = stage.heard(events.ErrorOccurred)
    assert isinstance(told, events.ErrorOccurred)
    assert told.source == "acting"
    assert told.sentence.startswith(sentence)
    assert stage.sent == []
    stage.tick(100.0, after_ns=SECOND)
    assert stage.kernel.errors == 2


def test_a_failure_of_the_engines_own_parts_stops_the_run() -> None:
    """That is a bug and no strategy's: it is passed on, and the bus still hears a kill."""
    stage = Stage()

    def bug(_: events.Tick) -> None:
        raise ZeroDivisionError("a bug")

    stage.kernel.bus.subscribe(events.Tick, bug)
    with pytest.raises(ZeroDivisionError, match="a bug"):
        stage.tick(100.0)
    stage.kernel.kill("after all")
    assert stage.kernel.state == "killed"
    assert stage.heard(events.EmergencyStop)


def test_a_wish_repeated_for_ever_ends() -> None:
    """A strategy that answers each refusal with the same wish would never let the tick end; a bound stops it."""

    class Stubborn(Strategy):
        """Never takes no for an answer."""

        def on_tick(self, tick: events.Tick) -> None:
            self._wish()

        def on_denied(self, denial: events.OrderDenied) -> None:
            self._wish()

        def _wish(self) -> None:
            self.desk.signal(PERP, 1, 1.0, "at once", quantity=Decimal(1))

    stage = Stage()
    stage.kernel.strategies.add(Stubborn("stubborn", (PERP,), {}))
    stage.kernel.start()
    stage.kernel.pause("entries are paused")
    stage.tick(100.0)
    (told,) = stage.heard(events.ErrorOccurred)
    assert isinstance(told, events.ErrorOccurred)
    assert told.sentence == "InvalidSignal: stubborn had more than 1000 wishes at one instant"


def test_an_exact_order_is_that_of_its_strategy() -> None:
    """Whatever name a request carries, the fills and the position belong to the strategy that asked."""
    recorder = Recorder("recorder", (PERP,), {})
    stage = run(recorder)
    stage.tick(100.0)
    request = OrderRequest(symbol=PERP, side=1, quantity=Decimal(1), strategy="operator")
    recorder.desk.order(request)
    (order,) = stage.account.open_orders.values()
    stage.execute(order, "1", "100")
    assert stage.account.held_by("recorder", PERP) == 1
    assert isinstance(recorder.heard[-1], events.OrderFilled)


def test_a_strategy_hears_its_own_symbols_bars_and_fills() -> None:
    """Nothing of other symbols, other intervals or other strategies."""
    minute, spot = Recorder("minute", (PERP,), {}), Recorder("spot", (SPOT,), {})
    spot.interval_ns = 2 * MINUTE
    stage = run(minute, spot)
    stage.tick(100.0)
    stage.tick(50.0, SPOT)
    stage.hold(1, "1", "100", strategy="minute")
    stage.hold(1, "1", "50", SPOT, strategy="operator")
    stage.timeline.advance(stage.now + 2 * MINUTE)
    kinds = [type(event).__name__ for event in minute.heard]
    assert kinds == ["Tick", "OrderFilled", "Candle", "Candle"]
    assert [type(event).__name__ for event in spot.heard] == ["Tick", "Candle"]
    assert {getattr(event, "symbol", None) for event in spot.heard} == {SPOT}


def test_a_rest_leaves_no_old_timers_and_no_holes() -> None:
    """After a stop and a start only the timers set since then fire, once, and bars know the trades in between."""
    fired: list[int] = []

    class Timed(Recorder):
        """Sets a timer whenever it starts."""

        def start(self) -> None:
            self.desk.at(self.desk.now_ns() + 90 * SECOND, lambda: fired.append(self.desk.now_ns()))

    timed = Timed("timed", (PERP,), {})
    stage = run(timed)
    begin = stage.now
    stage.tick(100.0, after_ns=10 * SECOND)
    stage.kernel.stop("for a while")
    stage.tick(130.0, after_ns=10 * SECOND)
    stage.tick(70.0, after_ns=10 * SECOND)
    stage.kernel.start()
    stage.tick(110.0, after_ns=10 * SECOND)
    stage.timeline.advance(begin + 5 * MINUTE)
    assert fired == [begin + 120 * SECOND]
    first = next(event for event in timed.heard if isinstance(event, events.Candle))
    assert (first.open, first.high, first.low, first.close) == (100.0, 130.0, 70.0, 110.0)


def test_bars_that_were_built_do_not_pass_for_news() -> None:
    """An hour without trades makes flat bars, but the last price is as old as it is, and as high as it was."""
    stage = run(Recorder("recorder", (PERP,), {}))
    stage.tick(100.0)
    began = stage.now
    stage.timeline.advance(began + 60 * MINUTE)
    market = stage.account.market(PERP)
    assert (market.last, market.updated_ns) == (100.0, began)
    snapshot = Views(stage.kernel, mode="paper", feed="sim", run_id="r", seed=1).snapshot()
    assert snapshot.health["market"].reason == "last price 3600 s ago"
