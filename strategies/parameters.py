"""Parameters of strategies, read and bounded: a mistake is one sentence with the value and the way out."""

from collections.abc import Mapping
from decimal import Decimal, InvalidOperation
from typing import Any

LONGEST = 1_000_000  # bars that anything may look back; more than any history holds
LARGEST = 10**9


def whole(name: str, parameters: Mapping[str, Any], key: str, *, at_least: int) -> int:
    """A count of bars."""
    number = _number(parameters[key])
    if number is None or number != number.to_integral_value() or not at_least <= number <= LONGEST:
        raise _wrong(name, parameters, key, f"a whole number from {at_least} to {LONGEST}")
    return int(number)


def above_zero(name: str, parameters: Mapping[str, Any], key: str) -> Decimal:
    """An amount or a multiple."""
    number = _number(parameters[key])
    if number is None or not 0 < number <= LARGEST:
        raise _wrong(name, parameters, key, f"a number above 0, {LARGEST} at the most")
    return number


def not_below_zero(name: str, parameters: Mapping[str, Any], key: str) -> Decimal:
    """A multiple that may be nothing at all."""
    number = _number(parameters[key])
    if number is None or not 0 <= number <= LARGEST:
        raise _wrong(name, parameters, key, f"a number from 0 to {LARGEST}")
    return number


def _number(value: Any) -> Decimal | None:
    try:
        number = Decimal(str(value).strip())
    except InvalidOperation:
        return None
    return number if number.is_finite() else None


def _wrong(name: str, parameters: Mapping[str, Any], key: str, wanted: str) -> ValueError:
    return ValueError(f"the parameter {key} of {name} has to be {wanted}; it was {str(parameters[key])[:80]!r}")
