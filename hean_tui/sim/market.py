"""A cheap market: random walks with moods, fast enough for thousands of days, and all the ugliness a feed can have.

The exchange sees the true market. What reaches the engine goes through the border of its feed, where what is no price
is refused and counted, as an adapter does it.
"""

from heapq import heappop, heappush
from math import inf, nan
from random import Random

from engine import events
from engine.instruments import Instrument
from hean_tui.sim.faults import Fault, S

_GARBAGE = (nan, inf, -inf, 0.0, -1.0, 1e300)
_CALM = 0.0004  # of the price, for each square root of a second


class _Pit:
    """Where one symbol is traded."""

    __slots__ = ("drift", "instrument", "price", "tick", "vol")

    def __init__(self, instrument: Instrument, price: float, vol: float) -> None:
        self.instrument = instrument
        self.tick = float(instrument.tick)
        self.price = price
        self.vol = vol
        self.drift = 0.0


class SimMarket:
    """Makes one market event after another; `next_ns` says when the next one is."""

    def __init__(
        self, instruments: list[Instrument], stream: Random, start_ns: int, tick_ns: int, mark_ns: int, *, quotes: bool
    ) -> None:
        self._stream = stream
        self._tick_ns = tick_ns
        self._usual_ns = tick_ns
        self._mark_ns = mark_ns  # marks come by themselves, also where nobody trades
        self._quotes = quotes
        self._vol = _CALM * (tick_ns / S) ** 0.5
        self.pits: dict[str, _Pit] = {}
        self._due: list[tuple[int, int, _Pit]] = []
        self.crossed_until = self.garbage_until = -1
        self.refused = 0  # what was no price
        for number, instrument in enumerate(instruments):
            pit = _Pit(instrument, stream.uniform(20.0, 60_000.0), self._vol * stream.uniform(0.5, 3.0))
            pit.price = max(pit.tick * 2_000, round(pit.price / pit.tick) * pit.tick)
            self.pits[instrument.symbol] = pit
            heappush(self._due, (start_ns + 1 + stream.randrange(max(1, tick_ns // 8)), 2 * number, pit))
            heappush(self._due, (start_ns + 2 + stream.randrange(mark_ns // 8), 2 * number + 1, pit))
        self.next_ns = self._due[0][0]

    # --- what happens to it

    def gap(self, fault: Fault) -> None:
        """The price is elsewhere, with nothing in between."""
        own = Random(fault.pick)
        pit = own.choice(list(self.pits.values()))
        pit.price = max(pit.tick * 500, pit.price * (1.0 + own.choice((-1, 1)) * own.uniform(0.01, 0.3)))

    def trend(self, fault: Fault) -> None:
        """It goes one way."""
        own = Random(fault.pick)
        pit = own.choice(list(self.pits.values()))
        pit.drift = own.choice((-1, 1)) * own.uniform(0.2, 1.0) * pit.vol

    def settle(self) -> None:
        """It goes no way any more."""
        for pit in self.pits.values():
            pit.drift = 0.0

    def cross(self, until_ns: int) -> None:
        """The feed shows bids above asks."""
        self.crossed_until = until_ns

    def soil(self, until_ns: int) -> None:
        """The feed carries what is no price."""
        self.garbage_until = until_ns

    def hurry(self) -> None:
        """Fifty times as much is traded."""
        self._tick_ns = max(1_000_000, self._usual_ns // 50)

    def slow_down(self) -> None:
        """As much as usual."""
        self._tick_ns = self._usual_ns

    def prices(self) -> dict[str, float]:
        """What everything costs now."""
        return {symbol: round(pit.price / pit.tick) * pit.tick for symbol, pit in self.pits.items()}

    # --- one after another

    def pop(self) -> list[events.Event]:
        """What happens at `next_ns`: a trade with what is quoted, or a mark."""
        now, number, pit = heappop(self._due)
        if number & 1:
            heappush(self._due, (now + self._mark_ns, number, pit))
            self.next_ns = self._due[0][0]
            return [events.MarkPrice(now, pit.instrument.symbol, pit.price, pit.price)]
        stream = self._stream
        draw = stream.random
        # The sum of three is nearly normal, and three times as fast.
        pit.price *= 1.0 + pit.drift + pit.vol * 2.0 * (draw() + draw() + draw() - 1.5)
        tick = pit.tick
        pit.price = max(pit.price, 200 * tick)
        ticks = round(pit.price / tick)
        share = draw()
        side = 1 if share < 0.5 else -1
        symbol = pit.instrument.symbol
        told: list[events.Event] = []
        if self._quotes:
            spread = 1 + int(share * 6) % 3
            thin = 0.02 if share > 0.9 else 2.0
            bid, ask = ticks * tick, (ticks + spread) * tick
            told.append(events.Quote(now, symbol, bid, ask, thin * (0.1 + draw()), thin * (0.1 + draw())))
        told.append(events.Tick(now, symbol, ticks * tick, 0.001 + share, side))
        due = now + max(1, int(self._tick_ns * (0.5 + draw())))
        heappush(self._due, (due, number, pit))
        self.next_ns = self._due[0][0]
        return told

    def reaching(self, event: events.Event) -> events.Event | None:
        """What the engine is told of it; None where the border of its feed refused it."""
        if event.ts < self.crossed_until and isinstance(event, events.Quote):
            return events.Quote(event.ts, event.symbol, event.ask, event.bid, event.bid_size, event.ask_size)
        if event.ts < self.garbage_until and isinstance(event, events.Tick) and self._stream.random() < 0.5:
            price = _GARBAGE[int(self._stream.random() * len(_GARBAGE))]
            if not 0.0 < price < 1e15:
                self.refused += 1
                return None
        return event
