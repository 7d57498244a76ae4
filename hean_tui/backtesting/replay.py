"""History played through venue and kernel on one timeline: the venue hears of everything first."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from hashlib import sha256

from analytics.features import RunningFeatures
from analytics.recorder import Recorder
from engine import events
from engine.account import MINUTE_NS
from engine.bus import Handler
from engine.clock import NEVER, Timeline
from engine.commands import Command
from engine.gate import RiskGate
from engine.instruments import Instrument
from engine.kernel import Kernel, KernelSettings
from engine.simulation.venue import Latency, SimulatedVenue
from engine.strategy import Strategy
from infrastructure.feeds import MarkBar

_EPOCHS = 32**5


@dataclass(frozen=True, slots=True, kw_only=True)
class ReplaySetup:
    """What a replay is made of."""

    instruments: Sequence[Instrument]
    strategies: Sequence[Strategy]
    gate: RiskGate
    stream: Iterator[events.Event]
    has_lone_bars: bool  # the stream is the ends of one symbol's bars, and tells of no opening
    first_prices: Mapping[str, float]  # of the markets that are there when the stream begins
    start_ns: int
    native_ns: int
    capital: Decimal
    leverage: Decimal
    latency_ns: int
    slippage_bps: Decimal
    seed: int


class Replay:
    """One backtest at work."""

    def __init__(self, setup: ReplaySetup) -> None:
        self._setup = setup
        self._timeline = timeline = Timeline(setup.start_ns)
        self.kernel = Kernel(
            KernelSettings(
                capital=setup.capital,
                start_ns=setup.start_ns,
                leverage=setup.leverage,
                epoch=_epoch(setup.seed),
                native_ns=setup.native_ns,
            ),
            timeline,
            setup.instruments,
            setup.gate,
            RunningFeatures(),
            self._send,
        )
        self.venue = SimulatedVenue(
            timeline,
            setup.instruments,
            self.kernel.bus.publish,
            capital=setup.capital,
            latency=Latency(entry_ns=setup.latency_ns),
            leverage=setup.leverage,
            slippage_bps=float(setup.slippage_bps),
            id_prefix="b",
        )
        self.recorder = Recorder(self.kernel.bus, self.kernel.account)
        self._market = self.kernel.markets
        for strategy in setup.strategies:
            self.kernel.strategies.add(strategy)

    def run(self) -> None:
        """Play it all."""
        kernel, timeline = self.kernel, self._timeline
        if not self._setup.native_ns:
            timeline.every(MINUTE_NS, self._sample_now)
        self.recorder.begin(timeline.now_ns)
        for symbol, price in self._setup.first_prices.items():
            self._market[symbol].last = price
        kernel.prepare()
        kernel.start()
        if self._setup.has_lone_bars:
            bars = self.venue.lone_bars(kernel.symbols[0])
            watch = kernel.losses.watch_of(kernel.symbols[0])
            kernel.bus.pour_bars(self._setup.stream, timeline, self._observers(), bars, watch)
        else:
            kernel.bus.pour(self._setup.stream, timeline, self._observers())
        timeline.advance(timeline.now_ns)  # what arrives at the last instant still arrives
        self.recorder.finish(timeline.now_ns)

    def _send(self, command: Command) -> None:
        self.venue.send(command)

    def _observers(self) -> dict[type[events.Event], Handler]:
        venue = self.venue
        open_bar, close_bar = self._bar_tellers()
        return {
            events.Tick: venue.on_tick,
            # Where openings are left out the venue has played the bar when it is told of.
            events.Candle: close_bar if self._setup.has_lone_bars else venue.on_bar,
            events.BarOpened: open_bar,
            events.BookUpdate: venue.on_book,
            events.FundingRate: self._settle,
            MarkBar: venue.on_mark_bar,
        }

    def _bar_tellers(self) -> tuple[Handler, Handler]:
        """What happens when bars open and close.

        They open when all that closed at this moment has been told: the time to see what the account is worth. A bar
        whose opening did not matter closes without having been opened; then it is late, but nothing has changed since.
        Functions with all they need at hand, because every bar of the history goes through them.
        """
        markets, sample = self._market, self.recorder.sample
        first = markets[self.kernel.symbols[0]]  # the only market where openings are left out
        tell_opened = self.venue.on_bar_opened
        sampled_ns = self._setup.start_ns if self._setup.native_ns else NEVER  # beside trades, minutes are sampled
        is_open = False

        def open_bar(opened: events.BarOpened) -> None:
            nonlocal is_open, sampled_ns
            is_open = True
            market = markets[opened.symbol]
            closed_ns = market.updated_ns
            if closed_ns is not None and closed_ns > sampled_ns:
                sampled_ns = closed_ns
                sample(closed_ns)
            market.last = opened.price  # what is filled at the open has to be judged by it
            tell_opened(opened)

        def close_bar(_: events.Candle) -> None:
            nonlocal is_open, sampled_ns
            if is_open:
                is_open = False
            else:
                closed_ns = first.updated_ns
                if closed_ns is not None and closed_ns > sampled_ns:
                    sampled_ns = closed_ns
                    sample(closed_ns)

        return open_bar, close_bar

    def _settle(self, rate: events.FundingRate) -> None:
        self.venue.settle_funding(rate.symbol, Decimal(repr(rate.rate)), rate.ts)

    def _sample_now(self) -> None:
        self.recorder.sample(self._timeline.now_ns)


def _epoch(seed: int) -> int:
    return int.from_bytes(sha256(f"account epoch {seed}".encode()).digest()[:8], "big") % _EPOCHS
