"""The verbs of a script: the words behind each, checked, as what the engine is asked."""

from collections.abc import Callable, Sequence
from decimal import Decimal
from typing import TypeVar

from engine.facade import Ask, Verb
from hean_tui.errors import BadValue
from hean_tui.numbers import LARGEST_AMOUNT, bounded, read_amount, read_fraction
from hean_tui.paper_faults import FAULTS
from hean_tui.settings.assignments import check_setting
from hean_tui.symbols import read_symbol
from hean_tui.times import SECOND_NS, read_duration
from hean_tui.wording import quoted, way_out

NOT_AVAILABLE_YET = ("look", "key", "live")
FAULTS_MAX = 10_000
_PRICES = ("--limit", "--stop", "--target")
_read_price = bounded(above=0, at_most=LARGEST_AMOUNT)
_SMALLEST_MOVE, _LARGEST_MOVE = Decimal("-0.99"), Decimal(10)
_LARGEST_RATE = Decimal("0.1")
T = TypeVar("T")


def read_ask(verb: str, words: Sequence[str]) -> Ask:
    """What the engine is asked by a verb and the words behind it."""
    return _READERS[verb](Verb(verb), words)


def _alone(verb: Verb, words: Sequence[str]) -> Ask:
    _expect_words(verb, words, "")
    return Ask(verb=verb)


def _kill(verb: Verb, words: Sequence[str]) -> Ask:
    if words and words[0] != "--cancel-only":
        raise BadValue(f"kill does not take {quoted(words[0])}; {way_out(words[0], ('--cancel-only',))}")
    return Ask(verb=verb, cancel_only=bool(words))


def _order(verb: Verb, words: Sequence[str]) -> Ask:
    plain: list[str] = []
    prices: dict[str, Decimal] = {}
    reduce_only = False
    waiting = iter(words)
    for word in waiting:
        if word == "--reduce-only":
            reduce_only = True
        elif word in _PRICES:
            prices[word] = _named(word, next(waiting, ""), _read_price)
        elif word.startswith("--"):
            raise BadValue(f"{verb} does not take {quoted(word)}; {way_out(word, (*_PRICES, '--reduce-only'))}")
        else:
            plain.append(word)
    symbol, quantity = _expect_words(verb, plain, "SYMBOL QTY")
    return Ask(
        verb=verb,
        symbol=_named("the symbol", symbol, read_symbol),
        quantity=_named("the quantity", quantity, read_amount),
        limit=prices.get("--limit"),
        stop=prices.get("--stop"),
        target=prices.get("--target"),
        reduce_only=reduce_only,
    )


def _close(verb: Verb, words: Sequence[str]) -> Ask:
    (symbol,) = _expect_words(verb, words, "SYMBOL")
    return Ask(verb=verb, symbol=_named("the symbol", symbol, read_symbol))


def _cancel(verb: Verb, words: Sequence[str]) -> Ask:
    (order_id,) = _expect_words(verb, words, "ID")
    return Ask(verb=verb, order_id=order_id)


def _protect(verb: Verb, words: Sequence[str]) -> Ask:
    symbol, price = _expect_words(verb, words, "SYMBOL PRICE")
    return Ask(
        verb=verb, symbol=_named("the symbol", symbol, read_symbol), stop=_named("the price", price, _read_price)
    )


def _set(verb: Verb, words: Sequence[str]) -> Ask:
    key, value = _expect_words(verb, words, "KEY VALUE")
    check_setting(key, value)
    return Ask(verb=verb, key=key, value=value)


def _transfer(verb: Verb, words: Sequence[str]) -> Ask:
    (amount,) = _expect_words(verb, words, "USDT")
    return Ask(verb=verb, quantity=_named("the amount", amount, read_amount))


def _market(verb: Verb, words: Sequence[str]) -> Ask:
    symbol, move = _expect_words(verb, words, "SYMBOL MOVE")
    fraction = _named("the move", move, read_fraction)
    if not _SMALLEST_MOVE <= fraction <= _LARGEST_MOVE:
        raise BadValue(f"the move was {quoted(move)}; it can be from -99% to 1000%")
    return Ask(verb=verb, symbol=_named("the symbol", symbol, read_symbol), value=f"{fraction:f}")


def _funding(verb: Verb, words: Sequence[str]) -> Ask:
    symbol, rate = _expect_words(verb, words, "SYMBOL RATE")
    fraction = _named("the rate", rate, read_fraction)
    if abs(fraction) > _LARGEST_RATE:
        raise BadValue(f"the rate was {quoted(rate)}; it can be from -10% to 10%")
    return Ask(verb=verb, symbol=_named("the symbol", symbol, read_symbol), value=f"{fraction:f}")


def _fault(verb: Verb, words: Sequence[str]) -> Ask:
    usage = "write fault NAME, fault NAME next N, or fault NAME for TIME"
    name, rest = " ".join(words[:1]), words[1:]
    if name not in FAULTS:
        raise BadValue(f"there is no fault {quoted(name)}; {way_out(name, FAULTS)}")
    if not rest:
        return Ask(verb=verb, key=name, quantity=Decimal(1))
    if len(rest) == 2 and rest[0] == "next" and rest[1].isdecimal() and 0 < int(rest[1]) <= FAULTS_MAX:
        return Ask(verb=verb, key=name, quantity=Decimal(rest[1]))
    if len(rest) == 2 and rest[0] == "for":
        seconds = _named("the time", rest[1], read_duration) / SECOND_NS
        return Ask(verb=verb, key=name, value=f"{seconds:f}")
    raise BadValue(f"{verb} was followed by {quoted(' '.join(words))}; {usage}")


def _unlock(verb: Verb, words: Sequence[str]) -> Ask:
    usage = "write unlock SCOPE --reason TEXT --phrase TEXT, texts of several words in quotes"
    scope, rest = " ".join(words[:1]), words[1:]
    named = dict(zip(rest[::2], rest[1::2], strict=False))
    if not scope or len(rest) % 2 or not set(named) <= {"--reason", "--phrase"}:
        raise BadValue(f"{verb} was followed by {quoted(' '.join(words))}; {usage}")
    return Ask(verb=verb, key=scope, reason=named.get("--reason", ""), value=named.get("--phrase", ""))


def _expect_words(verb: Verb, words: Sequence[str], wanted: str) -> Sequence[str]:
    if len(words) != len(wanted.split()):
        usage = f"write {verb} {wanted}" if wanted else f"write {verb} alone"
        raise BadValue(f"{verb} was followed by {quoted(' '.join(words))}; {usage}")
    return words


def _named(name: str, text: str, read: Callable[[str], T]) -> T:
    try:
        return read(text)
    except BadValue as error:
        raise BadValue(f"{name} was {quoted(text)}; {error}") from None


_READERS: dict[str, Callable[[Verb, Sequence[str]], Ask]] = {
    "start": _alone,
    "stop": _alone,
    "pause": _alone,
    "resume": _alone,
    "kill": _kill,
    "flatten": _alone,
    "buy": _order,
    "sell": _order,
    "close": _close,
    "cancel": _cancel,
    "protect": _protect,
    "set": _set,
    "deposit": _transfer,
    "withdraw": _transfer,
    "market": _market,
    "funding": _funding,
    "fault": _fault,
    "reconcile": _alone,
    "unlock": _unlock,
}
VERBS = tuple(_READERS)
