"""Writes down what a run did: executions, funding, halts, round trips, and how its equity went."""

from decimal import Decimal

import msgspec
import numpy as np

from analytics.daily import DailyEquity
from analytics.drawdown import Drawdown
from analytics.equity_curve import EquityCurve
from analytics.marked_equity import MarkedEquity
from analytics.round_trips import RoundTrips
from analytics.samples import Samples
from engine import events
from engine.account import Account
from engine.bus import Bus
from engine.money import ZERO

ERRORS_KEPT = 5


class FillRecord(msgspec.Struct, frozen=True, gc=False):
    """One execution."""

    ts_ns: int
    symbol: str
    side: int
    quantity: Decimal
    price: Decimal
    fee: Decimal
    maker: bool
    strategy: str
    is_liquidation: bool


class FundingRecord(msgspec.Struct, frozen=True, gc=False):
    """One settlement; a positive amount was received."""

    ts_ns: int
    symbol: str
    rate: Decimal
    amount: Decimal


class HaltRecord(msgspec.Struct, frozen=True, gc=False):
    """One halt of entries, and what the account was worth when it came."""

    ts_ns: int
    level: str
    equity: Decimal
    reason: str


class Recorder:
    """Listens to a bus; only `sample` has to be called, whenever the marks are those of one moment."""

    def __init__(self, bus: Bus, account: Account) -> None:
        capital = float(account.ledger.deposits)
        self.fills: list[FillRecord] = []
        self.funding: list[FundingRecord] = []
        self.halts: list[HaltRecord] = []
        self.trips = RoundTrips()
        self.daily = DailyEquity(capital)
        self.drawdown = Drawdown(capital)
        self.curve = EquityCurve()
        self._samples = Samples(self.daily.add, self.drawdown.add, self.curve.add)
        self._add_sample = self._samples.add
        self.traded = ZERO  # the value of all executions
        self.liquidations = 0
        self._liquidation_ids: set[str] = set()
        self.errors: list[str] = []  # the first few sentences
        self._account = account
        self._equity = MarkedEquity(account)
        self._level = "halt"
        self._in_market_ns = 0
        self._since_ns: int | None = None  # when a position was opened, None while all is flat
        for kind, handler in (
            (events.Execution, self._on_execution),
            (events.OrderFilled, self._on_fill),
            (events.OrderPartlyFilled, self._on_fill),
            (events.PositionChanged, self._on_position),
            (events.FundingPaid, self._on_funding),
            (events.Transferred, self._on_transfer),
            (events.DrawdownAlert, self._on_alert),
            (events.Halt, self._on_halt),
            (events.ErrorOccurred, self._on_error),
        ):
            bus.subscribe(kind, handler)

    def equity(self) -> float:
        """What the account is worth at the marks of now, as an estimate."""
        return self._equity.value()

    def begin(self, ts_ns: int) -> None:
        """The run starts: the curve begins with the capital, which is no day's end yet."""
        self.curve.add(np.array([ts_ns]), np.array([self._equity.value()]))

    def sample(self, ts_ns: int) -> None:
        """Write down the equity at the marks of now."""
        self._add_sample(ts_ns, self._equity.value())

    def finish(self, ts_ns: int) -> None:
        """The run is over: write down where it ended, and work off what waits."""
        self.sample(ts_ns)
        self._samples.flush()

    def in_market_ns(self, now_ns: int) -> int:
        """How long at least one position was open."""
        return self._in_market_ns + (now_ns - self._since_ns if self._since_ns is not None else 0)

    def _on_execution(self, event: events.Execution) -> None:
        self._equity.is_stale = True
        if event.kind == "liquidation":
            self.liquidations += 1
            self._liquidation_ids.add(event.order_id)

    def _on_fill(self, fill: events.OrderFilled | events.OrderPartlyFilled) -> None:
        self.fills.append(
            FillRecord(
                fill.ts,
                fill.symbol,
                fill.side,
                fill.quantity,
                fill.price,
                fill.fee,
                fill.maker,
                fill.strategy,
                fill.order_id in self._liquidation_ids,
            )
        )
        self.traded += fill.quantity * fill.price
        self.trips.fill(fill.ts, fill.strategy, fill.symbol, fill.side, fill.quantity, fill.price, fill.fee)

    def _on_position(self, event: events.PositionChanged) -> None:
        exposed = bool(event.quantity) or any(each.quantity for each in self._account.ledger.positions.values())
        if exposed and self._since_ns is None:
            self._since_ns = event.ts
        elif not exposed and self._since_ns is not None:
            self._in_market_ns += event.ts - self._since_ns
            self._since_ns = None

    def _on_funding(self, event: events.FundingPaid) -> None:
        self._equity.is_stale = True
        self.funding.append(FundingRecord(event.ts, event.symbol, event.rate, event.amount))
        self.trips.fund(event.symbol, event.amount)

    def _on_transfer(self, _: events.Transferred) -> None:
        self._equity.is_stale = True

    def _on_alert(self, alert: events.DrawdownAlert) -> None:
        self._level = alert.level

    def _on_halt(self, halt: events.Halt) -> None:
        self.halts.append(HaltRecord(halt.ts, self._level, self._account.equity(), halt.reason))

    def _on_error(self, error: events.ErrorOccurred) -> None:
        if len(self.errors) < ERRORS_KEPT:
            self.errors.append(f"{error.source}: {error.sentence}")
