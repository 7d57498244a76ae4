"""The words for buyer, seller, bid and ask as small numbers."""

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from infrastructure.history.columns import Codes
from infrastructure.history.floats import as_plain

NO_SIDE = 127  # stands for a cell whose word nobody knows

TAKER_WORDS = {
    **dict.fromkeys(("buy", "b", "buyer", "bid", "1", "+1", "1.0"), 1),
    **dict.fromkeys(("sell", "s", "seller", "ask", "-1", "-1.0"), -1),
    **dict.fromkeys(("", "unknown", "none", "nan", "n/a", "0", "0.0"), 0),
}
FLAG_WORDS = {
    **dict.fromkeys(("true", "t", "yes", "1", "1.0"), 1),
    **dict.fromkeys(("false", "f", "no", "0", "0.0"), -1),
    **dict.fromkeys(("", "unknown", "none", "nan", "n/a"), 0),
}
BOOK_WORDS = {
    **dict.fromkeys(("bid", "bids", "b", "buy", "1", "+1", "1.0"), 1),
    **dict.fromkeys(("ask", "asks", "a", "sell", "-1", "-1.0"), -1),
    **dict.fromkeys(("clear", "reset", "0", "0.0"), 0),
}


def read_sides(values: pa.Array, words: dict[str, int]) -> Codes:
    """The code of each word, an empty cell counting as the empty word; `NO_SIDE` where it has none."""
    try:
        encoded = pc.dictionary_encode(pc.cast(as_plain(values), pa.string()))
    except pa.ArrowException:
        return np.full(len(values), NO_SIDE, dtype=np.int8)
    known = [words.get(word.strip().lower(), NO_SIDE) for word in encoded.dictionary.to_pylist()]
    codes = np.array([*known, words.get("", NO_SIDE)], dtype=np.int8)
    places = pc.fill_null(encoded.indices, len(known)).to_numpy(zero_copy_only=False)
    result: Codes = codes[places]
    return result
