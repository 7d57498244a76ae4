"""The book behind the best prices: kept as quotes and depths, and laid out level by level when somebody asks."""

import msgspec
import numpy as np

from engine.simulation.world.book import Book, Flow, Standing
from engine.simulation.world.streams import Concern, stream

LEVELS = 32
SHAPES = 64  # ladders differ from burst to burst, in turn
SIZE_NOISE = 0.45
GROWTH = 1.38  # each gap is so much wider than the one before it
GROWTH_OF_SIZE = 1.14


class Ladder:
    """The latest books of one symbol, found by their time.

    The feed is ahead of its reader by up to a block. Books are therefore kept until the block after them has begun, and
    a question is answered as of the moment it is asked for.
    """

    def __init__(self, seed: int, book: Book) -> None:
        self._flows: list[Flow] = []
        self._away: list[list[int]] = []  # for each flow, how many ticks from the best price its levels are
        # Distances are fractions of the price; levels nearer than a tick to each other move one tick apart.
        distance = np.cumsum(GROWTH ** np.arange(LEVELS - 1))
        self._reach: list[float] = (book.trading.reach * distance / distance[-1]).tolist()
        noise = stream(seed, Concern.LADDER, book.number).standard_normal((SHAPES, LEVELS - 1))
        shapes = GROWTH_OF_SIZE ** np.arange(LEVELS - 1) * np.exp(SIZE_NOISE * noise)
        self._shapes: list[list[float]] = shapes.tolist()

    def extend(self, flow: Flow) -> None:
        """Add the books a flow leaves."""
        if flow.quote_ts.size:
            self._flows.append(flow)
            self._away.append(self._spaced(int(flow.bid[0])))

    def forget_before(self, ts: int) -> None:
        """Drop the flows all of whose books were replaced before a moment."""
        while len(self._flows) > 1 and self._flows[1].quote_ts[0] <= ts:
            del self._flows[0], self._away[0]

    def cut_after(self, ts: int) -> None:
        """Take back the books later than a moment."""
        while self._flows and self._flows[-1].quote_ts[-1] > ts:
            last = self._flows.pop()
            self._away.pop()
            place = int(np.searchsorted(last.quote_ts, ts, side="right"))
            if place:
                self.extend(
                    msgspec.structs.replace(
                        last,
                        quote_ts=last.quote_ts[:place],
                        bid=last.bid[:place],
                        ask=last.ask[:place],
                        bid_size=last.bid_size[:place],
                        ask_size=last.ask_size[:place],
                        depth=last.depth[:place],
                    )
                )

    def standing(self) -> Standing | None:
        """The last book of all."""
        return self._flows[-1].left() if self._flows else None

    def levels(self, side: int, now_ns: int) -> list[tuple[int, int]]:
        """(price in ticks, size in lots), best first, of the bid (+1) or the ask (-1) side at a moment."""
        for flow, away in zip(reversed(self._flows), reversed(self._away), strict=True):
            if flow.quote_ts[0] <= now_ns:
                return self._laid_out(flow, away, int(flow.quote_ts.searchsorted(now_ns, side="right")) - 1, side)
        return []

    def _laid_out(self, flow: Flow, away: list[int], place: int, side: int) -> list[tuple[int, int]]:
        shape = self._shapes[(2 * place + (side > 0)) % SHAPES]
        depth = float(flow.depth[place])
        if side < 0:
            top = int(flow.ask[place])
            levels = [(top + ticks, int(depth * share) or 1) for ticks, share in zip(away, shape, strict=True)]
            return [(top, int(flow.ask_size[place])), *levels]
        top = int(flow.bid[place])
        levels = [(top - ticks, int(depth * share) or 1) for ticks, share in zip(away, shape, strict=True)]
        while levels and levels[-1][0] < 1:
            levels.pop()
        return [(top, int(flow.bid_size[place])), *levels]

    def _spaced(self, price: int) -> list[int]:
        away = [0]
        for reach in self._reach:
            away.append(max(away[-1] + 1, int(price * reach)))
        return away[1:]
