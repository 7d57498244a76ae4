"""Each rule of the ladder: from which number on it closes what, how it is told, and when it is over."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine import events
from engine.clock import SECOND_NS
from engine.safety.degrade import Level
from engine.safety.degrade_rules import Thresholds
from engine.safety.safeguards import Safeguards
from engine.states import State
from tests.rehearsal import PERP, SECOND, SPOT
from tests.trading_floor import Floor

MS = 1_000_000
GB = 1_000_000_000


class Guarded(Floor):
    """A floor with safeguards, whose books agree whenever somebody compares them."""

    def __init__(self, limits: Thresholds | None = None) -> None:
        super().__init__()
        self.relieved = 0
        self.guards = Safeguards(self.kernel, limits, compare_books=self._compare, relieve=self._relieve)
        self.rules = self.guards.rules
        self.ladder = self.guards.ladder
        self.moves_told: list[events.LadderMoved] = []
        self.kernel.bus.subscribe(events.LadderMoved, self.moves_told.append)
        self.kernel.start()

    def _compare(self) -> None:
        now = self.timeline.now_ns
        self.kernel.bus.publish(events.Reconciled(now, "equal", 1, "the books agree"))

    def _relieve(self) -> None:
        self.relieved += 1

    def state(self) -> State:
        """What the engine is doing."""
        return self.kernel.state

    def level(self) -> Level:
        """Where the ladder is."""
        return self.ladder.level

    def slowed(self) -> str | None:
        """Why entries are slowed."""
        return self.rules.slowed

    def health(self, name: str) -> tuple[str, str]:
        """State and reason of a component."""
        view = self.kernel.health.views()[name]
        return view.state, view.reason


def test_a_stream_is_missed_after_ten_seconds() -> None:
    """A short break closes nothing; a long one closes the gate, and it opens when the stream is whole again."""
    floor = Guarded()
    say = floor.kernel.bus.publish
    say(events.HealthChanged(floor.timeline.now_ns, "private stream", "down", "the socket closed"))
    floor.pass_time(9)
    say(events.HealthChanged(floor.timeline.now_ns, "private stream", "healthy", "everything was read"))
    floor.pass_time(9)
    assert floor.level() is Level.TRADE
    say(events.HealthChanged(floor.timeline.now_ns, "private stream", "down", "the socket closed"))
    floor.pass_time(10)
    assert (floor.state(), floor.ladder.reason) == (
        State.REDUCE_ONLY,
        "the private stream has been down for 10 s: the socket closed",
    )
    say(events.HealthChanged(floor.timeline.now_ns, "private stream", "healthy", "everything was read"))
    assert floor.state() is State.RUNNING


def test_an_exchange_that_does_not_answer_is_lost_after_thirty_seconds() -> None:
    """Counted from the first question; one answer is enough to be there again."""
    floor = Guarded()
    floor.rules.api_silent("no answer came within 2 s")
    floor.pass_time(20)
    floor.rules.api_silent("no answer came within 2 s")
    assert floor.health("venue") == ("degraded", "no answer came within 2 s")
    floor.pass_time(10)
    assert floor.state() is State.REDUCE_ONLY
    assert floor.health("venue")[0] == "down"
    floor.rules.api_answered()
    assert (floor.state(), floor.health("venue")) == (State.RUNNING, ("healthy", ""))
    floor.pass_time(60)
    assert floor.state() is State.RUNNING


def test_five_slow_orders_in_a_row_slow_the_entries() -> None:
    """One quick one in between starts the count again; five quick ones end it."""
    floor = Guarded()
    for latency_ms in (600, 700, 800, 900, 500, 600, 700, 800, 900):
        floor.rules.order_took(latency_ms * MS)
    assert floor.slowed() is None
    floor.rules.order_took(501 * MS)
    assert floor.slowed() == "the last 5 orders took more than 500 ms each, the slowest 900 ms"
    assert floor.health("order latency")[0] == "degraded"
    assert floor.rules.refusal(PERP) is None
    floor.rules.entered()
    assert str(floor.rules.refusal(PERP)).startswith("entries are at least 5 s apart now")
    floor.pass_time(5)
    assert floor.rules.refusal(PERP) is None
    for _ in range(5):
        floor.rules.order_took(90 * MS)
    assert (floor.slowed(), floor.health("order latency")) == (None, ("healthy", ""))


def test_orders_are_timed_from_the_bus() -> None:
    """From leaving to the first news, whatever the news is; the venue of the floor takes 70 ms."""
    floor = Guarded(Thresholds(slow_order_ns=69 * MS, slow_orders=2))
    floor.do("buy", PERP, "0.1")
    assert floor.slowed() is None
    floor.do("buy", PERP, "0.1")
    assert floor.slowed() == "the last 2 orders took more than 69 ms each, the slowest 70 ms"


def test_the_first_failed_write_closes_the_gate_and_the_third_within_a_minute_rests() -> None:
    """The journal does not try again; a person has to look, and only once it was verified."""
    floor = Guarded()
    floor.rules.write_failed("input/output error")
    assert (floor.state(), floor.level()) == (State.REDUCE_ONLY, Level.REDUCE_ONLY)
    floor.rules.write_failed("input/output error")
    floor.pass_time(61)
    floor.rules.write_failed("input/output error")
    assert floor.level() is Level.REDUCE_ONLY
    floor.rules.write_failed("input/output error")
    floor.rules.write_failed("input/output error")
    assert (floor.state(), floor.level()) == (State.STOPPED, Level.SAFE_IDLE)
    assert floor.ladder.reason == "3 writes failed within 60 s: input/output error"
    assert floor.ladder.release("go on")
    floor.rules.journal_verified()
    assert floor.level() is Level.SAFE_IDLE
    assert not floor.ladder.release("the operator looked")
    floor.kernel.start()
    assert floor.state() is State.RUNNING


def test_memory_warns_then_closes_and_gives_back_once() -> None:
    """A number that trembles at its limit moves nothing twice."""
    floor = Guarded()
    for percent in (69, 71, 69, 89, 91, 89, 91, 86):
        floor.rules.memory(percent * 10_000_000, GB)
    assert floor.relieved == 1
    assert floor.state() is State.REDUCE_ONLY
    assert floor.health("memory") == ("down", "86% of 1.0 GB of memory are used, more than 90%")
    floor.rules.memory(850_000_000, GB)
    assert floor.state() is State.RUNNING
    assert floor.health("memory")[0] == "degraded"
    floor.rules.memory(600_000_000, GB)
    assert floor.health("memory") == ("healthy", "")
    assert [move.sentence for move in floor.moves_told] == [
        "91% of 1.0 GB of memory are used, more than 90%",
        "what was at fault has passed, and the books agree",
    ]


def test_a_disk_that_fills_is_told_three_times_and_closes_at_the_end() -> None:
    """Below 2 GB, below 500 MB, below 100 MB; with the numbers."""
    floor = Guarded()
    for free in (3 * GB, 2 * GB - 1, GB, 400_000_000, 99_000_000):
        floor.rules.disk(free)
    told = [each for each in floor.kernel.stream.lines() if each.word == "health"]
    assert [each.text for each in told] == [
        "disk is degraded: 2.0 GB are free where the journal is, less than 2.0 GB",
        "disk is degraded: 400 MB are free where the journal is, less than 500 MB",
        "disk is down: 99 MB are free where the journal is, less than 100 MB",
    ]
    assert floor.state() is State.REDUCE_ONLY
    floor.rules.disk(104_000_000)
    assert floor.state() is State.REDUCE_ONLY
    floor.rules.disk(106_000_000)
    assert floor.state() is State.RUNNING
    floor.rules.disk(5 * GB)
    assert floor.health("disk") == ("healthy", "")


@pytest.mark.parametrize("sign", [1, -1])
def test_a_clock_that_is_off_closes_the_gate(sign: int) -> None:
    """Half a second either way; it has to be clearly less to be over."""
    floor = Guarded()
    floor.rules.clock(sign * 500 * MS)
    assert floor.state() is State.RUNNING
    floor.rules.clock(sign * 501 * MS)
    assert floor.ladder.reason == "the clock is off by 501 ms, more than 500 ms"
    floor.rules.clock(sign * 480 * MS)
    assert floor.state() is State.REDUCE_ONLY
    floor.rules.clock(0)
    assert floor.state() is State.RUNNING


def test_a_fourth_restart_stays_down_until_a_person_looked() -> None:
    """Three are nothing; four within five minutes are a loop."""
    floor = Guarded()
    floor.rules.restarted(3)
    assert floor.state() is State.RUNNING
    floor.rules.restarted(4)
    assert (floor.state(), floor.level()) == (State.STOPPED, Level.SAFE_IDLE)
    floor.kernel.start()
    assert floor.state() is State.REDUCE_ONLY
    assert not floor.ladder.release("the operator looked")
    assert floor.state() is State.RUNNING


def test_a_silent_market_matters_where_a_position_is() -> None:
    """Without one it is only said; with one the gate closes until it is heard of again."""
    floor = Guarded()
    floor.guards.watch_market()
    floor.pass_time(20)
    assert floor.state() is State.RUNNING
    assert floor.health(f"market {PERP}")[0] == "degraded"
    assert "is filled" in floor.do("buy", PERP, "1")
    floor.trade(100.0, PERP)
    floor.trade(100.0, SPOT)
    floor.pass_time(2)
    assert floor.state() is State.RUNNING
    floor.pass_time(6)
    assert floor.state() is State.REDUCE_ONLY
    assert floor.ladder.reason.startswith(f"{PERP} is held and nothing was heard of it for ")
    assert "is filled" in floor.do("sell", PERP, "0.5", reduce_only=True)
    floor.trade(100.0, PERP)
    floor.pass_time(2)
    assert floor.state() is State.RUNNING


def test_a_position_that_nobody_can_see_is_closed_where_that_was_wanted() -> None:
    """After the time that was set, and only while the exchange answers."""
    floor = Guarded(Thresholds(blind_flat_ns=60 * SECOND))
    floor.guards.watch_market()
    floor.do("buy", PERP, "1")
    floor.rules.api_silent("no answer")
    floor.pass_time(70)
    assert floor.level() is Level.REDUCE_ONLY
    floor.rules.api_answered()
    floor.pass_time(4)
    assert floor.level() is Level.FLAT
    floor.trade(100.0, PERP)
    floor.pass_time(4)
    assert floor.account.is_flat(PERP)
    assert floor.state() is State.RUNNING


def test_what_a_fault_closed_a_person_cannot_open_by_mistake() -> None:
    """`resume` opens what a person closed; the fault stays, and what a person closed outlives the fault."""
    floor = Guarded()
    floor.rules.disk(1)
    floor.do("resume")
    assert floor.state() is State.REDUCE_ONLY
    floor.kernel.close_gate("the gate was closed by the operator")
    floor.rules.disk(5 * GB)
    assert (floor.state(), floor.account.entries_closed) == (
        State.REDUCE_ONLY,
        "the gate was closed by the operator",
    )


def test_entries_are_refused_and_cancelled_while_exits_pass() -> None:
    """Reduce-only is what it says, with the reason in the refusal."""
    floor = Guarded()
    floor.do("buy", PERP, "1", stop=90)
    floor.do("buy", PERP, "1", limit=80)
    floor.rules.disk(50_000_000)
    floor.pass_time(1)
    assert [order.reduce_only for order in floor.account.open_orders.values()] == [True]
    assert "50 MB are free where the journal is" in floor.do("buy", PERP, "1")
    assert floor.do("close", PERP).startswith("close")
    assert floor.account.is_flat(PERP)


@given(st.lists(st.tuples(st.sampled_from(["disk", "memory", "clock"]), st.integers(0, 1_100)), max_size=50))
def test_whatever_is_measured_the_gate_is_closed_exactly_while_something_is_too_much(
    measured: list[tuple[str, int]],
) -> None:
    """Beyond a limit it is closed, clearly below all limits it is open, and events tell each move once."""
    floor = Guarded()
    latest = {"disk": 0, "memory": 0, "clock": 0}
    for name, value in measured:
        latest[name] = value
        if name == "disk":
            floor.rules.disk(1_100_000_000 - value * 1_000_000)
        elif name == "memory":
            floor.rules.memory(value, 1_000)
        else:
            floor.rules.clock(value * MS)
        beyond = [latest["disk"] > 1_000, latest["memory"] > 900, latest["clock"] > 500]
        below = [latest["disk"] <= 995, latest["memory"] <= 855, latest["clock"] <= 475]
        if any(beyond):
            assert floor.state() is State.REDUCE_ONLY
        if all(below):
            assert floor.state() is State.RUNNING
    for before, after in zip(floor.moves_told, floor.moves_told[1:], strict=False):
        assert before.after == after.before
    assert floor.timeline.now_ns >= SECOND_NS
