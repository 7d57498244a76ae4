"""The stream says what happened and why: wishes, what was let go, liquidations, health, and all that was asked for."""

from decimal import Decimal
from typing import Any

import pytest

from engine import events
from engine.strategy import Strategy
from engine.views import Views
from strategies.impulse import Impulse
from tests.rehearsal import MINUTE, PERP, SECOND, SPOT, Stage
from tests.trading_floor import Floor


class Failing(Strategy):
    """Fails with every trade, or at its start."""

    def start(self) -> None:
        if self.parameters.get("at") == "start":
            raise ValueError("not today")

    def on_tick(self, tick: events.Tick) -> None:
        raise ValueError("no")


def lines(stage: Stage | Floor, word: str) -> list[str]:
    """The sentences that the stream has for a word, the oldest first."""
    return [line.text for line in stage.kernel.stream.lines() if line.word == word]


def picture(stage: Stage) -> Views:
    return Views(stage.kernel, mode="paper", feed="sim", run_id="r", seed=1)


# --- why


def test_a_wish_is_told_with_its_reason_before_what_came_of_it() -> None:
    """Long, short and flat, of whom and why; the fill follows."""
    floor = Floor((PERP,))
    strategy = Strategy("watcher", (PERP,), {})
    floor.kernel.strategies.add(strategy)
    floor.kernel.start()
    for direction, reason in ((1, "up it goes"), (-1, "down it goes"), (0, "enough")):
        strategy.desk.signal(PERP, direction, 1.0, reason, quantity=Decimal(1))
        floor.trade(100.0)
        floor.trade(100.0)
    told = [(line.word, line.text) for line in floor.kernel.stream.lines() if line.word in ("signal", "filled")]
    assert told == [
        ("signal", f"long {PERP}, watcher: up it goes"),
        ("filled", f"bought 1 {PERP} at 100.0, watcher"),
        ("signal", f"short {PERP}, watcher: down it goes"),
        ("filled", f"sold 2 {PERP} at 100.0, watcher"),
        ("signal", f"flat {PERP}, watcher: enough"),
        ("filled", f"bought 1 {PERP} at 100.0, watcher"),
    ]


def test_an_impulse_that_does_not_pay_is_told_once_a_rest() -> None:
    """The reason holds the figures; while the strategy rests, the same move is not told again."""
    stage = Stage((PERP,), native_ns=MINUTE)
    parameters = {"lookback": 2, "memory": 3, "threshold": 0.01, "edge": 9.0, "target_ranges": 1.0, "rest": 5}
    stage.kernel.strategies.add(Impulse("impulse", (PERP,), parameters))
    stage.kernel.start()
    for number in range(14):  # each bar one dearer than the last, and one high
        start, price = stage.now, 1000.0 + number
        stage.timeline.advance(start + MINUTE)
        stage.say(events.Candle(stage.now, PERP, start, price, price + 1, price, price + 1, 1.0))
    told = lines(stage, "let go")
    # Bars 4, 9 and 14: three returns have to be known, and five bars are a rest. The round trip of 2.0 or more costs
    # twice what the target of one range brings.
    assert len(told) == 3
    assert told[0].startswith(f"{PERP}, impulse: a move of +0.20% is ")
    assert told[0].endswith("but the target pays only 0.5 times the round trip; 9 is the least")
    assert (stage.sent, lines(stage, "signal")) == ([], [])


# --- liquidations


def test_a_liquidation_is_no_ordinary_fill() -> None:
    """Neither in the stream nor for whoever listens; what the order desk sends itself stays a fill."""
    floor = Floor((PERP,), capital="1000")
    fills: list[events.OrderFilled] = []
    floor.kernel.bus.subscribe(events.OrderFilled, fills.append)
    floor.do("buy", PERP, "80")
    floor.trade(80.0)
    floor.trade(80.0)
    assert floor.account.held(PERP) == 0
    (told,) = lines(floor, "liquidated")
    assert told.startswith(f"sold 80 {PERP} at ")
    assert lines(floor, "filled") == [f"bought 80 {PERP} at 100.0, operator"]
    assert [fill.kind for fill in fills] == ["trade", "liquidation"]


# --- acts


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (
            {"verb": "buy", "quantity": "2", "limit": 90, "stop": "80.50", "target": 120, "reduce_only": True},
            f"buy {PERP} 2 limit 90 stop 80.5 target 120 reduce-only",
        ),
        ({"verb": "sell", "quantity": "0.5"}, f"sell {PERP} 0.5"),
        ({"verb": "protect", "stop": 95}, f"protect {PERP} stop 95"),
        ({"verb": "kill", "symbol": "", "cancel_only": True}, "kill cancel-only"),
        ({"verb": "pause", "symbol": "", "reason": "lunch"}, "pause (lunch)"),
        ({"verb": "set", "symbol": "", "key": "max_leverage", "value": "2"}, "set max_leverage 2"),
        ({"verb": "deposit", "symbol": "", "quantity": "500"}, "deposit 500"),
    ],
)
def test_an_act_is_told_with_all_its_words(words: dict[str, Any], sentence: str) -> None:
    """Whoever reads the stream, the log or the journal knows exactly what was asked for."""
    floor = Floor((PERP,))
    floor.ask(**{"symbol": PERP, **words})
    assert lines(floor, "operator") == [sentence]


# --- health


def test_a_strategy_that_fails_is_degraded_then_down() -> None:
    """Told when it changes, and not with every failure; the picture says the same."""
    stage = Stage()
    stage.kernel.strategies.add(Failing("failing", (PERP,), {}))
    stage.kernel.start()
    for _ in range(12):
        stage.tick(100.0, after_ns=SECOND)
    changes = [(event.component, event.state, event.reason) for event in heard(stage)]
    assert changes == [
        ("strategy failing", "degraded", "ValueError: no"),
        ("strategy failing", "down", "stopped after 10 failures, the last: ValueError: no"),
    ]
    assert picture(stage).snapshot().health["strategy failing"].state == "down"
    assert lines(stage, "health")[-1].startswith("strategy failing is down: stopped after 10 failures")


def test_a_strategy_that_could_not_start_is_down_and_says_why() -> None:
    """The reason holds what it failed with."""
    stage = Stage()
    stage.kernel.strategies.add(Failing("failing", (PERP,), {"at": "start"}))
    stage.kernel.start()
    assert [event.reason for event in heard(stage) if event.state == "down"] == [
        "it could not start, ValueError: not today"
    ]


def test_a_strategy_that_is_started_again_is_not_down_any_more() -> None:
    """After a stop and a start of the engine it has another try, and the picture does not say otherwise."""
    stage = Stage()
    stage.kernel.strategies.add(Failing("failing", (SPOT,), {}))
    stage.kernel.start()
    for _ in range(10):
        stage.tick(100.0, SPOT)
    stage.kernel.stop("for a while")
    stage.kernel.start()
    assert [event.state for event in heard(stage)] == ["degraded", "down", "degraded"]
    health = picture(stage).snapshot().health["strategy failing"]
    assert (health.state, health.reason) == ("degraded", "it was started again after 10 failures")


def test_a_failure_comes_with_its_traceback_for_the_log() -> None:
    """The sentence stays short for people; the place of the failure is in the details."""
    stage = Stage()
    stage.kernel.strategies.add(Failing("failing", (PERP,), {}))
    stage.kernel.start()
    stage.tick(100.0)
    (error,) = stage.heard(events.ErrorOccurred)
    assert isinstance(error, events.ErrorOccurred)
    assert error.sentence == "ValueError: no"
    assert 'raise ValueError("no")' in error.details
    assert "Traceback" not in "".join(line.text for line in stage.kernel.stream.lines())


def heard(stage: Stage) -> list[events.HealthChanged]:
    return [event for event in stage.heard(events.HealthChanged) if isinstance(event, events.HealthChanged)]


# --- counts


def test_the_picture_counts_what_queues_dropped() -> None:
    """All of them together, as they stand when somebody looks."""
    stage = Stage()
    views = picture(stage)
    assert views.snapshot().counts.dropped == 0
    dropped = [3, 4]
    views.count_drops(lambda: dropped[0])
    views.count_drops(lambda: dropped[1])
    assert views.snapshot().counts.dropped == 7
    dropped[0] = 10
    assert views.snapshot().counts.dropped == 14
