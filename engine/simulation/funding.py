"""Funding: what long and short pay each other at the moments that the exchange announced."""

from collections.abc import Callable
from decimal import ROUND_HALF_EVEN, Decimal

from engine.clock import Timeline
from engine.events import FundingPaid, FundingRate
from engine.simulation.account import Account
from engine.simulation.liquidation import Liquidator
from engine.simulation.market import Market
from engine.simulation.reports import Reports

AMOUNT_STEP = Decimal("1e-8")


class Funding:
    """Settles on the position held at the moment itself, at the mark, with the rate announced last."""

    __slots__ = ("_account", "_liquidator", "_reports", "_timeline", "due")

    def __init__(self, timeline: Timeline, account: Account, liquidator: Liquidator, reports: Reports) -> None:
        self._timeline = timeline
        self._account = account
        self._liquidator = liquidator
        self._reports = reports
        self.due: Callable[[Market, int], None] = self._fall_due

    def announce(self, market: Market, rate: FundingRate) -> None:
        """Remember the rate, and settle when it is due; a settlement that was moved happens once, at its new time."""
        if market.is_spot or rate.next_ts < self._timeline.now_ns:
            return
        market.funding_rate = Decimal(repr(rate.rate))
        if market.funding_due_ns != rate.next_ts:
            market.funding_due_ns = rate.next_ts
            self._timeline.post(rate.next_ts, self.due, market, rate.next_ts)

    def resume(self, market: Market, rate: FundingRate, *, is_settled: bool) -> None:
        """Go on with a rate that was announced before; what fell due while nobody was here is settled now."""
        due_ns, now_ns = rate.next_ts, self._timeline.now_ns
        if due_ns < now_ns and is_settled:
            return
        market.funding_rate = Decimal(repr(rate.rate))
        if market.funding_due_ns != due_ns:
            market.funding_due_ns = due_ns
            self._timeline.post(max(due_ns, now_ns), self.due, market, due_ns)

    def _fall_due(self, market: Market, due_ns: int) -> None:
        if market.funding_due_ns != due_ns:
            return
        market.funding_due_ns = -1
        if market.bar_is_open and due_ns >= market.opened_ns + market.bar_ns:
            # The bar that ends now is still to be told, and what it did to the position comes first.
            market.late_funding.append(market.funding_rate)
        else:
            self.settle(market, market.funding_rate, due_ns)

    def settle_late(self, market: Market) -> None:
        """Settle what fell due while its bar was still to be told."""
        late, market.late_funding = market.late_funding, []
        for rate in late:
            self.settle(market, rate, self._timeline.now_ns)

    def settle(self, market: Market, rate: Decimal, ts: int) -> None:
        """Pay or receive funding on what is held: a positive rate is paid by longs to shorts."""
        position = market.position
        if market.is_spot or not position.quantity:
            return
        mark = market.fair()
        amount = (-position.quantity * mark * rate).quantize(AMOUNT_STEP, ROUND_HALF_EVEN)
        self._account.ledger.pay_funding(market.symbol, amount)
        self._reports.tell(FundingPaid(ts, market.symbol, rate, mark, amount))
        self._liquidator.judge(market)
        self._liquidator.guard_all()
        market.reband()
