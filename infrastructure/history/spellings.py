"""The names under which exchanges and tools write the columns of a history file."""

import difflib
import re
from dataclasses import dataclass
from typing import Literal

from infrastructure.history.columns import Kind
from infrastructure.history.faults import BadHistory, listed, plain

SideRule = Literal["word", "buyer_flag", "maker_flag"]

# Compared without case, blanks and underscores; where a file has several spellings of one column, the first here wins.
SPELLINGS: dict[str, tuple[str, ...]] = {
    "ts": (
        *("ts", "timestamp", "time", "datetime", "date", "opentime", "starttime", "start", "startat", "t"),
        *("timestampms", "tsms", "timems", "unix", "tradetime", "transacttime", "exchangetime", "eventtime"),
        *("fundingtime", "fundingratetimestamp", "settlementtime", "settletime", "calctime"),
    ),
    "symbol": ("symbol", "pair", "instrument", "instrumentid", "instid", "ticker", "contract", "venuesymbol"),
    "open": ("open", "openprice", "o"),
    "high": ("high", "highprice", "h"),
    "low": ("low", "lowprice", "l"),
    "close": ("close", "closeprice", "c"),
    "volume": ("volume", "vol", "basevolume", "basevol", "v"),
    "price": ("price", "tradeprice", "px", "p"),
    "size": ("size", "qty", "quantity", "amount", "volume", "vol", "baseqty", "basesize", "sz", "q", "v"),
    "side": ("side", "takerside", "aggressorside", "aggressor", "direction"),
    "buyer_flag": ("takerisbuyer", "isbuyertaker", "buyertaker", "isbuy", "isbuyer"),
    "maker_flag": ("isbuyermaker", "buyerismaker", "buyermaker", "m"),
    "rate": ("rate", "fundingrate", "realizedrate", "lastfundingrate", "funding"),
}
OPEN_STAMPS = ("opentime", "starttime", "start", "startat")
CLOSE_STAMPS = ("closetime", "endtime", "end")
WANTED: dict[Kind, tuple[str, ...]] = {
    "bars": ("ts", "open", "high", "low", "close", "volume"),
    "mark": ("ts", "open", "high", "low", "close"),
    "trades": ("ts", "price", "size", "side"),
    "funding": ("ts", "rate"),
    "book": ("ts", "side", "price", "size"),
}
NUMERIC = re.compile(r"[-+]?[\d.]+([eE][-+]?\d+)?")


@dataclass(frozen=True, slots=True)
class Layout:
    """Where a file keeps each wanted column, and how it tells the side of a trade."""

    own_names: dict[str, str]
    side_rule: SideRule


def find_layout(path: str, kind: Kind, names: list[str], stamps: str) -> Layout:
    """Match the file's column names with the wanted ones, or refuse with the list found and the closest name."""
    if names and all(not name or NUMERIC.fullmatch(name.strip()) for name in names):
        raise BadHistory(
            f"{path} starts with a row of numbers ({listed(names, 4)}); put the header {','.join(WANTED[kind])} on top."
        )
    found: dict[str, str] = {}
    for wanted in (*WANTED[kind], "symbol"):
        own = _own_name(path, SPELLINGS[wanted], names)
        if own is not None:
            found[wanted] = own
    if stamps == "close" and kind in ("bars", "mark") and _bare(found.get("ts", "start")) in OPEN_STAMPS:
        own = _own_name(path, CLOSE_STAMPS, names)
        if own is not None:  # a file with opening and closing times is asked for the closing ones
            found["ts"] = own
    if kind == "mark" and (volume := _own_name(path, SPELLINGS["volume"], names)) is not None:
        found["volume"] = volume
    side_rule: SideRule = "word"
    if kind == "trades" and "side" not in found:
        side_rule = _flag(path, names, found)
    missing = [wanted for wanted in WANTED[kind] if wanted not in found]
    if missing:
        raise BadHistory(_missing(path, kind, missing, names, found))
    return Layout(found, side_rule)


def _flag(path: str, names: list[str], found: dict[str, str]) -> SideRule:
    rules: tuple[SideRule, ...] = ("buyer_flag", "maker_flag")
    for rule in rules:
        own = _own_name(path, SPELLINGS[rule], names)
        if own is not None:
            found["side"] = own
            return rule
    return "word"


def _own_name(path: str, spellings: tuple[str, ...], names: list[str]) -> str | None:
    for spelling in spellings:
        matches = [name for name in names if _bare(name) == spelling]
        if len(matches) > 1:
            twice = listed(matches)
            raise BadHistory(
                f"{path} has {len(matches)} columns for one thing ({twice}); remove or rename one of them."
            )
        if matches:
            return matches[0]
    return None


def _missing(path: str, kind: Kind, missing: list[str], names: list[str], found: dict[str, str]) -> str:
    unused = {_bare(name): name for name in names if name not in found.values()}
    sentence = f"{path} lacks the column{'s' if len(missing) > 1 else ''} {listed(missing)} of a {kind} file"
    sentence += f" (it has {listed(names)})" if names else " (it has no columns)"
    for wanted in missing:
        near = [match for word in SPELLINGS[wanted] for match in difflib.get_close_matches(word, unused, 1, 0.8)]
        if near:
            return f"{sentence}; rename '{plain(unused[near[0]])}' to {wanted} if that is what it holds."
    return f"{sentence}; a {kind} file needs {', '.join(WANTED[kind])}."


def _bare(name: str) -> str:
    return re.sub(r"[\W_]", "", name).lower()
