"""Holds our books against the exchange's: on demand, on a timer, after each reconnection and before anything is armed.

A comparison reads what is missing, then both pictures, and counts only if nothing was heard in between: books that move
are compared again, at most five times. A difference is believed when two rounds, some seconds apart, agree on it.
"""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from engine import events
from engine.account import Account
from engine.answers import Answer
from engine.bus import Bus
from engine.clock import Timeline
from engine.errors import CommandRefused
from engine.exchange.asking import Asking
from engine.exchange.catching_up import CatchUp
from engine.exchange.comparison import (
    CASH,
    PROGRAM,
    Difference,
    Verdict,
    missing_orders,
    money,
    positions,
    strange_order,
)
from engine.exchange.freezing import Freezer, Freezing
from engine.exchange.inquiry import Inquiry
from engine.exchange.patience import Patience
from engine.exchange.questions import (
    ListOpenOrders,
    ListPositions,
    OpenOrders,
    OrderTruth,
    Positions,
    ReadWallet,
    WalletTruth,
)

ROUNDS_MAX = 5
_WORST = tuple(Verdict)


@dataclass(slots=True)
class _Round:
    """Both pictures, as far as they have come."""

    number: int
    began_ns: int
    heard: int
    heard_of: Counter[str]
    replies: dict[str, Any] = field(default_factory=dict)


class Reconcile:
    """One comparison at a time; a person who asks while it runs gets the result of that one."""

    def __init__(
        self,
        timeline: Timeline,
        bus: Bus,
        account: Account,
        asking: Asking,
        catch_up: CatchUp,
        inquiry: Inquiry,
        freezer: Freezer,
        patience: Patience,
        *,
        prefix: str,
        cancel_orphan: Callable[[OrderTruth], None],
    ) -> None:
        self._timeline = timeline
        self._bus = bus
        self._account = account
        self._asking = asking
        self._catch_up = catch_up
        self._inquiry = inquiry
        self._freezing = Freezing(account, freezer)
        self._patience = patience
        self._prefix = prefix
        self._cancel_orphan = cancel_orphan
        self._answers: list[Answer] = []
        self._is_running = False
        self._is_wanted_again = False  # something happened that the one under way may have come too early for
        self._has_failed = False
        self._is_timed = False
        self._ran_ns = timeline.now_ns
        self._read_ns = timeline.now_ns  # up to here all executions and payments have been read
        self._is_wide = False  # read them again from long before
        self._suspected: set[str] = set()
        self._accepted: dict[str, Difference] = {}
        self.last_ns: int | None = None
        self.verdict: Verdict | None = None
        self.discrepancies: tuple[events.Discrepancy, ...] = ()
        self.foreign: tuple[str, ...] = ()  # open orders of another run of this program on this account
        inquiry.stream.when_whole.append(self._gap_closed)

    @property
    def lag_ns(self) -> int | None:
        """How long ago the books were compared."""
        return None if self.last_ns is None else self._timeline.now_ns - self.last_ns

    def differ(self) -> str | None:
        """Why our books and the exchange's do not agree, as far as anybody has looked; None while they do."""
        if self.last_ns is None:
            return "nobody has compared them yet; hean-tui reconcile does"
        return None if not self.discrepancies else self._sentence()

    def start(self) -> None:
        """Compare from now on again and again."""
        if not self._is_timed:
            self._is_timed = True
            self._wait()

    def run(self, answer: Answer | None = None) -> None:
        """Compare now; the answer tells in a sentence what was found."""
        if answer is not None:
            self._answers.append(answer)
        if self._is_running:
            self._is_wanted_again = self._is_wanted_again or answer is None
        else:
            self._is_running = True
            self._is_wanted_again = self._has_failed = False
            self._ran_ns = self._timeline.now_ns
            self._suspected = set()
            self._is_wide = False
            self._begin(1)

    def accept(self, symbol: str) -> bool:
        """A person has seen what others did in a symbol and takes it as it is; whether there was anything."""
        for told in self.discrepancies:
            if told.subject == symbol and told.verdict == Verdict.EXTERNAL:
                self._accepted[symbol] = _difference(told)
                self.run()
                return True
        return False

    # --- one round

    def _begin(self, number: int) -> None:
        now, catch_up, asking = self._timeline.now_ns, self._catch_up, self._asking
        this = _Round(number, now, catch_up.heard, catch_up.heard_of.copy())
        since = self._read_ns - (self._patience.history_ns if self._is_wide else self._patience.overlap_ns)
        catch_up.executions(since, partial(self._take, this, "executions"))
        catch_up.payments(since, partial(self._take, this, "payments"))
        asking.ask(ListOpenOrders(), partial(self._take, this, "orders"))
        asking.ask(ListPositions(), partial(self._take, this, "positions"))
        asking.ask(ReadWallet(), partial(self._take, this, "wallet"))

    def _take(self, this: _Round, name: str, reply: Any) -> None:
        this.replies[name] = reply
        if len(this.replies) == 5:
            self._judge(this)

    def _judge(self, this: _Round) -> None:
        replies = this.replies
        orders, held, wallet = replies["orders"], replies["positions"], replies["wallet"]
        if not (
            isinstance(orders, OpenOrders)
            and isinstance(held, Positions)
            and isinstance(wallet, WalletTruth)
            and replies["executions"] is not None
            and replies["payments"] is not None
        ):
            self._fail()
            return
        self._read_ns = this.began_ns
        is_last = this.number == ROUNDS_MAX
        has_moved = self._catch_up.heard != this.heard
        if has_moved and not is_last:
            self._repeat(this, self._patience.settle_ns)
            return
        strangers = self._inquiry.compare(orders.orders, is_fresh=not has_moved)
        found = positions(self._account, held.positions)
        if not any(each.verdict is Verdict.UNEXPLAINED for each in found):
            cash = money(self._account, held.positions, wallet.cash)
            found += [cash] if cash is not None else []
        found += missing_orders(self._account.open_orders.values(), orders.orders)
        found += [strange_order(truth, self._prefix, is_adding=self._adds_risk(truth)) for truth in strangers]
        found = [each for each in found if not self._is_accepted(each)]
        if has_moved:
            moved = self._catch_up.heard_of - this.heard_of
            found = [_in_flight(each) if each.symbol in moved or each.subject == CASH else each for each in found]
        doubtful = {each.subject for each in found if each.verdict is not Verdict.EXPLAINED}
        known = self._suspected | {told.subject for told in self.discrepancies}
        if doubtful - known and not is_last:
            self._suspected = doubtful
            self._is_wide = True
            self._repeat(this, self._patience.between_ns)
            return
        self._clear_orphans(strangers)
        self._report(this, found)

    def _repeat(self, this: _Round, after_ns: int) -> None:
        self._timeline.post(self._timeline.now_ns + after_ns, self._begin, this.number + 1)

    def _fail(self) -> None:
        """The exchange could not be read: no result, and the lag grows. The timer asks again soon."""
        self._has_failed = True
        for answer in self._end():
            answer.refuse(CommandRefused("the books were not compared: the exchange did not answer; ask again"))

    def _end(self) -> list[Answer]:
        """This comparison is over; returns who waited for it. What happened meanwhile asks for the next one."""
        self._is_running = False
        answers, self._answers = self._answers, []
        if self._is_wanted_again:
            self._timeline.post(self._timeline.now_ns, self.run)
        return answers

    def _clear_orphans(self, strangers: list[OrderTruth]) -> None:
        """An order of ours without a row must not add risk; one that protects stays."""
        for truth in strangers:
            if truth.order_id.startswith(self._prefix) and self._adds_risk(truth):
                self._cancel_orphan(truth)
        self.foreign = tuple(
            truth.order_id
            for truth in strangers
            if truth.order_id.startswith(PROGRAM) and not truth.order_id.startswith(self._prefix)
        )

    def _adds_risk(self, truth: OrderTruth) -> bool:
        market = self._account.markets.get(truth.symbol)
        return not truth.reduce_only and (market is None or not market.is_spot or truth.side > 0)

    # --- what comes of it

    def _report(self, this: _Round, found: list[Difference]) -> None:
        now = self._timeline.now_ns
        before = {told.subject: told for told in self.discrepancies}
        told = []
        for each in found:
            old = before.get(each.subject)
            since = now if old is None else old.since
            if each.verdict is Verdict.EXPLAINED and now - since > self._patience.alarm_ns:
                each = each._replace(verdict=Verdict.UNEXPLAINED)  # noqa: PLW2901 - it has been on its way for too long
            event = events.Discrepancy(now, *each[:6], since, each.evidence)
            told.append(event)
            if old is None or old.verdict != event.verdict:
                self._bus.publish(event)
        self.discrepancies = tuple(told)
        self.last_ns = this.began_ns
        self.verdict = max((Verdict(each.verdict) for each in told), key=_WORST.index, default=Verdict.EQUAL)
        self._freezing.follow(self.discrepancies)
        sentence = self._sentence()
        self._bus.publish(events.Reconciled(now, self.verdict, this.number, sentence))
        for answer in self._end():
            answer.settle(sentence)

    def _sentence(self) -> str:
        if not self.discrepancies:
            held = sum(1 for position in self._account.ledger.positions.values() if position.quantity)
            resting = len(self._account.open_orders)
            return f"the books agree: {held} positions, {resting} open orders and the cash"
        return "; ".join(told.evidence for told in self.discrepancies)

    def _is_accepted(self, found: Difference) -> bool:
        accepted = self._accepted.get(found.subject)
        if accepted is None or found.verdict is not Verdict.EXTERNAL:
            return False
        return accepted.theirs - accepted.ours == found.theirs - found.ours  # what others hold, however much is ours

    # --- the timer

    def _gap_closed(self) -> None:
        if self._is_timed:  # a start compares the books in a step of its own
            self.run()

    def _wait(self) -> None:
        self._timeline.post(self._timeline.now_ns + self._patience.compare_unknown_ns, self._due)

    def _due(self) -> None:
        is_due = self._timeline.now_ns - self._ran_ns >= self._patience.compare_ns
        if self._inquiry.unknown or self._has_failed or is_due:
            self.run()
        self._wait()


def _in_flight(found: Difference) -> Difference:
    return found._replace(verdict=Verdict.EXPLAINED, evidence=f"{found.evidence}; it moved while it was compared")


def _difference(told: events.Discrepancy) -> Difference:
    return Difference(
        told.subject, told.symbol, Verdict(told.verdict), told.owner, told.ours, told.theirs, told.evidence
    )
