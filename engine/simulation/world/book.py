"""What an order book is made of here: its grid and habits, the latent time under it, and what flows through."""

from collections.abc import Sequence

import msgspec
import numpy as np
from numpy.typing import NDArray

from engine.instruments import Instrument
from engine.simulation.world.coins import Coin, Trading
from engine.simulation.world.paths import MINUTE_NS, CoinHour
from engine.simulation.world.scenarios import StagedAct

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


class Book(msgspec.Struct, frozen=True):
    """One symbol: its habits, and its grid as whole numbers of ticks and lots in one unit.

    A whole number divided by a whole number is the float nearest to the decimal price, which a multiple of the tick is
    not.
    """

    instrument: Instrument
    number: int
    coin: Coin
    trading: Trading
    ticks_per_unit: int
    lots_per_unit: int
    most_lots: int

    @property
    def is_perpetual(self) -> bool:
        """Whether its price is the spot price and a basis."""
        return not self.instrument.is_spot


def book_of(instrument: Instrument, coin: Coin) -> Book:
    """The book of a listed instrument."""
    return Book(
        instrument=instrument,
        number=2 * coin.number + instrument.is_spot,
        coin=coin,
        trading=coin.spot if instrument.is_spot else coin.perpetual,
        ticks_per_unit=int(1 / instrument.tick),
        lots_per_unit=int(1 / instrument.lot),
        most_lots=instrument.lots(instrument.max_market_quantity),
    )


class Stretch(msgspec.Struct, frozen=True):
    """A coin over one block: the refined path on its grid, the hour around it, and the acts that may concern it."""

    start_ns: int
    end_ns: int
    hour_ns: int
    hour: CoinHour
    path: Floats
    step_ns: int
    acts: Sequence[StagedAct]

    def log_price(self, times: Ints) -> Floats:
        """The spot price's logarithm at these moments, without what acts do to it."""
        price: Floats = self.path[(times - self.start_ns) // self.step_ns]
        return price

    def minutes(self, times: Ints) -> Ints:
        """Which minute of the hour each moment is in."""
        return (times - self.hour_ns) // MINUTE_NS

    def between(self, ends: Floats, times: Ints) -> Floats:
        """A value that is known at the ends of all minutes, at these moments."""
        since = (times - self.hour_ns) / MINUTE_NS
        minute = since.astype(np.int64)
        before = ends[minute]
        value: Floats = before + (ends[minute + 1] - before) * (since - minute)
        return value


class Standing(msgspec.Struct, frozen=True):
    """The best bid and ask, in ticks, that order flow finds when it begins."""

    ts: int
    bid: int
    ask: int


class Flow(msgspec.Struct, frozen=True):
    """Trades and quotes of one symbol, prices in ticks and sizes in lots; each quote has the depth behind it."""

    trade_ts: Ints
    trade_price: Ints
    trade_size: Ints
    trade_side: Ints
    quote_ts: Ints
    bid: Ints
    ask: Ints
    bid_size: Ints
    ask_size: Ints
    depth: Floats

    def left(self) -> Standing | None:
        """The book it leaves, if it changed it."""
        if not self.quote_ts.size:
            return None
        return Standing(int(self.quote_ts[-1]), int(self.bid[-1]), int(self.ask[-1]))
