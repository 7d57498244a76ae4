"""Everything between a journaled paper run and its venue: courier, questions, comparisons, safeguards, the start."""

from collections.abc import Callable
from decimal import Decimal
from functools import partial
from typing import NamedTuple

from engine import events
from engine.answers import Answer
from engine.clock import SECOND_NS
from engine.commands import CancelOrder
from engine.errors import CommandRefused
from engine.exchange.correspondence import Correspondence
from engine.exchange.patience import Patience
from engine.exchange.questions import OrderTruth
from engine.facade import Ask, Verb
from engine.kernel import Kernel
from engine.operator import Operator
from engine.ports import Exchange
from engine.record.recorder import Recorder
from engine.recovery.outside import Outside
from engine.recovery.recovery import Recovery
from engine.recovery.unfinished import finish
from engine.safety.kill_limits import KillLimits
from engine.safety.kill_triggers import Drawdown
from engine.safety.safeguards import Safeguards
from engine.unwinding.flattening import Flattening

QUIET_NS = 600 * SECOND_NS  # a coin of the built-in market may trade as rarely as that
MARKLESS_NS = 6 * SECOND_NS  # marks come every four seconds


class Pace(NamedTuple):
    """How often what should agree is looked at, in engine time."""

    compare_ns: int
    look_ns: int
    prices_ns: int  # between two notes of all prices
    judge_ns: int  # between two judgements, with their marks, of what is held; 0: only where the guard says so
    markless_ns: int = MARKLESS_NS  # a contract without a mark for longer than this is silent


IN_TIME = Pace(30 * SECOND_NS, 2 * SECOND_NS, 10 * SECOND_NS, SECOND_NS)
# Hours of engine time are half a second of a real clock there.
AT_FULL_SPEED = Pace(600 * SECOND_NS, 30 * SECOND_NS, 600 * SECOND_NS, 0)


class PaperLinks:
    """The parts, joined around a kernel."""

    def __init__(self, kernel: Kernel, exchange: Exchange, recorder: Recorder, floor_ns: int, pace: Pace) -> None:
        self._pace = pace
        self._kernel = kernel
        self._recorder = recorder
        self.safeguards = safeguards = Safeguards(
            kernel, compare_books=self._compare, began_ns=lambda: self.correspondence.reconcile.last_ns
        )
        self.correspondence = parts = Correspondence(
            kernel,
            exchange,
            safeguards.ladder,
            cancel_orphan=self._cancel_orphan,
            floor_ns=floor_ns,
            patience=Patience(compare_ns=self._pace.compare_ns),
        )
        kernel.door = parts.door
        parts.asking.when_answered = safeguards.rules.api_answered
        parts.asking.when_silent = safeguards.rules.api_silent
        kernel.orders.frozen = safeguards.rules.refusal
        recorder.send = parts.courier.send
        recorder.when_lost = safeguards.rules.write_failed
        self.deliver: Callable[[events.Event], None] = parts.catch_up.deliver

    def watch_over(self, operator: Operator, limits: KillLimits, drawdown: Drawdown, *, wants_stops: bool) -> None:
        """Measure what has no stop from now on, and let rules kill once the run has begun."""
        reconcile = self.correspondence.reconcile
        self.safeguards.measure_naked(wants_stops=wants_stops)
        self.safeguards.let_rules_kill(operator, limits, drawdown, lambda: reconcile.discrepancies)

    def begin(self) -> None:
        """From now on books are compared, prices are written down, and what is held is judged on them."""
        timeline = self._kernel.timeline
        timeline.every(self._pace.prices_ns, self._kernel.note_prices)
        if self._pace.judge_ns:
            timeline.every(self._pace.judge_ns, self._judge)
        self.safeguards.watch_market(self._quiet_ns, self._pace.look_ns)
        self.safeguards.arm()
        self.correspondence.reconcile.start()

    def recover(self, operator: Operator, facts: dict[int, str], since_ns: int, stop: Decimal | None) -> Recovery:
        """Earlier runs left something: find out what happened since, then work; the start says how far it is."""
        kernel = self._kernel

        def protect(symbol: str, answer: Answer) -> None:
            if stop is None:
                answer.settle(f"{symbol} has no stop, and the settings want none")
                return
            held = kernel.account.held(symbol)
            mark = kernel.markets.mark(symbol)
            price = mark * (1 - stop) if held > 0 else mark * (1 + stop)
            placed = operator.handle(Ask(verb=Verb.PROTECT, symbol=symbol, stop=price, reason="found without a stop"))
            placed.when_settled(lambda done: _pass_on(done, answer))

        def flatten(symbols: tuple[str, ...], answer: Answer) -> None:
            Flattening(kernel, answer, "nothing protected it", symbols)

        def arm(doubts: tuple[str, ...]) -> str:
            if doubts:
                kernel.close_gate("; ".join(doubts))
            self.begin()
            kernel.go_on()
            why = "; ".join(doubts) or kernel.standing.resting
            return f"{kernel.state}: {why}" if why else str(kernel.state)

        outside = Outside(protect=protect, flatten=flatten, finish=partial(finish, kernel), arm=arm)
        recovery = Recovery(kernel, self.correspondence, outside, facts, since_ns)
        kernel.recover()
        recovery.begin()
        return recovery

    def _quiet_ns(self, symbol: str) -> int:
        return QUIET_NS if self._kernel.markets[symbol].is_spot else self._pace.markless_ns

    def _judge(self) -> None:
        if self._kernel.losses.marks_held():
            self._kernel.judge()

    # --- what faults lead to

    def _compare(self) -> None:
        self.correspondence.reconcile.run()

    def _cancel_orphan(self, truth: OrderTruth) -> None:
        """An order of ours without a row, which could add risk: taken back, by its name alone."""
        self._recorder.cancel_orphan(CancelOrder(truth.order_id, truth.symbol))


def _pass_on(done: Answer, answer: Answer) -> None:
    if done.refusal is not None:
        answer.refuse(CommandRefused(str(done.refusal)))
    else:
        answer.settle(str(done.sentence))
