"""The start, from the exchange's clock to arming. Each step can be done again: a start that dies begins at the top.

What happened before there was an engine (lock, storage, chain, fold) is told to it as facts. It never gives up on an
exchange that does not answer, and it never arms on one; the list says what it is waiting for.
"""

from collections.abc import Callable, Mapping

from engine.answers import Answer
from engine.errors import CommandRefused
from engine.exchange.asking import Then
from engine.exchange.comparison import Verdict
from engine.exchange.correspondence import Correspondence
from engine.exchange.questions import ClockTruth, Question, ReadClock
from engine.faultpoints import reach
from engine.kernel import Kernel
from engine.orders import Status
from engine.recovery.checklist import FIRST_AT_EXCHANGE, NAMES, CheckList, Step, StepState
from engine.recovery.outside import Outside
from engine.recovery.protecting import Protecting, naked

CLOCK_LOOKS = 3
LOOKS = 2  # more, at what was filled while its stop was on the way
CLOCK_ERROR_MAX_NS = 500_000_000
_ON_THEIR_WAY = (Status.SUBMITTED, Status.UNKNOWN, Status.CANCELLING, Status.AMENDING)


class Recovery:
    """One start. `since_ns` is the moment of the last execution or payment that the journal knows."""

    def __init__(
        self,
        kernel: Kernel,
        correspondence: Correspondence,
        outside: Outside,
        facts: Mapping[int, str],
        since_ns: int,
        *,
        doubts: tuple[str, ...] = (),
        fault_point: Callable[[str], None] = reach,
    ) -> None:
        self._kernel = kernel
        self._parts = correspondence
        self._outside = outside
        self._since_ns = since_ns
        self._fault_point = fault_point
        self._list = CheckList(facts)
        self._doubts = list(doubts)  # what speaks against arming
        self._at = FIRST_AT_EXCHANGE - 1
        self._tried = 0
        self._clock: list[tuple[int, int]] = []  # (how long the question took, offset)
        self.over = Answer()  # settles when the last step is done, refuses where one ended the start
        self._steps: dict[int, Callable[[], None]] = {
            6: self._measure_clock,
            7: self._check_account,
            8: self._read_picture,
            9: self._resolve_unknown,
            10: self._clear_orphans,
            11: self._compare_books,
            12: self._protect,
            13: self._finish,
            14: self._wait_for_market,
            15: self._arm,
        }

    @property
    def steps(self) -> tuple[Step, ...]:
        """The check list."""
        return self._list.steps

    def begin(self) -> None:
        """Do all steps, one after the other."""
        self._next()

    # --- one step after the other

    def _next(self) -> None:
        self._at += 1
        self._tried = 0
        if self._at == len(NAMES):
            self.over.settle(self._list.steps[-1].sentence)
            return
        self._fault_point(f"recovery.step_{self._at}")
        self._say("begun")
        self._steps[self._at]()

    def _say(self, sentence: str) -> None:
        self._list.mark(self._at, StepState.RUNNING, sentence)

    def _done(self, sentence: str, *doubts: str) -> None:
        self._doubts += doubts
        self._list.mark(self._at, StepState.DOUBTFUL if doubts else StepState.DONE, sentence)
        self._next()

    def _refuse(self, sentence: str) -> None:
        self._list.mark(self._at, StepState.REFUSED, sentence)
        self.over.refuse(CommandRefused(sentence))

    def _again(self, call: Callable[[], None], sentence: str) -> None:
        """The exchange did not answer: say so and try again, for as long as it takes."""
        self._say(sentence)
        timeline = self._kernel.timeline
        timeline.post(timeline.now_ns + self._parts.patience.retry_ns(self._tried), call)
        self._tried += 1

    def _ask(self, question: Question, then: Then) -> None:
        self._parts.asking.ask(question, then)

    # --- the steps

    def _measure_clock(self) -> None:
        timeline = self._kernel.timeline
        asked_ns = timeline.now_ns

        def told(reply: object) -> None:
            if not isinstance(reply, ClockTruth):
                self._again(self._measure_clock, "the exchange does not answer; asking again")
                return
            took_ns = timeline.now_ns - asked_ns
            self._clock.append((took_ns, reply.ts - asked_ns - took_ns // 2))
            if len(self._clock) < CLOCK_LOOKS:
                self._measure_clock()
                return
            took_ns, offset_ns = min(self._clock)
            self._outside.set_offset(offset_ns)
            sentence = f"{offset_ns / 1e6:+.1f} ms from the exchange's, within {took_ns / 2e6:.1f} ms"
            doubt = "the exchange's time is not known within 500 ms"
            self._done(sentence, *([doubt] if took_ns > 2 * CLOCK_ERROR_MAX_NS else []))

        self._ask(ReadClock(), told)

    def _check_account(self) -> None:
        answer = Answer()
        answer.when_settled(
            lambda settled: (
                self._done(str(settled.sentence)) if settled.refusal is None else self._refuse(str(settled.refusal))
            )
        )
        self._outside.check_account(answer)

    def _read_picture(self) -> None:
        """The stream first, and what it tells is kept back until the lists have been read."""
        catch_up, stream = self._parts.catch_up, self._parts.inquiry.stream
        before = catch_up.told_late
        catch_up.hold()

        def opened(answer: Answer) -> None:
            if answer.refusal is not None:
                self._again(self._read_picture, str(answer.refusal))
                return
            stream.when_whole.append(whole)
            stream.read_from(self._since_ns - self._parts.patience.history_ns)

        def whole() -> None:
            stream.when_whole.remove(whole)
            catch_up.release()
            found = catch_up.told_late - before
            self._done(f"everything since the journal's last word was read; {found} facts were new")

        self._say("reading orders, executions and payments")
        answer = Answer()
        answer.when_settled(opened)
        self._outside.open_stream(answer)

    def _resolve_unknown(self) -> None:
        inquiry, courier = self._parts.inquiry, self._parts.courier
        inquiry.began_ns = self._kernel.timeline.now_ns
        lost = [order for order in self._kernel.account.open_orders.values() if order.status in _ON_THEIR_WAY]
        for order in lost:
            again = courier.free_again if order.status is Status.CANCELLING else None
            inquiry.lose(order, "the program ended before an answer came", again)
        if inquiry.unknown:
            self._say(f"asking after {inquiry.unknown} orders; a proof of absence takes until the fence")
            self._protect_meanwhile()
        inquiry.when_quiet(lambda: self._done(f"{len(lost)} orders were on their way; the fate of each is known"))

    def _protect_meanwhile(self) -> None:
        """What is known to be held does not wait for its stop until all else is known; step 12 looks at it again."""
        kernel = self._kernel
        Protecting(kernel.timeline, kernel.account, self._outside, self._parts.patience, _see_later)

    def _clear_orphans(self) -> None:
        self._reconcile(self._cleared)

    def _cleared(self, _: str) -> None:
        foreign = self._parts.reconcile.foreign
        if foreign:
            sentence = f"another run of this program has orders on this account: {', '.join(foreign)}"
            self._done(sentence, sentence)
        else:
            self._done("no order of ours is without its row")

    def _compare_books(self) -> None:
        self._reconcile(self._compared)

    def _compared(self, sentence: str) -> None:
        is_bad = self._parts.reconcile.verdict is Verdict.UNEXPLAINED
        self._done(sentence, *([sentence] if is_bad else []))

    def _reconcile(self, then: Callable[[str], None]) -> None:
        def compared(answer: Answer) -> None:
            if answer.refusal is not None:
                self._again(lambda: self._reconcile(then), str(answer.refusal))
            else:
                then(str(answer.sentence))

        answer = Answer()
        answer.when_settled(compared)
        self._parts.reconcile.run(answer)

    def _protect(self, looks_left: int = LOOKS) -> None:
        """What was filled while its stop was on the way is looked at again."""
        kernel = self._kernel

        def told(sentence: str, bare: list[str]) -> None:
            if looks_left and not bare and naked(kernel.account):
                self._protect(looks_left - 1)
            else:
                self._done(sentence, *bare)

        Protecting(kernel.timeline, kernel.account, self._outside, self._parts.patience, told)

    def _finish(self) -> None:
        def finished(answer: Answer) -> None:
            if answer.refusal is None:
                self._done(str(answer.sentence))
            else:
                self._done(str(answer.refusal), str(answer.refusal))

        if self._outside.finish is None:
            self._done("nothing was left half done")
            return
        self._say("ending what the last run began")
        answer = Answer()
        answer.when_settled(finished)
        self._outside.finish(answer)

    def _wait_for_market(self) -> None:
        reason = self._outside.stale()
        if reason is None:
            self._done("market data is fresh")
            return
        self._say(f"waiting: {reason}")
        timeline = self._kernel.timeline
        timeline.post(timeline.now_ns + self._parts.patience.settle_ns, self._wait_for_market)

    def _arm(self) -> None:
        self._parts.reconcile.start()
        doubts = tuple(self._doubts)
        self._done(self._outside.arm(doubts), *([] if not doubts else ["there are doubts"]))


def _see_later(sentence: str, bare: list[str]) -> None:
    """Whatever came of it."""
