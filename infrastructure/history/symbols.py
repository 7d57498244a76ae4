"""Choosing one symbol's rows from a file that may hold many."""

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from infrastructure.history.columns import Mask
from infrastructure.history.faults import BadHistory, bad_row, listed, plain
from infrastructure.history.floats import as_plain
from infrastructure.history.sources import Source

MOST_SYMBOLS = 10_000
SCAN_ROWS = 65_536


def find_symbols(path: str, source: Source, column: str) -> tuple[str, ...]:
    """Every symbol of a file in order of appearance; reads that one column through."""
    met: dict[str, None] = {}
    first_row = 1
    for batch in source.batches([column], SCAN_ROWS):
        cells = as_plain(batch.column(0))
        try:
            words = pc.cast(cells, pa.string())
        except pa.ArrowException:
            raise BadHistory(
                f"{path} keeps {cells.type} in its column {plain(column)}; write symbols as text."
            ) from None
        if words.null_count:
            row = first_row + int(words.is_null().to_numpy(zero_copy_only=False).argmax())
            raise bad_row(path, row, column, "empty", "where every row needs a symbol")
        met.update(dict.fromkeys(words.unique().to_pylist()))
        if len(met) > MOST_SYMBOLS:
            raise BadHistory(
                f"{path} names over {MOST_SYMBOLS} symbols in {plain(column)}; give that column another name."
            )
        first_row += batch.num_rows
    return tuple(met)


def choose_symbol(path: str, symbols: tuple[str, ...], asked: str | None) -> str:
    """The asked symbol as the file writes it; without a wish, the only one there is."""
    if asked in symbols:
        return asked
    chosen = [name for name in symbols if asked is None or matches(asked, name)]
    if len(chosen) == 1:
        return chosen[0]
    held = listed(list(symbols))
    if asked is None:
        raise BadHistory(f"{path} holds {len(symbols)} symbols ({held}) and none was asked for; choose one of them.")
    if not chosen:
        raise BadHistory(f"{path} has no row of {plain(asked)}, only of {held}; choose one of them.")
    raise BadHistory(f"{path} holds {listed(chosen)} and {plain(asked)} may mean each; write one spelling in the file.")


def rows_of(symbol: str, cells: pa.Array) -> Mask | None:
    """Which rows are this symbol's; `None` where all of them are."""
    mask: Mask = pc.equal(pc.cast(as_plain(cells), pa.string()), symbol).to_numpy(zero_copy_only=False)
    return None if np.all(mask) else mask


def matches(asked: str, name: str) -> bool:
    """Whether a symbol as a file writes it is the one that was asked for.

    It is as it stands, or, where the file leaves out separators and settlement coin, by its letters: `BTC/USDT:USDT`
    finds `BTCUSDT`. A file that spells out the slash is taken at its word, for `BTC/USDT` and `BTC/USDT:USDT` are two
    markets.
    """
    return name == asked or ("/" not in name and _letters(name) == _letters(asked.partition(":")[0]))


def _letters(symbol: str) -> str:
    return "".join(mark for mark in symbol if mark.isalnum()).upper()
