"""hean-tui itself, all of it on: matching, ledger, gate, stops at the venue, and a snapshot four times a second."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from decimal import Decimal
from itertools import chain, islice, repeat

from analytics.features import RunningFeatures
from benchmarks.dataset import LOTS_PER_UNIT, Bars, Ticks
from benchmarks.peers.outcome import Case, FillRule, Stopwatch, Trade, case_from_arguments, report
from benchmarks.peers.strategy import MAKER_FEE, POSITION_LOTS, STARTING_CASH, TAKER_FEE
from engine import events
from engine.bus import Handler
from engine.clock import SECOND_NS, Timeline
from engine.commands import Command
from engine.gate import RiskGate
from engine.host import system
from engine.instruments import Instrument, Kind, MarginTier
from engine.kernel import Kernel, KernelSettings
from engine.simulation.venue import SimulatedVenue
from engine.views import Views
from hean_tui import __version__
from risk.gate import Gate
from risk.limits import Limits
from strategies.registry import build

SYMBOL = "BTC/USDT:USDT"
MILLISECOND_NS = 1_000_000
MINUTE_NS = 60 * SECOND_NS
SNAPSHOT_EVERY_NS = SECOND_NS // 4
PIECE = 8_192  # events between two looks at the clock, as the host does it at full speed

INSTRUMENT = Instrument(
    symbol=SYMBOL,
    kind=Kind.PERPETUAL,
    base="BTC",
    quote="USDT",
    tick=Decimal("0.1"),
    lot=Decimal("0.001"),
    min_quantity=Decimal("0.001"),
    max_quantity=Decimal(1_000),
    max_market_quantity=Decimal(500),
    min_notional=Decimal(5),
    min_price=Decimal("0.1"),
    max_price=Decimal(2_000_000),
    fee_maker=Decimal(MAKER_FEE),
    fee_taker=Decimal(TAKER_FEE),
    tiers=(MarginTier(Decimal(2_000_000), Decimal(100), Decimal("0.005")),),
)


def tick_events(ticks: Ticks) -> Iterator[events.Event]:
    """A tick for each row, made as the file reader makes them: in batches, by `map`."""
    times = (ticks.ts_ms * MILLISECOND_NS).tolist()
    return map(events.Tick, times, repeat(SYMBOL), ticks.price.tolist(), ticks.size.tolist(), ticks.side.tolist())


def bar_events(bars: Bars) -> Iterator[events.Event]:
    """Each bar when it closes; the venue opens those in which something waits for that."""
    starts = (bars.ts_ms * MILLISECOND_NS).tolist()
    ends = (bars.ts_ms * MILLISECOND_NS + MINUTE_NS).tolist()
    opens, highs, lows, closes = (column.tolist() for column in bars.prices)
    return map(events.Candle, ends, repeat(SYMBOL), starts, opens, highs, lows, closes, bars.volume.tolist())


class Run:
    """One case, joined from the product's own parts."""

    def __init__(self, case: Case, gate: RiskGate | None = None) -> None:
        native_ns = MINUTE_NS if case.dataset == "bars" else 0
        feed = tick_events(case.ticks()) if case.dataset == "ticks" else bar_events(case.bars())
        first, feed = _peek(feed)
        start_ns = first.start if isinstance(first, events.Candle) else first.ts
        self.timeline = Timeline(start_ns)
        capital = Decimal(STARTING_CASH)
        settings = KernelSettings(capital=capital, start_ns=start_ns, native_ns=native_ns)
        # The others place no stops, and trade as often as they like.
        gate = gate or Gate(Limits(default_stop=None, orders_per_minute=None, duplicate_s=None))
        self.kernel = Kernel(settings, self.timeline, [INSTRUMENT], gate, RunningFeatures(), self._send)
        publish = self.kernel.bus.publish
        self.venue = SimulatedVenue(self.timeline, [INSTRUMENT], publish, capital=capital, leverage=Decimal(10))
        self.bars = self.venue.lone_bars(SYMBOL) if case.dataset == "bars" else None
        parameters = {
            "fast": case.fast,
            "slow": case.slow,
            "on": "tick" if case.dataset == "ticks" else "bar",
            "quantity": Decimal(POSITION_LOTS) / LOTS_PER_UNIT,
        }
        self.kernel.strategies.add(build("ema_cross", (SYMBOL,), parameters))
        self._views = Views(self.kernel, mode="paper", feed=case.dataset, run_id="peers", seed=case.seed)
        self._feed = feed
        self.observers: dict[type[events.Event], Handler] = {
            events.Tick: self.venue.on_tick,
            events.BarOpened: self.venue.on_bar_opened,
        }
        self.fills: list[events.OrderFilled] = []
        self.kernel.bus.subscribe(events.OrderFilled, self.fills.append)
        self.decided: list[int] = []
        self.kernel.bus.subscribe(events.Signal, lambda signal: self.decided.append(signal.ts))
        self.kernel.start()

    def play(self) -> None:
        """Everything, with a snapshot for the surfaces whenever a quarter of a second of real time has passed."""
        due_ns = system.monotonic_ns() + SNAPSHOT_EVERY_NS
        for first in self._feed:
            self._pour(chain((first,), islice(self._feed, PIECE)))
            if system.monotonic_ns() >= due_ns:
                due_ns += SNAPSHOT_EVERY_NS
                self._views.snapshot()

    def _pour(self, piece: Iterator[events.Event]) -> None:
        bus = self.kernel.bus
        if self.bars is None:
            bus.pour(piece, self.timeline, self.observers)
        else:
            watch = self.kernel.losses.watch_of(SYMBOL)
            bus.pour_bars(piece, self.timeline, self.observers, self.bars, watch)

    def _send(self, command: Command) -> None:
        self.venue.send(command)


def _peek(feed: Iterator[events.Event]) -> tuple[events.Event, Iterator[events.Event]]:
    first = next(feed)
    return first, chain((first,), feed)


def trades_of(case: Case, run: Run) -> list[Trade]:
    """The fills, each with the row whose price decided it."""
    rows = _rows(case)
    filled: Iterable[events.OrderFilled] = run.fills
    return [
        Trade(rows[ts], fill.side, int(fill.quantity * LOTS_PER_UNIT), float(fill.price))
        for ts, fill in zip(run.decided, filled, strict=False)
    ]


def _rows(case: Case) -> dict[int, int]:
    if case.dataset == "ticks":
        return {ts * MILLISECOND_NS: row for row, ts in enumerate(case.ticks().ts_ms.tolist())}
    return {ts * MILLISECOND_NS + MINUTE_NS: row for row, ts in enumerate(case.bars().ts_ms.tolist())}


def main() -> None:
    """Measure and print the line."""
    case = case_from_arguments()
    run = Run(case)
    system.settle_memory()  # as every run of the program
    with Stopwatch() as taken:
        run.play()
    rule: FillRule = "next tick" if case.dataset == "ticks" else "next open"
    fees = float(run.kernel.account.ledger.fees)
    report(case, taken, trades_of(case, run), peer="hean-tui", version=__version__, fill_rule=rule, fees=fees)


if __name__ == "__main__":
    main()
