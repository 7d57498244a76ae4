"""The book as portfolio risk sees it: what is held, what it is worth, and how much may be lost before HALT."""

from math import isfinite

import msgspec


class Book(msgspec.Struct, frozen=True):
    """Positions at one moment, in one quote currency; a short has a negative notional."""

    symbols: tuple[str, ...]
    notionals: tuple[float, ...]
    equity: float
    room: float  # the loss from now at which HALT comes; infinite where nothing halts
    stops: tuple[float | None, ...] = ()  # each position's stop as a fraction of its price; empty: none has one

    def __post_init__(self) -> None:
        assert len(self.symbols) == len(self.notionals), f"{len(self.symbols)} symbols, {len(self.notionals)} notionals"
        assert len(set(self.symbols)) == len(self.symbols), f"a symbol is there twice: {self.symbols}"
        assert all(map(isfinite, self.notionals)), f"a notional is no number: {self.notionals}"
        assert not self.stops or len(self.stops) == len(self.symbols), f"{len(self.stops)} stops"
        assert all(stop is None or stop >= 0 for stop in self.stops), f"a stop is on the winning side: {self.stops}"

    @property
    def distances(self) -> tuple[float | None, ...]:
        """The stops, one for each position."""
        return self.stops or (None,) * len(self.symbols)


def base_of(symbol: str) -> str:
    """The coin of a symbol: BTC of BTC/USDT:USDT."""
    return symbol.partition("/")[0]


def pays_funding(symbol: str) -> bool:
    """Whether a symbol is a perpetual, which names what it settles in."""
    return ":" in symbol
