"""From hourly closes to volatilities and correlations, with caution in place of the history that is not there."""

from collections.abc import Mapping, Sequence
from math import sqrt

import msgspec
import numpy as np

from risk.portfolio.book import Book, base_of
from risk.portfolio.tails import Floats

HOURS_A_YEAR = 8760
ENOUGH_H = 720  # a month; with less, the assumed volatility fills what is missing
LONGEST_GAP_H = 24  # over a longer hole nothing is joined
# Of two memories the more nervous one counts: fear comes within a day and leaves over weeks.
FAST_HALF_LIFE_H = 24
SLOW_HALF_LIFE_H = 240
ASSUMED_VOLATILITY = {"BTC": 0.8, "ETH": 0.8}  # a year; what they had in their restless years
ASSUMED_ELSEWHERE = 1.2
LEAST_VOLATILITY = 0.05  # a price that stands still is no proof of calm
# What is assumed of two symbols: one coin, two that add up, two that hedge. A hedge is trusted less.
SAME_COIN, SAME_SIDE, OPPOSITE_SIDES = 0.99, 0.8, 0.5
MOST_TRUST = 0.8  # in what was measured between two coins: in a crash, more moves together than before


class Moves(msgspec.Struct, frozen=True):
    """How much each symbol moves in an hour, how much together, and what that rests on."""

    volatilities: Floats
    correlations: Floats
    basis: str

    def covariance(self, hours: float) -> Floats:
        """Of the returns over so many hours."""
        scaled = self.volatilities * sqrt(hours)
        return np.outer(scaled, scaled) * self.correlations


def price_grid(symbols: Sequence[str], closes: Mapping[str, Sequence[float | None]]) -> Floats:
    """One column a symbol, one row an hour, the newest last; what is not known, or no price, is not a number."""
    columns = [np.array(closes.get(symbol, ()), dtype=np.float64) for symbol in symbols]
    grid = np.full((max((column.size for column in columns), default=0), len(columns)), np.nan)
    for place, column in enumerate(columns):
        if column.size:
            grid[-column.size :, place] = np.where(np.isfinite(column) & (column > 0), column, np.nan)
    return grid


def hourly_returns(grid: Floats) -> Floats:
    """The return of each hour; that over a gap falls whole into the hour that ends it, as it would on the book."""
    if len(grid) < 2:
        return np.empty((0, grid.shape[1]))
    before = filled(grid)[:-1]
    return grid[1:] / before - 1.0


def horizon_returns(grid: Floats, hours: int) -> Floats:
    """The returns over every stretch of so many hours in which all symbols have a price; the stretches overlap."""
    prices = filled(grid)
    if len(prices) <= hours:
        return np.empty((0, grid.shape[1]))
    returns = prices[hours:] / prices[:-hours] - 1.0
    complete: Floats = returns[np.isfinite(returns).all(axis=1)]
    return complete


def filled(grid: Floats) -> Floats:
    """Gaps hold the last price before them, for a day."""
    rows = np.arange(len(grid))[:, None]
    last = np.maximum.accumulate(np.where(np.isfinite(grid), rows, -1), axis=0)
    held = np.take_along_axis(grid, np.maximum(last, 0), axis=0) if len(grid) else grid
    return np.where((last >= 0) & (rows - last < LONGEST_GAP_H), held, np.nan)


def moves_of(book: Book, grid: Floats) -> Moves:
    """Volatilities and correlations for a book, from what is known of its symbols."""
    returns = hourly_returns(grid)
    return Moves(
        volatilities=volatilities_of(book.symbols, returns),
        correlations=correlations_of(book, returns),
        basis=_told(book.symbols, _known(returns)),
    )


def volatilities_of(symbols: Sequence[str], returns: Floats) -> Floats:
    """For an hour; what was measured and what is assumed are mixed by how far the history is trusted."""
    trust = _trust(returns)
    assumed = np.array([ASSUMED_VOLATILITY.get(base_of(symbol), ASSUMED_ELSEWHERE) for symbol in symbols])
    measured = np.maximum(
        remembered_variance(returns, FAST_HALF_LIFE_H), remembered_variance(returns, SLOW_HALF_LIFE_H)
    )
    mixed = trust * measured + (1.0 - trust) * assumed**2 / HOURS_A_YEAR
    volatilities: Floats = np.sqrt(np.maximum(mixed, LEAST_VOLATILITY**2 / HOURS_A_YEAR))
    return volatilities


def remembered_variance(returns: Floats, half_life_h: float) -> Floats:
    """The mean square of each column, in which an hour counts half as much as one a half-life later."""
    weights = _weights(len(returns), half_life_h) @ np.isfinite(returns)
    squares = _weights(len(returns), half_life_h) @ np.nan_to_num(returns) ** 2
    means: Floats = np.divide(squares, weights, out=np.zeros_like(squares), where=weights > 0)
    return means


def correlations_of(book: Book, returns: Floats) -> Floats:
    """What was measured, mixed with what is assumed; always a matrix that can exist."""
    trust = _trust(returns)
    weights = _weights(len(returns), SLOW_HALF_LIFE_H)[:, None]
    there = np.isfinite(returns).astype(np.float64)
    known = np.nan_to_num(returns)
    together = known.T @ (weights * known)
    alone = (known**2).T @ (weights * there)  # each symbol's squares over the hours that the other one has too
    size = np.sqrt(alone * alone.T)
    measured = np.divide(together, size, out=np.zeros_like(together), where=size > 0)
    assumed = _assumed(book)
    both = np.minimum.outer(trust, trust) * np.where(assumed == SAME_COIN, 1.0, MOST_TRUST) * (size > 0)
    return possible(both * measured + (1.0 - both) * assumed)


def possible(matrix: Floats) -> Floats:
    """Nearly the same matrix, positive semidefinite: no negative eigenvalues, ones on its diagonal."""
    values, vectors = np.linalg.eigh((matrix + matrix.T) / 2)
    if values.size and values[0] < 0:
        matrix = (vectors * np.maximum(values, 0.0)) @ vectors.T
        size = np.sqrt(np.diag(matrix))
        matrix = matrix / np.outer(size, size)
    matrix = np.clip((matrix + matrix.T) / 2, -1.0, 1.0)
    np.fill_diagonal(matrix, 1.0)
    return matrix


def _assumed(book: Book) -> Floats:
    """By the side of each coin as a whole, so that its spot and its perpetual relate to all others alike."""
    bases = [base_of(symbol) for symbol in book.symbols]
    net = dict.fromkeys(bases, 0.0)
    for base, notional in zip(bases, book.notionals, strict=True):
        net[base] += notional
    sides = np.sign([net[base] for base in bases])
    names = np.array(bases)
    assumed = np.where(np.outer(sides, sides) < 0, OPPOSITE_SIDES, SAME_SIDE)
    assumed[names[:, None] == names[None, :]] = SAME_COIN
    np.fill_diagonal(assumed, 1.0)
    return assumed


def _known(returns: Floats) -> Floats:
    """How many hours of the last month each symbol has."""
    known: Floats = np.isfinite(returns[-ENOUGH_H:]).sum(axis=0).astype(np.float64)
    return known


def _trust(returns: Floats) -> Floats:
    trust: Floats = np.minimum(_known(returns) / ENOUGH_H, 1.0)
    return trust


def _weights(count: int, half_life_h: float) -> Floats:
    weights: Floats = 0.5 ** (np.arange(count - 1, -1, -1) / half_life_h)
    return weights


def _told(symbols: Sequence[str], known: Floats) -> str:
    if not symbols:
        return "nothing is held"
    if known.min() >= ENOUGH_H:
        return f"measured on hourly closes of at least {ENOUGH_H // 24} days"
    short = int((known < ENOUGH_H).sum())
    least = int(known.argmin())
    return (
        f"{short} of {len(symbols)} symbols have fewer than {ENOUGH_H} hourly returns in the last {ENOUGH_H // 24} "
        f"days, {symbols[least]} has {int(known[least])}: what is missing is assumed, on the cautious side"
    )
