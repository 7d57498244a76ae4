"""A bar is told of when it opens only where that matters, and leaving out the others changes nothing at all."""

from collections.abc import Iterator, Mapping
from decimal import Decimal
from itertools import chain
from typing import Any

from hypothesis import example, given, settings
from hypothesis import strategies as st

from engine.commands import OrderType
from engine.events import BarOpened, Candle, Event
from engine.gate import OrderRequest
from engine.simulation.openings import LoneBars
from engine.strategy import Strategy
from hean_tui.backtesting.replay import Replay, ReplaySetup
from risk.gate import Gate
from risk.limits import Limits
from tests.rehearsal import MINUTE, PERP, SECOND, START, instrument

GAP = 7 * MINUTE
TYPES = {"market": OrderType.MARKET, "limit": OrderType.LIMIT, "stop": OrderType.STOP_MARKET}

# From open to close, the extremes beyond both, the jump to the next open, and whether a hole comes after it.
bars = st.tuples(st.integers(-8, 8), st.integers(0, 6), st.integers(0, 6), st.integers(-4, 4), st.booleans())
# At which bar, after how long, what, on which side, how far from the price, how much, and with a stop and a target.
deeds = st.tuples(
    st.integers(0, 40),
    st.sampled_from((0, SECOND, 40 * SECOND, MINUTE)),
    st.sampled_from(tuple(TYPES)),
    st.sampled_from((1, -1)),
    st.integers(1, 12),
    st.integers(1, 40),
    st.booleans(),
)


class Deeds(Strategy):
    """Does what its list says, at its bar or a while later."""

    def start(self) -> None:
        self.seen = 0

    def on_candle(self, candle: Candle) -> None:
        for bar, later_ns, *deed in self.parameters["deeds"]:
            if bar == self.seen:
                self.desk.at(candle.ts + later_ns, self._do, candle.close, *deed)
        self.seen += 1

    def _do(self, close: float, kind: str, side: int, distance: int, size: int, has_exits: bool) -> None:
        price = Decimal(close)
        trigger = price + side * distance
        self.desk.order(
            OrderRequest(
                symbol=PERP,
                side=side,
                quantity=Decimal(size) / 10,
                type=TYPES[kind],
                price=price - side * distance if kind == "limit" else None,
                trigger_price=trigger if kind == "stop" else None,
                stop=price - side * (distance + 13) if has_exits else None,
                target=price + side * (distance + 13) if has_exits else None,
            )
        )


def history(rows: list[tuple[int, int, int, int, bool]]) -> tuple[list[int], list[Candle]]:
    """When the bars open, and the bars."""
    candles: list[Candle] = []
    start, opened = START, 100
    for change, above, below, jump, hole in rows:
        close = max(20, opened + change)
        high, low = max(opened, close) + above, max(1, min(opened, close) - below)
        candles.append(
            Candle(start + MINUTE, PERP, start, float(opened), float(high), float(low), float(close), 1_000.0)
        )
        start += GAP if hole else MINUTE
        opened = max(20, close + jump)
    return [candle.start for candle in candles], candles


def played(
    rows: list[tuple[int, int, int, int, bool]], listed: list[Any], latency_ns: int, *, all_openings: bool
) -> tuple[Mapping[str, object], int]:
    """All that a run leaves behind, and of how many bars it heard when they opened."""
    starts, candles = history(rows)
    stream: Iterator[Event] = (
        chain.from_iterable(
            (BarOpened(ts, PERP, candle.open), candle) for ts, candle in zip(starts, candles, strict=True)
        )
        if all_openings
        else iter(candles)
    )
    replay = Replay(
        ReplaySetup(
            instruments=[instrument(PERP)],
            strategies=[Deeds("deeds", (PERP,), {"deeds": listed})],
            gate=Gate(Limits(max_leverage=Decimal(20), daily_drawdown_limit=Decimal("0.4"))),
            stream=stream,
            has_lone_bars=not all_openings,
            first_prices={PERP: 100.0},
            start_ns=START,
            native_ns=MINUTE,
            capital=Decimal(300),
            leverage=Decimal(20),
            latency_ns=latency_ns,
            slippage_bps=Decimal(2),
            seed=1,
        )
    )
    heard: list[Event] = []
    replay.kernel.bus.subscribe(BarOpened, heard.append)
    replay.run()
    kernel, recorder = replay.kernel, replay.recorder
    left = {
        "hash": kernel.state_hash(),
        "fills": recorder.fills,
        "halts": recorder.halts,
        "trips": recorder.trips.closed,
        "curve": recorder.curve.points(recorder.daily.ends),
        "drawdown": recorder.drawdown.deepest,
        "exposed": recorder.in_market_ns(kernel.timeline.now_ns),
        "equity": kernel.account.equity(),
        "venue": replay.venue.equity(),
        "errors": recorder.errors,
        "counts": kernel.orders.counts,
    }
    return left, len(heard)


@given(
    st.lists(bars, min_size=2, max_size=60),
    st.lists(deeds, max_size=12),
    st.sampled_from((0, 1, 500_000_000, MINUTE, 90 * SECOND)),
)
@example([(0, 0, 0, 0, False)] * 5 + [(-8, 6, 6, -4, False)] * 8, [(1, 0, "market", 1, 1, 40, True)], 0)
@settings(deadline=None)
def test_openings_that_do_not_matter_can_be_left_out(
    rows: list[tuple[int, int, int, int, bool]], listed: list[Any], latency_ns: int
) -> None:
    """Fills with their times, halts, trips, the curve and both books are those of a run that hears of every opening."""
    full, heard_all = played(rows, listed, latency_ns, all_openings=True)
    sparse, heard = played(rows, listed, latency_ns, all_openings=False)
    assert sparse == full
    assert heard <= heard_all == len(rows)


def test_a_quiet_market_is_not_told_of_openings() -> None:
    """Nothing waits and no timer is due: after the first bar of an hour, only the hour itself opens one again."""
    rows = [(0, 1, 1, 0, False)] * 150
    _, heard = played(rows, [], 0, all_openings=False)
    assert heard == 3  # the first, and those in which an hour ends
    _, heard = played(rows, [(10, 0, "market", 1, 1, 1, False)], 0, all_openings=False)
    assert heard == 4  # and the one that fills the order


def test_an_opening_is_never_told_before_the_last_bar_has_closed() -> None:
    """Stamps may jitter: a bar that starts before the last one ended opens when that one has closed."""
    candle = Candle(START + MINUTE, PERP, START, 100.0, 101.0, 99.0, 100.0, 1.0)
    assert LoneBars.opening(candle, START - 1) == BarOpened(START, PERP, 100.0)
    assert LoneBars.opening(candle, START + 3) == BarOpened(START + 3, PERP, 100.0)
