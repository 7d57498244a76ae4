"""What a strategy hands over, as plain values of the engine's own types.

Strategies calculate with whatever they like, and hand over numbers of other libraries, truth values and texts. The
engine works with `int`, `float`, `Decimal` and `str` alone: what is one of these in disguise is taken as what it is,
and everything else is refused here, inside the strategy, where it can stop nobody else.
"""

from decimal import Decimal
from enum import StrEnum
from math import inf
from operator import index
from typing import Any, TypeVar

import msgspec

from engine.commands import OrderType, TimeInForce, TriggerBy
from engine.errors import EngineError, InvalidOrder, InvalidSignal
from engine.features import Feature
from engine.gate import OrderRequest
from engine.money import ZERO

# No price and no quantity of this world is beyond these; their products and quotients stay exact in forty digits.
LARGEST = 1e15
LARGEST_AMOUNT = Decimal(10) ** 15
_SMALLEST_EXPONENT = -30

_AMOUNTS = ("quantity", "price", "trigger_price", "trail", "stop", "target")
_NAMES: tuple[tuple[str, type[StrEnum]], ...] = (
    ("type", OrderType),
    ("trigger_by", TriggerBy),
    ("time_in_force", TimeInForce),
)
_Word = TypeVar("_Word", bound=StrEnum)


def real(value: Any, name: str, wrong: type[EngineError] = InvalidSignal) -> float:
    """A plain float of anything that is a number."""
    if not isinstance(value, str | bytes | bytearray):
        try:
            return float(value)
        except (TypeError, ValueError, ArithmeticError):
            pass
    raise wrong(f"{name} must be a number; it was {value!r}")


def whole(value: Any, name: str, wrong: type[EngineError] = InvalidSignal) -> int:
    """A plain int of anything that is a whole number, also of 1.0."""
    try:
        return index(value)
    except TypeError:
        number = real(value, name, wrong)
    if not number.is_integer():
        raise wrong(f"{name} must be a whole number; it was {value!r}")
    return int(number)


def exact(value: Any, name: str, wrong: type[EngineError] = InvalidSignal) -> Decimal:
    """A plain Decimal of anything that is a number; a float is what it is written as."""
    if isinstance(value, Decimal):
        return Decimal(value)
    try:
        return Decimal(index(value))
    except TypeError:
        return Decimal(repr(real(value, name, wrong)))


def text(value: Any, name: str, wrong: type[EngineError] = InvalidSignal) -> str:
    """A plain text."""
    if not isinstance(value, str):
        raise wrong(f"{name} must be a text; it was {value!r}")
    return str.__str__(value)


def is_amount(value: Decimal) -> bool:
    """Whether this is a quantity or a price that somebody could mean."""
    return value.is_finite() and ZERO < value < LARGEST_AMOUNT and value.adjusted() >= _SMALLEST_EXPONENT


def price(value: Any, name: str) -> float:
    """The price in a signal."""
    number = real(value, f"the {name} of a signal")
    if not 0.0 < number < LARGEST:
        most = " and below 1e15" if LARGEST <= number < inf else ""
        raise InvalidSignal(f"the {name} of a signal must be a price above zero{most}; it was {value}")
    return number


def quantity(value: Any) -> Decimal:
    """The quantity in a signal."""
    amount = exact(value, "the quantity of a signal")
    if not is_amount(amount):
        raise InvalidSignal(f"the quantity of a signal must be above zero{_most(amount)}; it was {value}")
    return amount


def feature(wanted: Feature) -> Feature:
    """A feature whose lengths are whole numbers."""
    interval_ns = whole(wanted.interval_ns, "the interval of a feature")
    length = whole(wanted.length, "the length of a feature")
    if interval_ns < 1:
        raise InvalidSignal(f"the interval of a feature must be above zero; it was {interval_ns}")
    return Feature(wanted.name, text(wanted.symbol, "the symbol of a feature"), interval_ns, length)


def order(request: OrderRequest, strategy: str) -> OrderRequest:
    """The order of a strategy, in plain values; the same one where there is nothing to change."""
    if not isinstance(request, OrderRequest):
        raise InvalidOrder(f"an order must be an OrderRequest; it was {request!r}")
    changes: dict[str, Any] = {} if request.strategy == strategy else {"strategy": strategy}
    for field, words in _NAMES:
        value: Any = getattr(request, field)
        if type(value) is not words:
            changes[field] = _word(value, words, field)
    for field in ("symbol", "reason"):
        value = getattr(request, field)
        if type(value) is not str:
            changes[field] = text(value, f"the {field} of an order", InvalidOrder)
    if type(request.side) is not int:
        changes["side"] = whole(request.side, "the side of an order", InvalidOrder)
    if changes.get("side", request.side) not in (1, -1):
        raise InvalidOrder(f"the side of an order must be 1 or -1; it was {request.side}")
    value = request.reduce_only
    if type(value) is not bool:
        changes["reduce_only"] = _truth(value)
    for field in _AMOUNTS:
        value = getattr(request, field)
        if value is not None:
            amount = _amount(value, field, changes.get("type", request.type))
            if amount is not value:
                changes[field] = amount
    return msgspec.structs.replace(request, **changes) if changes else request


def _amount(value: Any, field: str, kind: OrderType) -> Decimal:
    name = field.replace("_", " ")
    amount = value if type(value) is Decimal else exact(value, f"the {name} of an order", InvalidOrder)
    if not is_amount(amount):
        raise InvalidOrder(f"the {name} of a {kind.value} order must be above zero{_most(amount)}; it was {value}")
    return amount


def _most(amount: Decimal) -> str:
    return " and below 1e15" if amount.is_finite() and amount >= LARGEST_AMOUNT else ""


def _word(value: Any, words: type[_Word], field: str) -> _Word:
    try:
        return words(value)
    except ValueError:
        name, known = field.replace("_", " "), ", ".join(words)
        raise InvalidOrder(f"the {name} of an order must be one of {known}; it was {value!r}") from None


def _truth(value: Any) -> bool:
    if value == 0:
        return False
    if value == 1:
        return True
    raise InvalidOrder(f"reduce_only must be true or false; it was {value!r}")
