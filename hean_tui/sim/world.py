"""One simulated run: the world around the process, moved from one instant to the next, and judged all the time."""

from decimal import Decimal

from engine import events
from engine.clock import NEVER
from hean_tui.sim.clock import SimClock
from hean_tui.sim.disk import SimDisk
from hean_tui.sim.exchange import FUNDING_EVERY_NS, SimExchange
from hean_tui.sim.faults import Board, Fault, S
from hean_tui.sim.instruments import instruments
from hean_tui.sim.market import SimMarket
from hean_tui.sim.network import SimNet
from hean_tui.sim.operator import SimOperator
from hean_tui.sim.paces import mark_ns, pace_of
from hean_tui.sim.plan import Plan
from hean_tui.sim.process import Process
from hean_tui.sim.setting import Setting, order_prefix
from hean_tui.sim.streams import Streams
from hean_tui.sim.timeline import WorldTimeline
from hean_tui.sim.wire import Wire
from risk.limits import Limits

START_NS = 1_767_225_600 * S  # 2026-01-01T00:00:00Z
SAVES = 49  # of the state, in a run
CAPITAL = Decimal(100_000)


class StepReached(Exception):
    """The step that was asked for is done."""


class World:
    """Everything there is, and the loop that moves it."""

    def __init__(self, plan: Plan) -> None:
        self.plan = plan
        streams = Streams(plan.seed)
        timeline = self.timeline = WorldTimeline(START_NS, streams.schedule)
        board = self.board = Board()
        self.wire = Wire()
        self.disk = SimDisk()
        self.clock = SimClock(streams.clock)
        self.net = SimNet(timeline, streams.net, board)
        traded = instruments(plan.symbols)
        self.exchange = SimExchange(
            timeline, streams.exchange, board, self.net, self.wire, traded, CAPITAL, acks_twice=plan.acks_twice
        )
        self.market = SimMarket(traded, streams.market, START_NS, plan.tick_ns, mark_ns(plan), quotes=plan.quotes)
        setting = self.setting = Setting(
            seed=plan.seed,
            instruments=traded,
            capital=CAPITAL,
            limits=Limits(daily_drawdown_limit=Decimal(repr(plan.day_limit))),
            strategies=plan.profile.strategies,
            order_s=plan.profile.order_s,
            start_ns=START_NS,
            pace=pace_of(plan),
        )
        self.process = Process(
            setting, timeline, self.disk, self.net, self.clock, board, self.wire, streams.process, streams.disk
        )
        self.process.prices = self.market.prices
        self.exchange.truth = self.process.truth
        self.exchange.prefix = order_prefix(setting)
        self.exchange.prices = self.market.prices
        self.operator = SimOperator(self.process.look, self.process.submit, self.process.kill)
        self._schedule = streams.schedule
        self._save_every_ns = plan.length_ns // SAVES + 1_000_003  # never at a full second, at which rows are written
        self.steps = 0
        self.until_step: int | None = None
        self.ticks = 0
        self.is_calm = False
        self._listen()

    def _listen(self) -> None:
        board, net, exchange, market = self.board, self.net, self.exchange, self.market
        process, clock, disk = self.process, self.clock, self.disk
        for name, begin in (
            ("partition", net.partition),
            ("half_partition", net.half_partition),
            ("feed_stall", net.feed_stall),
            ("stream_drop", net.stream_drop),
            ("clog", net.clog),
            ("swizzle", net.swizzle),
            ("outage", exchange.outage),
            ("rate_limit", exchange.limit),
            ("symbol_halt", exchange.halt),
            ("adl", exchange.take_part),
            ("manual_trade", exchange.trade_by_hand),
            ("manual_cancel", exchange.cancel_by_hand),
            ("orphan", exchange.leave_orphan),
            ("clock_jump", clock.jump),
            ("clock_offset", clock.set_offset),
            ("suspend", process.stall),
            ("kill", process.kill),
            ("kill_at_point", process.kill_at_point),
            ("operator", self.operator.act),
            ("gap", market.gap),
        ):
            board.on(name, begin)
        board.on("disk_error", lambda _: disk.fail("error"))
        board.on("disk_full", lambda _: disk.fail("full"))
        board.on("trend", self._trend)
        board.on("burst", self._burst)
        board.on("crossed", lambda fault: market.cross(self._end_of(fault)))
        board.on("garbage", lambda fault: market.soil(self._end_of(fault)))

    def _end_of(self, fault: Fault) -> int:
        return self.timeline.now_ns + fault.until_ns - fault.from_ns

    def _trend(self, fault: Fault) -> None:
        self.market.trend(fault)
        self.timeline.post(self._end_of(fault), self.market.settle)

    def _burst(self, fault: Fault) -> None:
        self.market.hurry()
        self.timeline.post(self._end_of(fault), self.market.slow_down)

    # --- the phases

    def run_with_faults(self) -> None:
        """Everything that was drawn; raises `Violation` at the first thing that is not as it must be."""
        timeline = self.timeline
        self.board.arm(timeline, START_NS, list(self.plan.faults))
        timeline.post(START_NS, self.process.boot)
        timeline.post(START_NS + S, self._announce)
        timeline.post(START_NS + self._save_every_ns, self._save)
        self.run_until(START_NS + self.plan.length_ns)

    def _save(self) -> None:
        self.timeline.post(self.timeline.now_ns + self._save_every_ns, self._save)
        self.process.save()

    def _announce(self) -> None:
        self.timeline.post(self.timeline.now_ns + FUNDING_EVERY_NS, self._announce)
        for rate in self.exchange.announce_funding():
            self._tell(rate)

    def calm(self) -> None:
        """Everything that was wrong is over."""
        self.is_calm = True
        self.board.calm()
        self.market.slow_down()
        self.market.crossed_until = self.market.garbage_until = -1
        self.disk.fails_next = None
        self.exchange.calm()
        self.net.calm()
        self.process.calm()

    # --- the loop

    def run_until(self, end_ns: int) -> None:
        """One instant after another, up to a moment."""
        timeline, market, process = self.timeline, self.market, self.process
        draw = self._schedule.random
        while True:
            world_due, own_due = timeline.next_ns, process.next_ns
            now = market.next_ns
            if world_due <= now or own_due <= now:
                now = min(own_due, world_due)
                if now > end_ns:
                    break
                self.steps += 1
                if world_due == own_due and draw() < 0.5:
                    own_due = NEVER
                if now == own_due:
                    timeline.now_ns = max(timeline.now_ns, now)
                    process.advance()
                else:
                    timeline.advance(now)
            else:
                if now > end_ns:
                    break
                self.steps += 1
                timeline.now_ns = now
                for event in market.pop():
                    self._tell(event)
            if self.steps == self.until_step:
                raise StepReached
        timeline.advance(end_ns)

    def _tell(self, event: events.Event) -> None:
        """A fact of the market: the exchange first, then whoever is reached by the feed."""
        venue = self.exchange.venue
        kind = type(event)
        if kind is events.Tick:
            self.ticks += 1
            venue.on_tick(event)  # type: ignore[arg-type]
        elif kind is events.Quote:
            venue.on_quote(event)  # type: ignore[arg-type]
        elif kind is events.MarkPrice:
            venue.on_mark(event)  # type: ignore[arg-type]
        if self.process.takes_ticks and self.net.feed_is_up:
            seen = self.market.reaching(event)
            if seen is not None:
                self.process.tick(seen)
