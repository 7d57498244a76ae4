"""Two rules about books that are wrong: beside the exchange's, and beside the executions that they are made of."""

from collections.abc import Callable, Iterable
from decimal import Decimal

from engine import events
from engine.account import Account
from engine.bus import Bus
from engine.clock import SECOND_NS, Timeline
from engine.exchange.comparison import Verdict
from engine.money import ZERO, plain
from engine.safety.automatic_kill import Cause
from engine.safety.exposure import is_exposed
from engine.safety.kill_limits import POSITION_CALCULATION, RECONCILE_MISMATCH, KillLimits

_REMEMBERED = 50_000  # executions, by id


class ReconcileMismatch:
    """Counts in how many comparisons in a row a part of the books differed and nobody knew why."""

    def __init__(
        self,
        timeline: Timeline,
        bus: Bus,
        account: Account,
        discrepancies: Callable[[], Iterable[events.Discrepancy]],
        limits: KillLimits,
        kill: Callable[[Cause], None],
    ) -> None:
        self._timeline = timeline
        self._account = account
        self._discrepancies = discrepancies
        self._limits = limits
        self._kill = kill
        self._seen: dict[str, tuple[int, int]] = {}  # since when, and in how many comparisons
        bus.subscribe(events.Reconciled, self._on_reconciled)

    def reset(self) -> None:
        """Begin to count anew."""
        self._seen.clear()

    def _on_reconciled(self, _: events.Reconciled) -> None:
        now, limits = self._timeline.now_ns, self._limits
        unexplained = {told.subject: told for told in self._discrepancies() if told.verdict == Verdict.UNEXPLAINED}
        seen = {}
        for subject in unexplained:
            since_ns, times = self._seen.get(subject, (now, 0))
            seen[subject] = since_ns, times + 1
        self._seen = seen
        for subject, (since_ns, times) in seen.items():
            told = unexplained[subject]
            is_held = subject == told.symbol and told.theirs != ZERO
            long_enough = times >= limits.mismatches and now - since_ns >= limits.mismatch_ns
            if long_enough and (is_held or is_exposed(self._account)):
                self._fire(told, times, now - since_ns)
                return

    def _fire(self, told: events.Discrepancy, times: int, for_ns: int) -> None:
        for_s = for_ns / SECOND_NS
        sentence = f"{times} comparisons of the books in a row, over {for_s:.0f} s, found {told.evidence}"
        figures = {"subject": told.subject, "ours": told.ours, "theirs": told.theirs, "comparisons": times}
        evidence = {**figures, "for_s": for_s, "limit_s": self._limits.mismatch_ns / SECOND_NS}
        self._kill(Cause(rule=RECONCILE_MISMATCH, sentence=sentence, evidence=evidence))


class PositionCalculation:
    """Counts every position again, from the executions alone; to be made when the books are known to be right.

    What it counts is neither the ledger's nor the shares' arithmetic, and it knows executions by id for itself: what
    is booked twice, or not at all, is a difference at once.
    """

    def __init__(
        self,
        timeline: Timeline,
        bus: Bus,
        account: Account,
        known: Iterable[str],
        limits: KillLimits,
        kill: Callable[[Cause], None],
    ) -> None:
        self._account = account
        self._kill = kill
        self._known = set(known)
        self._older: set[str] = set()
        self._counted: dict[str, Decimal] = {}
        self._executions = 0
        self.reset()
        bus.subscribe(events.Execution, self._on_execution)
        timeline.every(limits.recount_ns, self.look)

    def reset(self) -> None:
        """A person has seen the books and takes them as they are."""
        positions = self._account.ledger.positions
        self._counted = {symbol: position.quantity for symbol, position in positions.items()}

    def look(self) -> None:
        """Hold everything against what was counted."""
        positions = self._account.ledger.positions
        for symbol in (*positions, *(symbol for symbol in self._counted if symbol not in positions)):
            if self._differs(symbol):
                return
        ledger = self._account.ledger
        counted = ledger.deposits + ledger.realised - ledger.fees + ledger.funding
        if ledger.cash != counted:
            parts = "what was paid in, realised, paid in fees and received as funding comes to"
            told = f"the cash is {plain(ledger.cash)}, but {parts} {plain(counted)}"
            self._fire("cash", told, ledger.cash, counted)

    def _on_execution(self, event: events.Execution) -> None:
        if event.execution_id in self._known or event.execution_id in self._older:
            return
        self._known.add(event.execution_id)
        if len(self._known) >= _REMEMBERED:
            self._older, self._known = self._known, set()
        self._executions += 1
        symbol = event.symbol
        signed = event.quantity if event.side > 0 else -event.quantity
        market = self._account.markets[symbol]
        if market.is_spot and event.fee_currency == market.instrument.base:
            signed -= event.fee  # coin that never arrived
        self._counted[symbol] = self._counted.get(symbol, ZERO) + signed
        self._differs(symbol)

    def _differs(self, symbol: str) -> bool:
        account = self._account
        counted, held = self._counted.get(symbol, ZERO), account.held(symbol)
        if held != counted:
            told = f"the ledger holds {plain(held)} {symbol}, and the executions come to {plain(counted)}"
            self._fire(symbol, told, held, counted)
            return True
        shares = ZERO
        for (_, name), share in account.owned.items():
            if name == symbol:
                shares += share.quantity
        if shares != held:
            told = f"the ledger holds {plain(held)} {symbol}, and its holders' shares come to {plain(shares)}"
            self._fire(symbol, told, held, shares)
            return True
        return False

    def _fire(self, subject: str, told: str, ledger: Decimal, counted: Decimal) -> None:
        figures = {"subject": subject, "ledger": ledger, "recounted": counted, "executions": self._executions}
        self._kill(Cause(rule=POSITION_CALCULATION, sentence=told, evidence=figures))
