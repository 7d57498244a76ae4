"""Everything at once about one book: the call that is made every few seconds, on a thread of its own.

Whoever calls imports this module when it is needed: it brings numpy.
"""

from collections.abc import Mapping, Sequence
from math import ceil

import numpy as np
from numpy.random import Generator

from risk.portfolio.assessment import Assessment
from risk.portfolio.book import Book
from risk.portfolio.halt_chance import NIGHT_H, halt_chance
from risk.portfolio.history import horizon_returns, moves_of, price_grid
from risk.portfolio.stress import stress, worst_of
from risk.portfolio.tails import Floats, Tail, tail_of
from risk.portfolio.value_at_risk import PATHS, drawn_losses, remembered_losses

HORIZON_H = 24


def assess(
    book: Book,
    closes: Mapping[str, Sequence[float | None]],
    rng: Generator,
    horizon_h: int = HORIZON_H,
    night_h: int = NIGHT_H,
    paths: int = PATHS,
) -> Assessment:
    """Judge a book by the hourly closes of its symbols, oldest first, all ending at the same hour.

    Closes may begin at different hours, have gaps (None), or not be there at all.
    """
    whole, book = book, _held(book)
    grid = price_grid(book.symbols, closes)
    moves = moves_of(book, grid)
    notionals = np.array(book.notionals)
    losses = drawn_losses(notionals, moves.covariance(horizon_h), rng, paths)
    past = remembered_losses(notionals, horizon_returns(grid, horizon_h)) if book.symbols else np.empty(0)
    halt = halt_chance(book, moves.covariance(1), rng, night_h)
    drawn_95, drawn_99 = tail_of(losses, 0.95), tail_of(losses, 0.99)
    past_95, past_99 = _remembered(past, horizon_h, 0.95), _remembered(past, horizon_h, 0.99)
    return Assessment(
        horizon_h=horizon_h,
        var_95=drawn_95.value_at_risk,
        var_99=drawn_99.value_at_risk,
        es_95=drawn_95.expected_shortfall,
        es_99=drawn_99.expected_shortfall,
        historical_var_95=past_95 and past_95.value_at_risk,
        historical_es_95=past_95 and past_95.expected_shortfall,
        historical_var_99=past_99 and past_99.value_at_risk,
        historical_es_99=past_99 and past_99.expected_shortfall,
        halt_hours=halt.hours,
        halt_chance=halt.probability,
        halt_chance_error=halt.standard_error,
        halt_sentence=halt.sentence,
        worst_stress=worst_of(stress(whole)),
        basis=moves.basis,
    )


def _held(book: Book) -> Book:
    """The book without what is flat: it has no risk, and its missing history would say otherwise."""
    kept = [place for place, notional in enumerate(book.notionals) if notional]
    if len(kept) == len(book.symbols):
        return book
    return Book(
        symbols=tuple(book.symbols[place] for place in kept),
        notionals=tuple(book.notionals[place] for place in kept),
        equity=book.equity,
        room=book.room,
        stops=tuple(book.distances[place] for place in kept),
    )


def _remembered(losses: Floats, horizon_h: int, confidence: float) -> Tail | None:
    """Only where so many whole horizons lie in the past that one of them belongs beyond the edge."""
    needed = ceil(round(1 / (1 - confidence), 9)) * horizon_h
    return tail_of(losses, confidence) if losses.size >= needed - horizon_h + 1 else None
