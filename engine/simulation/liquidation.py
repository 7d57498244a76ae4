"""Liquidation: a guard price that makes watching cheap, the judgement in Decimal, and the close-out.

Isolated positions are taken over at their bankruptcy price, so that no more than their margin is lost. Cross
positions are closed at the mark, the largest loss first, until the balance is above the maintenance of the rest; a
mark that has jumped beyond the point where nothing is left closes at that point. The fee is at most what is left.
So an account never goes below zero by a liquidation: an insurance fund bears what is beyond, as on real exchanges.
"""

from decimal import Decimal
from math import inf

from engine.clock import Timeline
from engine.events import Execution
from engine.money import ZERO, ceil_to, floor_to
from engine.refusals import Refusal
from engine.simulation.account import Account
from engine.simulation.lifecycle import Lifecycle
from engine.simulation.margin import bankruptcy_price, maintenance_about
from engine.simulation.market import Market
from engine.simulation.reports import Reports

# A guard stands nearer than it must, by this part of all that was summed up: more than a float can be wrong.
_CAUTION = 1e-9


class Liquidator:
    """Watches the margin of every position."""

    __slots__ = ("_account", "_lifecycle", "_reports", "_timeline")

    def __init__(self, timeline: Timeline, account: Account, lifecycle: Lifecycle, reports: Reports) -> None:
        self._timeline = timeline
        self._account = account
        self._lifecycle = lifecycle
        self._reports = reports

    def guard(self, market: Market) -> None:
        """The account changed at this market: find anew how far prices may go before anybody has to look."""
        account = self._account
        if account.is_isolated:
            self._guard_isolated(market)
            return
        held = account.holding
        if len(held) == 1 and market.held and not market.is_spot:
            self._guard_alone(market)
            return
        market.risk_low, market.risk_high = -inf, inf
        if held:
            self._share_cushion()
            for other in held.values():
                if other is not market:
                    other.reband()

    def guard_all(self) -> None:
        """The same for every position, their bands included."""
        account = self._account
        held = account.held_markets()
        if not account.is_isolated:
            self._share_cushion()
        for market in held:
            if account.is_isolated:
                self._guard_isolated(market)
            market.reband()

    def _guard_alone(self, market: Market) -> None:
        """The only position there is. Reckoned from its entry, where profit is nothing and the price is known exactly.

        Away from the entry the maintenance changes as well, by `steepest` at most: the guard allows for the worse.
        """
        cash, cost = float(self._account.ledger.cash), market.cost
        quantity, value = market.held * market.lots.size, abs(cost)
        cushion = cash - maintenance_about(market.ladder, value) - (abs(cash) + value) * _CAUTION
        if quantity > 0:
            room = cushion if cushion > 0 else cushion / (1.0 - market.steepest)
            market.risk_low, market.risk_high = (cost - room) / quantity, inf
        else:
            room = cushion / (1.0 + market.steepest) if cushion > 0 else cushion
            market.risk_low, market.risk_high = -inf, (cost - room) / quantity

    def _share_cushion(self) -> None:
        """In cross all positions share one cushion: each gets its part to lose, reckoned from the marks."""
        account = self._account
        held = account.held_markets()
        if not held:
            return
        cushion = float(account.ledger.cash)
        gross = abs(cushion)
        for market in account.holding.values():
            cushion -= market.cost
            gross += abs(market.cost)
            if not market.is_spot:
                value = market.held * market.lots.size * market.fair_about()
                cushion += value - maintenance_about(market.ladder, abs(value))
                gross += abs(value)
        share = (cushion - gross * _CAUTION) / len(held)
        for market in held:
            fair = market.fair_about()
            quantity = market.held * market.lots.size
            if quantity > 0:
                market.risk_low, market.risk_high = fair - share / quantity, inf
            else:
                market.risk_low, market.risk_high = -inf, fair - share / (quantity * (1.0 + market.steepest))

    def _guard_isolated(self, market: Market) -> None:
        market.risk_low, market.risk_high = -inf, inf
        price = self._account.liquidation_price(market)
        if price is None:
            return
        if market.held > 0:
            market.risk_low = float(price) * (1.0 + _CAUTION)
        else:
            market.risk_high = float(price) * (1.0 - _CAUTION)

    def judge(self, market: Market) -> bool:
        """At the present marks: liquidate whatever is due, and say whether anything was."""
        if self._account.is_isolated:
            due = self._is_due_isolated(market)
            if due:
                self._close(market)
            return due
        return self._judge_cross()

    def judge_at(self, market: Market, price: Decimal) -> bool:
        """The same, had the mark of this market been here for a moment."""
        last, mark = market.last, market.mark
        if market.marked:
            market.mark = float(price)
        else:
            market.last = float(price)
        try:
            return self.judge(market)
        finally:
            market.last, market.mark = last, mark

    def price(self, market: Market) -> Decimal | None:
        """The mark at which the position of this market is liquidated, the others as they are."""
        return self._account.liquidation_price(market)

    def stands_before(self, market: Market, trigger: Decimal) -> bool:
        """Whether the position would be liquidated before the price got as far as this trigger of a stop."""
        price = self._account.liquidation_price(market)
        if price is None:
            return False
        return price > trigger if market.held > 0 else price < trigger

    def _is_due_isolated(self, market: Market) -> bool:
        price = self._account.liquidation_price(market)
        if price is None:
            return False
        return market.fair() <= price if market.held > 0 else market.fair() >= price

    def _judge_cross(self) -> bool:
        account = self._account
        any_due = False
        while (held := account.held_markets()) and account.balance() <= account.maintenance_of_all():
            any_due = True
            self._close(min(held, key=lambda market: market.position.unrealised(market.fair())))
        self.guard_all()
        return any_due

    def _close(self, market: Market) -> None:
        lifecycle, reports = self._lifecycle, self._reports
        for order in list(market.orders.values()):
            lifecycle.cancel(market, order, Refusal.LIQUIDATION)
        position, instrument = market.position, market.instrument
        quantity = position.quantity
        others = self._account.balance() - position.unrealised(market.fair())
        if self._account.is_isolated:
            price = bankruptcy_price(instrument, quantity, position.cost, market.leverage)
        else:
            price = _close_out_price(market, others)
        left = others + position.unrealised(price)
        fee = min(abs(quantity) * price * instrument.fee_liquidation, max(ZERO, left))
        side = -1 if quantity > 0 else 1
        self._account.ledger.fill(market.symbol, side, abs(quantity), price, fee)
        self._account.note_position(market, -market.held)
        reports.tell(
            Execution(
                self._timeline.now_ns,
                reports.next_execution_id(),
                reports.next_liquidation_id(),
                market.symbol,
                side,
                abs(quantity),
                price,
                fee,
                instrument.quote,
                maker=False,
                kind="liquidation",
            )
        )
        self.guard(market)
        market.reband()


def _close_out_price(market: Market, others: Decimal) -> Decimal:
    """The mark, on the grid against us, but not beyond the price at which the account has nothing left."""
    tick = market.instrument.tick
    position = market.position
    nothing_left = (position.cost - others) / position.quantity
    if position.quantity > 0:
        return max(floor_to(market.fair(), tick), ceil_to(nothing_left, tick), tick)
    return max(min(ceil_to(market.fair(), tick), floor_to(nothing_left, tick)), tick)
