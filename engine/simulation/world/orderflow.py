"""Order flow: bursts of trades, each of which leaves a new best bid and ask behind, and a depth behind those.

A burst is the unit of time of an order book. Its trades print at the quote they find, lean to the side prices are
going to, and a moment after the last of them the book stands where the latent price is. So trades cluster, bounce
between bid and ask and move the price, and between two bursts nothing moves at all.
"""

import numpy as np
from numpy.random import Generator

from engine.simulation.world.book import Book, Floats, Flow, Ints, Standing, Stretch
from engine.simulation.world.scenarios import SECOND_NS, Tension, tension
from engine.simulation.world.weather import VOLATILITY_VARIANCE

CELLS = 120  # the pace of a block is drawn for so many parts of it
CLUSTERING = 3.0  # shape of the gamma noise on each part: less is more bursty
PACE_ON_MOOD = 1.0
# The mean of a lognormal pace is one however strongly it follows the mood.
PACE_LEVEL = VOLATILITY_VARIANCE * (PACE_ON_MOOD - 0.5 * PACE_ON_MOOD**2)
GAP_NS = 1_000  # between two bursts at least

SPREAD_ON_MOOD = 0.9
SPREAD_NOISE = 0.35
DEPTH_ON_MOOD = 0.7
DEPTH_ON_LIQUIDITY = 0.5
TOP_NOISE = 0.6

SIDE_ON_MOVE = 0.9
SIDE_ON_PART = 0.45  # big orders are cut in pieces: for a while the takers are on one side
MOST_MOVED = 4.0
SIZE_DEVIATION = 1.15
SIZE_TAIL = 0.12
SIZE_TAIL_FROM = 1.5
SIZE_ON_MOVE = 0.4
COUNT_AT_REST = 0.5  # of the usual number of trades in a burst that moves nothing
COUNT_ON_MOVE = 0.95
BURST_NS = 90_000_000

NOTHING = np.empty(0, dtype=np.int64)
QUIET = Flow(NOTHING, NOTHING, NOTHING, NOTHING, NOTHING, NOTHING, NOTHING, NOTHING, NOTHING, np.empty(0))


def _bursts(
    book: Book, stretch: Stretch, from_ns: int, to_ns: int, activity: float, random: Generator
) -> tuple[Ints, Ints]:
    """The moments of the bursts, at least a gap apart, and the part of the block that each of them falls into."""
    parts = max(1, CELLS * (to_ns - from_ns) // (stretch.end_ns - stretch.start_ns))
    part_ns = (to_ns - from_ns) / parts
    starts = from_ns + (np.arange(parts) * part_ns).astype(np.int64)
    minutes = stretch.minutes(starts)
    pace = PACE_LEVEL + PACE_ON_MOOD * stretch.hour.mood[minutes] + stretch.hour.pace[minutes]
    stirred = tension(stretch.acts, book.coin.name, book.coin.stress, starts + int(part_ns / 2))
    if stirred is not None:
        pace = pace + stirred.pace + PACE_ON_MOOD * stirred.volatility
    per_s = book.trading.trades_per_s / book.trading.trades_per_burst * activity
    expected = per_s * part_ns / SECOND_NS * np.exp(pace)
    counts = random.poisson(expected * random.gamma(CLUSTERING, 1 / CLUSTERING, parts))
    part = np.repeat(np.arange(parts), counts)
    times = starts[part] + (random.random(part.size) * part_ns).astype(np.int64)
    times.sort()
    ramp = GAP_NS * np.arange(1, times.size + 1)
    times = np.maximum(np.maximum.accumulate(times - ramp), from_ns) + ramp
    return np.minimum(times, to_ns - ramp[::-1]), part


def flow(
    book: Book,
    stretch: Stretch,
    from_ns: int,
    to_ns: int,
    standing: Standing | None,
    activity: float,
    random: Generator,
) -> Flow:
    """What happens in a book between two moments; without anything standing it opens with a quote and a trade."""
    times, part = _bursts(book, stretch, from_ns, to_ns, activity, random)
    if standing is None:
        times, part = np.concatenate(([from_ns], times)), np.concatenate(([0], part))
    elif not times.size:
        return QUIET
    minutes = stretch.minutes(times)
    stirred = tension(stretch.acts, book.coin.name, book.coin.stress, times)
    noise = random.standard_normal((4, times.size))
    middle = _middle(book, stretch, times, stirred)

    # What the bursts leave behind.
    mood = stretch.hour.mood[minutes]
    wide = SPREAD_NOISE * noise[0]
    deep = DEPTH_ON_LIQUIDITY * stretch.hour.liquidity[minutes]
    if stirred is not None:
        mood = mood + stirred.volatility
        wide = wide + stirred.spread
        deep = deep + stirred.depth
    width = np.maximum(1.0, np.rint(middle * book.trading.spread * np.exp(SPREAD_ON_MOOD * mood + wide)))
    bid = np.maximum(1.0, np.floor(middle - 0.5 * width + 0.5))
    ask = bid + width
    lots_per_money = book.lots_per_unit * book.ticks_per_unit / middle
    depth = book.trading.top_notional * lots_per_money * np.exp(deep - DEPTH_ON_MOOD * mood)
    bid_size, ask_size = np.maximum(1.0, np.rint(depth * np.exp(TOP_NOISE * noise[1:3])))

    # What they found: the quotes their predecessors left.
    found = standing or Standing(from_ns, int(bid[0]), int(ask[0]))
    found_ts = np.concatenate(([found.ts], times[:-1]))
    found_bid = np.concatenate(([found.bid], bid[:-1]))
    found_ask = np.concatenate(([found.ask], ask[:-1]))
    usual = stretch.hour.deviation[minutes] * np.sqrt((times - found_ts + stretch.step_ns) / SECOND_NS)
    if stirred is not None:
        usual = usual * np.exp(stirred.volatility)
    moved = np.clip((middle - 0.5 * (found_bid + found_ask)) / (middle * usual + 0.5), -MOST_MOVED, MOST_MOVED)
    leaning = SIDE_ON_PART * random.standard_normal(CELLS)[part]
    side = np.where(SIDE_ON_MOVE * moved + leaning + noise[3] > 0.0, 1, -1)

    # The trades of which they consist.
    usual_count = book.trading.trades_per_burst * (COUNT_AT_REST + COUNT_ON_MOVE * np.abs(moved))
    counts = random.geometric(1 / (1 + usual_count)) - 1
    opening = standing is None
    if opening:
        counts[0] = 1
    burst = np.repeat(np.arange(times.size), counts)
    within = np.minimum(times - np.maximum(found_ts, from_ns) - 2, BURST_NS)
    trade_ts = times[burst] - 1 - (within[burst] * random.random(burst.size)).astype(np.int64)
    if opening:
        trade_ts[0] = from_ns + GAP_NS // 2  # it opens with its quote; the trade comes after that
    shock = random.standard_normal(burst.size)
    shock += SIZE_TAIL * np.maximum(shock - SIZE_TAIL_FROM, 0.0) ** 2
    usual_size = book.trading.trade_notional * lots_per_money * (1.0 + SIZE_ON_MOVE * np.abs(moved))
    size = np.clip(np.rint(usual_size[burst] * np.exp(SIZE_DEVIATION * shock)), 1, book.most_lots)
    return Flow(
        trade_ts=trade_ts,
        trade_price=np.where(side > 0, found_ask, found_bid)[burst].astype(np.int64),
        trade_size=size.astype(np.int64),
        trade_side=side[burst],
        quote_ts=times,
        bid=bid.astype(np.int64),
        ask=ask.astype(np.int64),
        bid_size=bid_size.astype(np.int64),
        ask_size=ask_size.astype(np.int64),
        depth=depth,
    )


def _middle(book: Book, stretch: Stretch, times: Ints, stirred: Tension | None) -> Floats:
    """What the instrument is worth at these moments, in ticks and parts of them."""
    log_price = stretch.log_price(times)
    if book.is_perpetual:
        log_price = log_price + stretch.between(stretch.hour.basis, times)
    if stirred is not None:
        log_price = log_price + stirred.shift
    middle: Floats = np.exp(log_price) * book.ticks_per_unit
    return middle
