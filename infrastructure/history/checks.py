"""What a row must satisfy: whole batches are judged at once, and a row in detail only when its batch failed."""

from collections.abc import Callable

import numpy as np

from infrastructure.history.columns import Bars, Book, Columns, Floats, Funding, Mask, Trades
from infrastructure.history.sides import NO_SIDE

HIGHEST_RATE = 1.0  # more than the whole position in one settlement
HIGHEST_NUMBER = 1e18  # the cheapest coins trade some 1e15 pieces a day; what lies beyond is damage

Why = tuple[str, str]  # the column and what is wrong with it


def bad_rows(columns: Columns) -> Mask:
    """Which rows are impossible; comparisons are phrased so that NaN fails them."""
    match columns:
        case Bars():
            low, high = columns.low, columns.high
            good = (low > 0) & (high <= HIGHEST_NUMBER) & _amount(columns.volume)
            good &= (low <= columns.open) & (columns.open <= high) & (low <= columns.close) & (columns.close <= high)
        case Trades():
            good = _price(columns.price) & _amount(columns.size) & (columns.side != NO_SIDE)
        case Book():
            level = _price(columns.price) & _amount(columns.size) & (columns.side != NO_SIDE)
            good = level | (columns.side == 0)
        case Funding():
            good = np.abs(columns.rate) <= HIGHEST_RATE
        case _:
            raise TypeError(f"no rule for {type(columns).__name__}")
    return ~good


def explain(columns: Columns, row: int) -> Why:
    """The first column of a bad row that is wrong, and why."""
    match columns:
        case Bars():
            return _explain_bar(columns, row)
        case Trades() | Book():
            if columns.side[row] == NO_SIDE:
                words = "buy or sell" if isinstance(columns, Trades) else "bid, ask or clear"
                return "side", f"not one of the words {words}"
            return _first_wrong(row, ("price", columns.price, price_fault), ("size", columns.size, amount_fault))
        case Funding():
            return _first_wrong(row, ("rate", columns.rate, rate_fault))
    raise TypeError(f"no rule for {type(columns).__name__}")


def price_fault(value: float) -> str:
    """What is wrong with a price by itself; empty if nothing is."""
    return _number_fault(value) or ("not above zero" if value <= 0 else "")


def amount_fault(value: float) -> str:
    """What is wrong with a size or a volume by itself; empty if nothing is."""
    return _number_fault(value) or ("below zero" if value < 0 else "")


def rate_fault(value: float) -> str:
    """What is wrong with a funding rate; empty if nothing is."""
    if np.isnan(value):
        return "not a number"
    return "more than the whole position; rates are fractions, 0.0001 for 0.01 %" if abs(value) > HIGHEST_RATE else ""


def _explain_bar(bars: Bars, row: int) -> Why:
    own = _first_wrong(
        row,
        *((name, getattr(bars, name), price_fault) for name in ("open", "high", "low", "close")),
        ("volume", bars.volume, amount_fault),
    )
    if own[1]:
        return own
    low, high = float(bars.low[row]), float(bars.high[row])
    if high < low:
        return "high", f"below the low of {low!r}"
    outside = "open" if not low <= bars.open[row] <= high else "close"
    return outside, f"outside the bar's low {low!r} and high {high!r}"


def _first_wrong(row: int, *rules: tuple[str, Floats, Callable[[float], str]]) -> Why:
    for name, values, fault in rules:
        if why := fault(float(values[row])):
            return name, why
    return "", ""


def _number_fault(value: float) -> str:
    if np.isnan(value):
        return "not a number"
    return f"beyond any believable number ({HIGHEST_NUMBER:g})" if abs(value) > HIGHEST_NUMBER else ""


def _price(values: Floats) -> Mask:
    return (values > 0) & (values <= HIGHEST_NUMBER)


def _amount(values: Floats) -> Mask:
    return (values >= 0) & (values <= HIGHEST_NUMBER)
