"""Watches what is held and has the gate judge it: exactly where a limit may be near, and hardly at all elsewhere.

Beside trades, what is held is looked at every second; in a run on bars with each bar. A float guard says when a look is
not enough, and only then the account is marked and judged in Decimal. In a journaled run each judgement's marks are
written down first, so that whoever reads the journal can judge again.
"""

from collections.abc import Callable
from decimal import Decimal
from typing import NamedTuple

from engine import events
from engine.account import Account
from engine.clock import SECOND_NS, Timeline
from engine.gate import RiskGate
from engine.guard import Band, Guard
from engine.markets import Market, Markets
from engine.record.recorder import Recorder

LOOK_EVERY_NS = SECOND_NS


class Losses:
    """One for each kernel. While `is_folding`, the rows of a journal say when it is judged, and on which marks."""

    def __init__(
        self,
        timeline: Timeline,
        account: Account,
        markets: Markets,
        gate: RiskGate,
        native_ns: int,
        recorder: Recorder | None,
        tell: Callable[[events.Event], None],
    ) -> None:
        self._timeline = timeline
        self._account = account
        self._markets = markets
        self._gate = gate
        self._native_ns = native_ns
        self._recorder = recorder
        self._tell = tell
        self.is_folding = False
        self._guarding = native_ns > 0  # bars are looked at as they come, not second by second
        capital = account.ledger.cash
        self._band = self._band_at(capital)
        self._guard = Guard(account, self._band)
        self._day_end = timeline.at(account.day_ends_ns, self._end_day)

    def judge(self) -> None:
        """Hold the account against its limits, exactly, and prepare the guard that says when to do so again."""
        if self.is_folding:
            return
        if self._recorder is not None:
            marks = self.marks_held()
            if None in marks.values():
                return  # what was executed while we were away is known before its price is
            self._recorder.note("input", {"what": "marks", "marks": marks})
        equity = self.judge_now()
        self._band = self._band_at(equity)
        self._guard.draw(self._account, self._band)
        self._keep_watching()

    def await_day_end(self) -> None:
        """A day that is over is judged, whatever else happens; when it ends is known anew."""
        if self.is_folding:
            return
        self._day_end.cancel()
        timeline = self._timeline
        self._day_end = timeline.at(self._account.day_end_of(timeline.now_ns), self._end_day)

    def _end_day(self) -> None:
        self.judge()
        self.await_day_end()

    def _band_at(self, equity: Decimal) -> Band:
        gate, account = self._gate, self._account
        low, high = gate.band(account)
        return Band(equity, low, min(high, account.peak_equity), gate.trip_levels())

    def judge_now(self) -> Decimal:
        """The judgement itself, at the marks of now; returns the equity."""
        equity = self._account.observe(self._timeline.now_ns)
        for event in self._gate.judge(equity, self._account):
            self._tell(event)
        return equity

    def marks_held(self) -> dict[str, float | None]:
        """The prices that everything held is judged at."""
        return {
            symbol: self._markets[symbol].fair
            for symbol, position in self._account.ledger.positions.items()
            if position.quantity
        }

    def on_position_changed(self, _: events.PositionChanged) -> None:
        """A fill moves the equity by its fee and its price: look at once, exactly where the guard says so."""
        if self.is_folding:
            return
        account = self._account
        self._guard.draw(account, self._band)
        estimate = None if account.lost_trips else self._guard.estimate()  # the exact judgement tells of lost trips
        if estimate is None:
            self.judge()
        else:
            account.note(self._timeline.now_ns, estimate)
        if not self._guarding:
            self._keep_watching()

    def on_candle(self, candle: events.Candle) -> None:
        """The close of a bar of the feed is the last price; then the losses, once all bars of the moment are there."""
        market = self._markets[candle.symbol]
        market.last = close = candle.close
        market.updated_ns = candle.ts
        guard = self._guard
        if market is guard.lone and guard.lowest < close < guard.highest and market.mark is None:
            return
        if guard.is_exposed and guard.estimate(candle.ts) is None:
            self.judge()

    def watch_of(self, symbol: str) -> "LoneWatch":
        """For a run in which only this symbol is traded, on bars and without marks."""
        return LoneWatch(self._markets[symbol], self._guard, self.on_candle)

    def on_funding_paid(self, event: events.FundingPaid) -> None:
        """Funding is cash."""
        self._account.fund(event.symbol, event.amount)
        self.judge()

    def on_transferred(self, event: events.Transferred) -> None:
        """Money came or went; every baseline moves with it."""
        self._account.transfer(event.amount)
        self.judge()

    def end_hour(self) -> None:
        """On bars nothing else keeps the curve."""
        if self._native_ns:
            estimate = self._guard.estimate()
            account = self._account
            account.note(self._timeline.now_ns, float(account.equity()) if estimate is None else estimate)

    def _keep_watching(self) -> None:
        if self._guard.is_exposed and not self._guarding:
            self._guarding = True
            self._timeline.post(self._timeline.now_ns + LOOK_EVERY_NS, self._watch)

    def _watch(self) -> None:
        """Every second while a position is open, where the feed brings trades."""
        if not self._guard.is_exposed:
            self._guarding = False
            return
        self._look()
        self._timeline.post(self._timeline.now_ns + LOOK_EVERY_NS, self._watch)

    def _look(self) -> None:
        """The float guard, and the exact judgement where it says so."""
        guard = self._guard
        market = guard.lone
        if market is not None and self._timeline.now_ns < self._account.curve_due_ns:
            fair = market.last if market.mark is None else market.mark
            if fair is not None and guard.lowest < fair < guard.highest:
                return
        estimate = guard.estimate()
        if estimate is None:
            self.judge()
        else:
            self._account.note(self._timeline.now_ns, estimate)


class LoneWatch(NamedTuple):
    """What a loop has to know in order to watch one symbol by itself; fills `engine.bus.BarWatch`."""

    market: Market
    bounds: Guard
    on_candle: Callable[[events.Candle], None]
