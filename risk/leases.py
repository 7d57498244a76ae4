"""Who gets which part of the capital, and when that is drawn anew: with each day, and when somebody new sits down."""

from collections.abc import Sequence

import msgspec

from engine.account import Account
from engine.events import CapitalAllocated, Event
from risk.allocation import Allocation


class Leases:
    """Draws for the strategies that work in this run; where only a journal is read, nobody does."""

    def __init__(self, allocation: Allocation) -> None:
        self._allocation = allocation
        self._works = False
        self._day_ends_ns = 0  # of the day of the last draw

    def seat(self, strategies: Sequence[str], account: Account, now_ns: int) -> Sequence[Event]:
        """Leases of today hold; who has none gets what is free."""
        allocation = self._allocation
        for name in allocation.weights():
            if name not in strategies:
                allocation.unseat(name)
        for name in strategies:
            allocation.seat(name)
        self._works = bool(strategies)
        if not strategies:
            return ()
        self._day_ends_ns = account.day_end_of(now_ns)
        allocation.draw(now_ns, self._day_ends_ns)
        return (self._told(now_ns),)

    def judge(self, account: Account, now_ns: int) -> Sequence[Event]:
        """When a day is over, what each made of it decides how the next is drawn."""
        day = self._day_ends_ns
        if not self._works or now_ns < day:
            return ()
        results = {name: track.days[day] for name, track in account.tracks.items() if day in track.days}
        self._day_ends_ns = account.day_ends_ns
        self._allocation.roll(now_ns, self._day_ends_ns, results, account.day_start_equity)
        return (self._told(now_ns),)

    def take(self, event: CapitalAllocated) -> None:
        """As an earlier run had it."""
        self._allocation.load(msgspec.json.decode(event.kept))

    def _told(self, now_ns: int) -> Event:
        allocation = self._allocation
        shares = tuple((name, allocation.share(name)) for name in allocation.weights())
        kept = msgspec.json.encode(allocation.saved()).decode()
        return CapitalAllocated(now_ns, self._day_ends_ns, shares, kept)
