"""A journal folded into a fresh kernel is the state that the run ended in, whatever happened in it."""

from decimal import Decimal
from functools import cache
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.facade import Ask, Verb
from engine.record.folding import Fold
from engine.record.saving import load, save
from engine.session import Session
from hean_tui.bootstrap import PaperRun, build_paper_session
from hean_tui.replaying import fresh_kernel, replay_from
from hean_tui.run_facts import facts_of
from hean_tui.times import START_NS
from risk.limits import Limits
from tests.journal_in_memory import MemoryJournal

HOUR = 3600 * 1_000_000_000
PERP = "BTC/USDT:USDT"


class MemoryBooks:
    """The books of a folder that is nowhere."""

    def __init__(self) -> None:
        self.journal = MemoryJournal()
        self.epoch = 7
        self.run = "memory"
        self.runs: list[object] = []
        self.went_to_ns = None
        self.saved_seq = 0
        self.has_kill_flag = False

    def keep_kill_flag(self, _: object) -> None:
        """There is no folder for it."""

    def save(self, *_: object) -> None:
        """A snapshot is kept nowhere."""


def session_of(seed: int, scenario: str = "normal", limits: Limits | None = None) -> tuple[Session, MemoryJournal]:
    """A run of the whole engine that writes into memory."""
    books = MemoryBooks()
    run = PaperRun(
        seed=seed,
        scenario=scenario,
        symbols=(PERP, "BTC/USDT", "ETH/USDT:USDT"),
        strategies=("ema_cross", "impulse"),
        parameters={},
        capital=Decimal(10_000),
        limits=limits or Limits(),
    )
    return build_paper_session(run, books=books), books.journal  # type: ignore[arg-type]


def ask(session: Session, verb: Verb, **more: object) -> None:
    """An operator asks, whatever comes of it."""
    session.operator.handle(Ask(verb=verb, **more))  # type: ignore[arg-type]


@pytest.mark.parametrize(("seed", "scenario"), [(1, "normal"), (2, "crash"), (3, "outage")])
def test_a_day_folds_into_the_state_it_ended_in(seed: int, scenario: str) -> None:
    """Every hour of the day is proven on the way, and nothing is left over."""
    session, journal = session_of(seed, scenario)
    session.run_until(START_NS + 24 * HOUR)
    replayed = replay_from(journal.rows)
    assert replayed.kernel.state_hash() == session.kernel.state_hash()
    assert replayed.fold.differences == []
    assert replayed.fold.proofs == 24
    assert replayed.fold.finish() == []
    assert journal.of("execution"), "a day in which nothing was traded would prove nothing"


def test_halts_kills_limits_and_transfers_fold() -> None:
    """What a person does is as much a part of the journal as what the market does."""
    session, journal = session_of(5)
    steps: list[tuple[int, Verb, dict[str, object]]] = [
        (1, Verb.BUY, {"symbol": PERP, "quantity": Decimal("0.01"), "stop": Decimal(1_000)}),
        (2, Verb.SET, {"key": "max_leverage", "value": "2"}),
        (3, Verb.DEPOSIT, {"quantity": Decimal(500)}),
        (4, Verb.PAUSE, {}),
        (5, Verb.MARKET, {"symbol": PERP, "value": "-0.3"}),
        (6, Verb.RESUME, {}),
        (7, Verb.SET, {"key": "daily_drawdown_limit", "value": "0.0001"}),
        (9, Verb.STOP, {}),
        (10, Verb.START, {}),
        (12, Verb.FLATTEN, {}),
        (30, Verb.KILL, {"reason": "enough"}),
    ]
    for hour, verb, more in steps:
        session.run_until(START_NS + hour * HOUR)
        ask(session, verb, **more)
    session.run_until(START_NS + 31 * HOUR)
    replayed = replay_from(journal.rows)
    assert replayed.fold.differences == []
    assert replayed.kernel.state_hash() == session.kernel.state_hash()
    assert replayed.kernel.state == "killed"
    assert {"halt", "ledger", "mode"} <= {row.kind for row in journal.rows}


@given(cut=st.floats(0, 1), seed=st.integers(0, 3))
def test_a_journal_that_was_cut_off_anywhere_still_folds(cut: float, seed: int) -> None:
    """After a crash the position is the signed sum of the executions that are written down, and nothing differs."""
    rows = recorded(seed).rows
    kept = rows[: max(2, int(len(rows) * cut))]
    replayed = replay_from(kept)
    assert replayed.fold.differences == []
    journal = MemoryJournal()
    journal.rows = list(kept)
    sums: dict[str, Decimal] = {}
    for execution in journal.of("execution"):
        quantity = Decimal(execution["quantity"]) * execution["side"]
        if execution["symbol"].endswith(":USDT"):
            sums[execution["symbol"]] = sums.get(execution["symbol"], Decimal(0)) + quantity
    for symbol, quantity in sums.items():
        assert replayed.kernel.account.held(symbol) == quantity


@given(cut=st.floats(0, 1), seed=st.integers(0, 3))
def test_a_saved_state_goes_on_like_the_one_that_was_saved(cut: float, seed: int) -> None:
    """Saved at any row, loaded into a fresh kernel and folded on, it ends where the whole journal ends."""
    rows = recorded(seed).rows
    at = max(2, int(len(rows) * cut))
    first = replay_from(rows[:at])
    fresh = fresh_kernel([facts_of(row.body) for row in rows if row.kind == "run_start"])
    load(fresh, save(first.kernel))
    assert fresh.state_hash() == first.kernel.state_hash()
    assert save(fresh) == save(first.kernel)
    # What follows from the last rows and has no row of its own yet is not part of a state.
    rest = Fold(fresh)
    fresh.expected = list(first.kernel.expected or [])
    rest.take(rows[at:])
    assert rest.differences == []
    assert fresh.state_hash() == end_of(seed)


def test_a_state_that_is_loaded_leaves_nothing_of_the_one_before() -> None:
    """A snapshot that turns out to be wrong is laid aside after it was loaded, and every row is read instead."""
    rows = recorded(1).rows
    runs = [facts_of(row.body) for row in rows if row.kind == "run_start"]
    kernel, fresh = fresh_kernel(runs), fresh_kernel(runs)
    load(kernel, save(replay_from(rows).kernel))
    load(kernel, save(fresh))
    assert save(kernel) == save(fresh)
    Fold(kernel).take(rows)
    assert kernel.state_hash() == end_of(1)


def test_a_state_that_was_saved_while_a_start_went_on_is_the_same_again() -> None:
    """A crash in the midst of a start may leave a snapshot of just that, and the next start relies on it."""
    session, journal = session_of(5)
    session.run_until(START_NS + HOUR)
    kernel = replay_from(journal.rows).kernel
    kernel.begin_run({})
    kernel.recover()
    again = fresh_kernel([facts_of(row.body) for row in journal.rows if row.kind == "run_start"])
    load(again, save(kernel))
    assert again.state == "starting"
    assert again.state_hash() == kernel.state_hash()


def test_strategies_that_were_let_rest_go_on_resting_after_a_crash_alone() -> None:
    """A run that ends in order is begun anew by whoever wants them to work."""
    session, journal = session_of(5)
    session.run_until(START_NS + HOUR)
    ask(session, Verb.STOP, reason="out for lunch")
    crashed = replay_from(journal.rows).kernel
    session.finish()
    ended = replay_from(journal.rows).kernel
    for kernel, state in ((crashed, "stopped"), (ended, "running")):
        again = fresh_kernel([facts_of(row.body) for row in journal.rows if row.kind == "run_start"])
        load(again, save(kernel))  # a snapshot says it too
        again.begin_run({})
        again.recover()
        again.go_on()
        assert again.state == state
        assert again.standing.resting == ("out for lunch" if state == "stopped" else None)
        again.start()
        assert again.state == "running"


def test_names_that_a_run_used_without_a_row_are_not_used_again() -> None:
    """Runs that died with their first row alone, after a kill perhaps: each next one counts on a thousand further."""
    rows = recorded(0).rows
    start = next(row for row in rows if row.kind == "run_start")
    numbers = [replay_from([*rows, *[start] * died]).kernel.orders.ids.number for died in range(3)]
    assert [later - before for before, later in pairwise(numbers)] == [1_000, 1_000]
    assert numbers[0] >= len({intent["intent"] for intent in recorded(0).of("intent")})


def test_one_digit_that_was_changed_is_noticed() -> None:
    """A proof further on does not hold for books that are another cent."""
    rows = list(recorded(0).rows)
    at = next(index for index, row in enumerate(rows) if row.kind == "execution")
    body = rows[at].body
    start = body.index(b'"fee":"') + len(b'"fee":"')
    rows[at] = rows[at]._replace(body=body[:start] + b"9" + body[start:])
    assert replay_from(rows).fold.differences


@cache
def recorded(seed: int) -> MemoryJournal:
    """A run of ten hours, made once."""
    session, journal = session_of(10 + seed)
    session.run_until(START_NS + 10 * HOUR)
    return journal


@cache
def end_of(seed: int) -> str:
    """The hash that all of its rows lead to."""
    return replay_from(recorded(seed).rows).kernel.state_hash()
