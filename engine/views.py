"""Builds the snapshot: one frozen picture of a kernel, made when somebody looks."""

from collections.abc import Callable, Iterator
from decimal import Decimal
from itertools import islice

import msgspec

from engine.account import Account
from engine.clock import SECOND_NS
from engine.exchange.reconcile import Reconcile
from engine.kernel import Kernel
from engine.ledger import Position
from engine.markets import Market
from engine.money import CENT, ZERO, neat
from engine.orders import Order
from engine.recovery.checklist import Step
from engine.recovery.recovery import Recovery
from engine.safety.market_watch import newest_price
from engine.safety.naked import NakedView
from engine.snapshot import (
    AccountView,
    Counts,
    DiscrepancyView,
    EngineView,
    MarketView,
    OrderView,
    PositionView,
    ReconcileView,
    RiskView,
    Snapshot,
    StepView,
    StrategyView,
)
from engine.strategy_desk import Seat

CLOSED_ORDERS_SHOWN = 50


class Views:
    """Knows how this run is called, and draws its pictures."""

    def __init__(
        self,
        kernel: Kernel,
        *,
        mode: str,
        feed: str,
        run_id: str,
        seed: int | None,
        liquidation_price: Callable[[str], Decimal | None] | None = None,
    ) -> None:
        self._kernel = kernel
        self._mode = mode
        self._feed = feed
        self._run_id = run_id
        self._seed = seed
        self._liquidation_price = liquidation_price or (lambda _: None)  # the venue's own, where it tells
        self._started_ns = kernel.timeline.now_ns
        self._drops: list[Callable[[], int]] = []
        self.reconcile: Reconcile | None = None
        self.recovery: Recovery | None = None
        self.naked: Callable[[], NakedView] | None = None
        self.assessed: Callable[[RiskView], RiskView] | None = None  # with what is worked out beside the engine

    def count_drops(self, dropped: Callable[[], int]) -> None:
        """Add a queue beside the engine that may drop: how much it has dropped so far is part of the picture."""
        self._drops.append(dropped)

    @property
    def run_id(self) -> str:
        """What this run is called."""
        return self._run_id

    def begin(self) -> None:
        """The uptime counts from now."""
        self._started_ns = self._kernel.timeline.now_ns
        self._kernel.health.begin()

    def snapshot(self, *, state: str | None = None, with_hash: bool = False) -> Snapshot:
        """The picture of now. The hash is costly and only made when asked for."""
        kernel = self._kernel
        now = kernel.timeline.now_ns
        counts = kernel.orders.counts
        standing = kernel.standing
        return Snapshot(
            engine=EngineView(
                state=state or kernel.state,
                paused=standing.paused,
                gate_closed=standing.gate_closed,
                mode=self._mode,
                feed=self._feed,
                run_id=self._run_id,
                time=now,
                uptime_s=(now - self._started_ns) // SECOND_NS,
                seed=self._seed,
            ),
            account=_account(kernel.account),
            positions=tuple(
                _position(kernel.account, position, self._liquidation_price(position.symbol))
                for position in kernel.account.ledger.positions.values()
                if not kernel.account.is_flat(position.symbol)  # dust below the smallest order is no position
            ),
            orders=tuple(_order(order) for order in _shown_orders(kernel)),
            risk=self._risk(),
            strategies=tuple(_strategy(kernel, seat) for seat in kernel.strategies.seats.values()),
            health={**kernel.health.views(), "market": newest_price(kernel.markets, now)},
            counts=Counts(
                events=kernel.bus.published,
                signals=kernel.strategies.signals,
                orders=counts["orders"],
                fills=counts["fills"],
                denied=counts["denied"],
                rejected=counts["rejected"],
                errors=kernel.errors,
                dropped=sum(count() for count in self._drops),
            ),
            reconcile=_reconcile(self.reconcile, now),
            start=() if self.recovery is None else tuple(map(_step, self.recovery.steps)),
            state_hash=kernel.state_hash() if with_hash else None,
            market=tuple(_market(symbol, market) for symbol, market in kernel.markets.items()),
            stream=kernel.stream.lines(),
            equity_curve=tuple(kernel.account.equity_curve),
        )

    def _risk(self) -> RiskView:
        risk = self._kernel.gate.view(self._kernel.account)
        if self.naked is not None:
            naked = self.naked()
            risk = msgspec.structs.replace(
                risk, naked_s=naked.now_s, naked_longest_s=naked.longest_s, naked_total_s=naked.total_s
            )
        return risk if self.assessed is None else self.assessed(risk)


def _reconcile(reconcile: Reconcile | None, now: int) -> ReconcileView:
    if reconcile is None or reconcile.last_ns is None:
        return ReconcileView()
    return ReconcileView(
        last_at=reconcile.last_ns,
        lag_s=(now - reconcile.last_ns) / SECOND_NS,
        discrepancies=tuple(
            DiscrepancyView(
                subject=told.subject,
                symbol=told.symbol,
                verdict=told.verdict,
                owner=told.owner,
                ours=told.ours,
                theirs=told.theirs,
                age_s=(now - told.since) / SECOND_NS,
                evidence=told.evidence,
            )
            for told in reconcile.discrepancies
        ),
    )


def _step(step: Step) -> StepView:
    return StepView(step=step.step, name=step.name, state=step.state, sentence=step.sentence)


def _account(account: Account) -> AccountView:
    ledger = account.ledger
    unrealised = ledger.unrealised(account.markets.mark)
    equity = ledger.cash + unrealised
    peak = max(account.peak_equity, equity)
    return AccountView(
        equity=equity,
        cash=ledger.cash,
        realised=ledger.realised,
        unrealised=unrealised,
        fees=ledger.fees,
        funding=ledger.funding,
        peak_equity=peak,
        drawdown=peak - equity,
        day_pnl=account.day_pnl(equity),
    )


def _position(account: Account, position: Position, liquidation_price: Decimal | None) -> PositionView:
    mark = account.markets.mark(position.symbol)
    long = position.quantity > 0
    return PositionView(
        symbol=position.symbol,
        side="long" if long else "short",
        quantity=abs(position.quantity),
        entry_price=neat(position.entry_price),
        mark_price=mark,
        unrealised=position.unrealised(mark),
        realised=position.realised,
        funding=position.funding,
        liquidation_price=None if liquidation_price is None else neat(liquidation_price),
        stop_price=_stop_of_all(account, position.symbol),
        strategy=position.strategy,
        opened_at=position.opened_at,
    )


def _stop_of_all(account: Account, symbol: str) -> Decimal | None:
    """The price at which the last of the position is out; None while its stops do not cover all of it."""
    missing = account.closable(symbol)
    stops = account.stops(symbol)
    stops.sort(key=lambda stop: stop.trigger_price or ZERO, reverse=bool(stops) and stops[0].side < 0)
    for stop in stops:
        missing -= stop.leaves
        if missing <= 0:
            return stop.trigger_price
    return None


def _shown_orders(kernel: Kernel) -> Iterator[Order]:
    yield from reversed(kernel.account.open_orders.values())
    yield from islice(reversed(kernel.orders.recent.values()), CLOSED_ORDERS_SHOWN)


def _order(order: Order) -> OrderView:
    return OrderView(
        id=order.id,
        exchange_id=order.exchange_id,
        symbol=order.symbol,
        side="buy" if order.side > 0 else "sell",
        type=order.type,
        price=order.price,
        trigger_price=order.trigger_price,
        quantity=order.quantity,
        filled=order.filled,
        average_price=None if order.average_price is None else neat(order.average_price),
        status=order.status,
        reduce_only=order.reduce_only,
        strategy=order.strategy,
        created_at=order.created_at,
        reason=order.reason,
    )


def _strategy(kernel: Kernel, seat: Seat) -> StrategyView:
    account = kernel.account
    pnl = ZERO
    holds = False
    for (strategy, symbol), share in account.owned.items():
        if strategy == seat.name:
            pnl += share.realised - share.fees + share.funding
            if share.quantity:
                holds = True
                pnl += share.unrealised(account.markets.mark(symbol))
    state = "stopped" if seat.stopped else "resting" if kernel.state == "stopped" else "in" if holds else "watching"
    return StrategyView(
        name=seat.name,
        state=state,
        allocation=None if seat.allocation is None else (seat.allocation * account.equity()).quantize(CENT),
        pnl=pnl,
        signals=seat.signals,
        orders=seat.orders,
        last_signal=seat.last_signal,
        reason=seat.stopped or seat.reason,
    )


def _market(symbol: str, market: Market) -> MarketView:
    return MarketView(
        symbol=symbol,
        last=market.last,
        bid=market.bid,
        ask=market.ask,
        mark=market.mark,
        change_24h=market.change_24h,
        funding_rate=market.funding_rate,
        next_funding=market.next_funding,
        updated_at=market.updated_ns,
    )
