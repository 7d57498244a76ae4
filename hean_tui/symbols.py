"""The names of markets and strategies as people write them."""

import re
from collections.abc import Collection
from difflib import SequenceMatcher

from hean_tui.errors import BadValue
from hean_tui.wording import one_of, way_out

_SYMBOL = re.compile(r"[A-Z0-9]{1,20}/[A-Z0-9]{1,10}(?::[A-Z0-9]{1,10})?")
_STRATEGY = re.compile(r"[a-z][a-z0-9_]{0,63}")
_ALMOST = 0.75
_QUOTES = ("USDT", "USDC", "USD")


def read_symbol(text: str) -> str:
    """`BTC/USDT` for spot, `BTC/USDT:USDT` for a perpetual."""
    if _SYMBOL.fullmatch(text):
        return text
    upper = text.upper().replace("-", "/").replace("_", "/")
    quote = next((name for name in _QUOTES if upper.endswith(name) and len(upper) > len(name)), None)
    if _SYMBOL.fullmatch(upper):
        raise BadValue(f"did you mean {upper}?")
    if quote is not None and upper.isalnum():
        pair = f"{upper.removesuffix(quote)}/{quote}"
        raise BadValue(f"write {pair} for spot or {pair}:{quote} for the perpetual")
    raise BadValue("write BTC/USDT for spot or BTC/USDT:USDT for a perpetual")


def is_symbol(text: str) -> bool:
    """Whether the text could name a market."""
    return _SYMBOL.fullmatch(text) is not None


def symbol_way_out(symbol: str, known: Collection[str]) -> str:
    """The second half of a sentence about an unknown symbol: another market is only proposed for the same coin.

    `DOGE/USDT:USDT` is almost `SOL/USDT:USDT` by its letters, and yet nobody who wrote the one meant the other.
    """
    base = _base(symbol)
    coin = next((each for each in dict.fromkeys(map(_base, known)) if _is_slip(base, each)), None)
    meant = [each for each in known if _base(each) == coin]
    return way_out(symbol, meant, f"did you mean {one_of(meant)}?") if meant else f"it can be {one_of(known)}."


def _base(symbol: str) -> str:
    return symbol.partition("/")[0]


def _is_slip(written: str, coin: str) -> bool:
    """The same letters in another order, or one more or less."""
    return sorted(written) == sorted(coin) or SequenceMatcher(None, written, coin).ratio() >= _ALMOST


def read_strategy_name(text: str) -> str:
    """Small letters, digits and underscores."""
    if _STRATEGY.fullmatch(text):
        return text
    raise BadValue("a strategy's name is made of small letters, digits and underscores, such as ema_cross")
