"""A price-time priority book: the liquidity of others by level, and our own orders with their place in the queue.

Prices are ticks and sizes are lots. Inside, a level is known by its key, ticks times side (+1 bids, -1 asks), so that
on both sides the best level is the last of the sorted keys, where adding and removing is cheapest.
"""

from bisect import bisect_left, insort
from collections.abc import Iterable, Iterator

from engine.simulation.orders import VenueOrder

# The size ahead of an order that rests where the market is not visible; it becomes known when the level is shown.
UNSEEN = 1 << 62

# What a taker meets when there is nothing within its limit.
NOTHING = (0, 0)


class Levels:
    """The liquidity of others on one side."""

    __slots__ = ("keys", "lots", "side")

    def __init__(self, side: int) -> None:
        self.side = side
        self.keys: list[int] = []
        self.lots: dict[int, int] = {}

    def set(self, ticks: int, lots: int) -> None:
        """Make this the size of a level; no size, no level."""
        key = ticks * self.side
        if lots > 0:
            if key not in self.lots:
                insort(self.keys, key)
            self.lots[key] = lots
        elif key in self.lots:
            del self.lots[key]
            del self.keys[bisect_left(self.keys, key)]

    def load(self, levels: Iterable[tuple[int, int]]) -> None:
        """Replace everything by these (ticks, lots), in any order."""
        side = self.side
        self.lots = {ticks * side: lots for ticks, lots in levels if lots > 0}
        self.keys = sorted(self.lots)

    def best_ticks(self) -> int:
        """The best price; 0 when the side is empty."""
        return self.keys[-1] * self.side if self.keys else 0

    def drop_best(self) -> None:
        """Remove the best level."""
        del self.lots[self.keys.pop()]


class Queue:
    """Our own resting orders on one side, by price and then by time."""

    __slots__ = ("at", "keys", "side")

    def __init__(self, side: int) -> None:
        self.side = side
        self.keys: list[int] = []
        self.at: dict[int, list[VenueOrder]] = {}

    def add(self, order: VenueOrder) -> None:
        """Put an order behind all others at its price."""
        key = order.ticks * self.side
        line = self.at.get(key)
        if line is None:
            self.at[key] = [order]
            insort(self.keys, key)
        else:
            line.append(order)

    def remove(self, order: VenueOrder) -> None:
        """Take an order out."""
        key = order.ticks * self.side
        line = self.at[key]
        line.remove(order)
        if not line:
            del self.at[key]
            del self.keys[bisect_left(self.keys, key)]

    def turn(self, order: VenueOrder) -> int:
        """How many of our own orders at its price come before an order."""
        return self.at[order.ticks * self.side].index(order)

    def best_ticks(self) -> int:
        """The best price; 0 when nothing rests."""
        return self.keys[-1] * self.side if self.keys else 0

    def __iter__(self) -> Iterator[VenueOrder]:
        """All orders, best price first, then oldest first; the queue may change meanwhile."""
        return iter([order for key in reversed(self.keys) for order in self.at[key]])


class Book:
    """Both sides of one symbol."""

    __slots__ = ("_levels", "_queues", "own_asks", "own_bids")

    def __init__(self) -> None:
        self.own_bids = Queue(1)
        self.own_asks = Queue(-1)
        self._levels = {1: Levels(1), -1: Levels(-1)}
        self._queues = {1: self.own_bids, -1: self.own_asks}

    def levels(self, side: int) -> Levels:
        """The liquidity of others on the bid (+1) or ask (-1) side."""
        return self._levels[side]

    def queue(self, side: int) -> Queue:
        """Our own orders on the bid (+1) or ask (-1) side."""
        return self._queues[side]

    def apply(self, bids: Iterable[tuple[int, int]], asks: Iterable[tuple[int, int]], snapshot: bool) -> None:
        """Set levels; a snapshot forgets the old ones. Own orders move forward where less is ahead of them now.

        Levels that the newer ones have overrun were gone already and only their removal is still to come.
        """
        changed = {1: list(bids), -1: list(asks)}
        for side, updates in changed.items():
            levels = self._levels[side]
            if snapshot:
                levels.load(updates)
            else:
                for ticks, lots in updates:
                    levels.set(ticks, lots)
        overrun = self._levels[-1 if changed[1] and not changed[-1] else 1]
        while self._is_crossed():
            overrun.drop_best()
        for side, updates in changed.items():
            if self._queues[side].keys:
                self.move_forward(side, updates)

    def _is_crossed(self) -> bool:
        bid, ask = self._levels[1].best_ticks(), self._levels[-1].best_ticks()
        return bool(bid and ask and bid >= ask)

    def move_forward(self, side: int, updates: Iterable[tuple[int, int]] = ()) -> None:
        """Never is more ahead of an own order than stands at its price."""
        queue, levels = self._queues[side], self._levels[side]
        for ticks, lots in updates:
            for order in queue.at.get(ticks * side, ()):
                order.ahead = min(order.ahead, lots)
        for key in queue.keys:
            shown = levels.lots.get(key)
            if shown is None:
                if levels.keys and key < levels.keys[0]:
                    continue  # deeper than the book we see
                shown = 0
            for order in queue.at[key]:
                order.ahead = min(order.ahead, shown)

    def size_ahead(self, side: int, ticks: int) -> int:
        """What a new order at this price would have to wait for."""
        levels = self._levels[side]
        key = ticks * side
        ahead = UNSEEN if levels.keys and key < levels.keys[0] else levels.lots.get(key, 0)
        line = self._queues[side].at.get(key)
        # Whatever was seen meanwhile: nobody gets before one of our own who came first.
        return max(ahead, line[-1].ahead) if line else ahead

    def offer(self, side: int, limit_ticks: int = 0) -> tuple[int, int]:
        """What a taker meets first within its limit: ticks and lots of others; no lots if it would meet itself.

        At each level the others that stand before our own first order come first.
        """
        others, own = self._levels[-side], self._queues[-side]
        if own.keys and (not others.keys or own.keys[-1] >= others.keys[-1]):
            key = own.keys[-1]
            lots = min(own.at[key][0].ahead, others.lots.get(key, 0))
        elif others.keys:
            key = others.keys[-1]
            lots = others.lots[key]
        else:
            return NOTHING
        ticks = -side * key
        if limit_ticks and (ticks - limit_ticks) * side > 0:
            return NOTHING
        return ticks, lots

    def take(self, side: int, ticks: int, lots: int) -> None:
        """A taker of this side took lots of others at a level of the other side."""
        others, own = self._levels[-side], self._queues[-side]
        key = -side * ticks
        others.set(ticks, others.lots[key] - lots)
        for order in own.at.get(key, ()):
            order.ahead = max(0, order.ahead - lots)

    def available(self, side: int, limit_ticks: int, wanted: int) -> int:
        """How many of the wanted lots a taker could have within its limit before it meets itself."""
        others, own = self._levels[-side], self._queues[-side]
        barrier = own.keys[-1] if own.keys else None
        found = 0
        for key in reversed(others.keys):
            if limit_ticks and (-side * key - limit_ticks) * side > 0:
                break
            if barrier is not None and key <= barrier:
                if key == barrier:
                    found += min(own.at[key][0].ahead, others.lots[key])
                break
            found += others.lots[key]
            if found >= wanted:
                break
        return min(found, wanted)
