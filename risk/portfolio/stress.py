"""Stress tests: what the book loses in crashes that happened, and in cases that are simply bad."""

from collections.abc import Mapping, Sequence
from typing import Protocol

import msgspec

from risk.portfolio.book import Book, base_of, pays_funding
from risk.portfolio.crashes import CRASHES, Crash, Move

FALL, REBOUND = "fall", "rebound"


class StressLoss(msgspec.Struct, frozen=True):
    """What a shock takes; negative where the book gains."""

    name: str
    loss: float
    positions: tuple[float, ...]  # of each position of the book by its price alone, in the book's order
    at_stops: float  # the loss if every stop were filled at its price, which in a gap none is
    funding: float = 0.0  # of the loss
    basis: float = 0.0  # of the loss: what a hedge costs when perpetual and coin part


class Shock(Protocol):
    """Something that happens to the whole book at once."""

    @property
    def name(self) -> str:
        """What a person calls it."""
        ...

    def strike(self, book: Book) -> StressLoss:
        """What it takes from this book."""
        ...


class CrashShock(msgspec.Struct, frozen=True):
    """One phase of a crash: the fall, or the rebound after it."""

    crash: Crash
    phase: str = FALL

    @property
    def name(self) -> str:
        """The month, and the phase."""
        return f"{self.crash.name}, the {self.phase}"

    def strike(self, book: Book) -> StressLoss:
        """Prices, a day of funding, and what hedges lose when perpetual and coin part."""
        losses = tuple(
            -notional * self._move(base_of(symbol), notional)
            for symbol, notional in zip(book.symbols, book.notionals, strict=True)
        )
        funding = sum(
            abs(notional) * (self.crash.long_funding if notional > 0 else self.crash.short_funding)
            for symbol, notional in zip(book.symbols, book.notionals, strict=True)
            if pays_funding(symbol)
        )
        return _loss(self.name, book, losses, funding, self.crash.basis * _hedged(book))

    def _move(self, base: str, notional: float) -> float:
        """The return of a coin. One that is not in the table loses the most in it, and gains the least."""
        against = notional > 0 if self.phase == FALL else notional < 0
        moves = [self.crash.moves[base]] if base in self.crash.moves else list(self.crash.moves.values())
        sizes = [self._size(move, against) for move in moves]
        size = max(sizes) if against else min(sizes)
        return -size if self.phase == FALL else size

    def _size(self, move: Move, against: bool) -> float:
        if self.phase == REBOUND:
            return move.rebound
        return move.low if against else move.close


class Gap(msgspec.Struct, frozen=True):
    """Every price jumps by the same share, up or down, whichever is worse."""

    share: float = 0.1

    @property
    def name(self) -> str:
        """With its size."""
        return f"a gap of {_per_cent(self.share)}"

    def strike(self, book: Book) -> StressLoss:
        """The net of the book, times the gap."""
        direction = 1.0 if sum(book.notionals) > 0 else -1.0
        return _loss(self.name, book, tuple(direction * self.share * notional for notional in book.notionals))


class AllAgainst(msgspec.Struct, frozen=True):
    """Correlations go to one, and against the book: every position moves the wrong way, hedges too."""

    share: float = 0.1

    @property
    def name(self) -> str:
        """With its size."""
        return f"everything {_per_cent(self.share)} against the book"

    def strike(self, book: Book) -> StressLoss:
        """The gross of the book, times the move."""
        return _loss(self.name, book, tuple(abs(notional) * self.share for notional in book.notionals))


class FundingSpike(msgspec.Struct, frozen=True):
    """Funding at an extreme, and against every perpetual, for some settlements in a row."""

    rate: float = 0.0056  # ADA's on Bybit, in October 2025
    settlements: int = 3

    @property
    def name(self) -> str:
        """With its size."""
        return f"funding of {_per_cent(self.rate)} for {self.settlements} settlements"

    def strike(self, book: Book) -> StressLoss:
        """The perpetuals pay; prices stay."""
        value = sum(abs(n) for symbol, n in zip(book.symbols, book.notionals, strict=True) if pays_funding(symbol))
        return _loss(self.name, book, (0.0,) * len(book.symbols), value * self.rate * self.settlements)


class LostLeg(msgspec.Struct, frozen=True):
    """One leg of a hedge is gone (liquidated, delisted, closed by hand), and what is left moves against the book."""

    share: float = 0.1

    @property
    def name(self) -> str:
        """With its size."""
        return f"one leg lost, then {_per_cent(self.share)} against the rest"

    def strike(self, book: Book) -> StressLoss:
        """The worst leg to lose; a book that hedges nothing loses nothing by it."""
        worst = _loss(self.name, book, (0.0,) * len(book.symbols))
        if not (any(n > 0 for n in book.notionals) and any(n < 0 for n in book.notionals)):
            return worst
        for lost in range(len(book.symbols)):
            rest = tuple(0.0 if place == lost else notional for place, notional in enumerate(book.notionals))
            direction = self.share if sum(rest) > 0 else -self.share
            struck = _loss(self.name, book, tuple(direction * notional for notional in rest))
            if struck.loss > worst.loss:
                worst = struck
        return worst


SHOCKS: tuple[Shock, ...] = (
    *(CrashShock(crash, phase) for crash in CRASHES for phase in (FALL, REBOUND)),
    Gap(),
    AllAgainst(),
    FundingSpike(),
    LostLeg(),
)


def stress(book: Book, shocks: Sequence[Shock] = SHOCKS) -> list[StressLoss]:
    """What each shock takes, in the order given."""
    return [shock.strike(book) for shock in shocks]


def worst_of(losses: Sequence[StressLoss]) -> StressLoss | None:
    """The one that takes the most; none where nothing is lost."""
    worst = max(losses, key=lambda each: each.loss, default=None)
    return worst if worst is not None and worst.loss > 0 else None


def replay(name: str, book: Book, prices: Mapping[str, Sequence[float]]) -> StressLoss:
    """Lead today's book through prices that were, hour by hour, and stop where it has lost the most.

    The prices of all symbols begin at the same hour; each position is held throughout, as if nobody were there.
    """
    paths = [prices[symbol] for symbol in book.symbols]
    worst = (0.0,) * len(book.symbols)
    for now in zip(*paths, strict=True):
        losses = tuple(
            -notional * (price / path[0] - 1.0)
            for notional, price, path in zip(book.notionals, now, paths, strict=True)
        )
        if sum(losses) > sum(worst):
            worst = losses
    return _loss(name, book, worst)


def _loss(name: str, book: Book, positions: tuple[float, ...], funding: float = 0.0, basis: float = 0.0) -> StressLoss:
    stopped = sum(
        loss if stop is None else min(loss, abs(notional) * stop)
        for loss, notional, stop in zip(positions, book.notionals, book.distances, strict=True)
    )
    beside = funding + basis
    return StressLoss(name, sum(positions) + beside, positions, stopped + beside, funding, basis)


def _hedged(book: Book) -> float:
    """The value that stands against itself in one coin, long here and short there."""
    total = 0.0
    for base in dict.fromkeys(map(base_of, book.symbols)):
        held = [n for symbol, n in zip(book.symbols, book.notionals, strict=True) if base_of(symbol) == base]
        total += min(sum(n for n in held if n > 0), -sum(n for n in held if n < 0))
    return total


def _per_cent(share: float) -> str:
    return f"{100 * share:.4g} %"
