"""Numbers as people write them, as exact decimals within stated bounds."""

import re
from collections.abc import Callable
from decimal import Decimal

from hean_tui.errors import BadValue

_NUMBER = re.compile(r"[+-]?(?:[0-9]{1,30}(?:\.[0-9]{0,30})?|\.[0-9]{1,30})(?:[eE][+-]?[0-9]{1,2})?")
_WHOLE = re.compile(r"[+-]?[0-9]{1,30}")
LARGEST_AMOUNT = 10**9


def read_number(text: str) -> Decimal:
    """Any finite number; no thousands separators, no `nan`, no `inf`."""
    if not _NUMBER.fullmatch(text.strip()):
        raise BadValue("write a plain number such as 0.5 or 1000")
    return Decimal(text.strip())


def bounded(
    *, above: float | None = None, at_least: float | None = None, at_most: float | None = None
) -> Callable[[str], Decimal]:
    """A reader of numbers that keeps to these bounds."""

    def read(text: str) -> Decimal:
        number = read_number(text)
        _keep_within(number, above=above, at_least=at_least, at_most=at_most)
        return number

    return read


def whole(*, at_least: int, at_most: int) -> Callable[[str], int]:
    """A reader of whole numbers that keeps to these bounds."""

    def read(text: str) -> int:
        if not _WHOLE.fullmatch(text.strip()):
            raise BadValue("write a whole number such as 7")
        number = int(text)
        _keep_within(Decimal(number), at_least=at_least, at_most=at_most)
        return number

    return read


def read_fraction(text: str) -> Decimal:
    """`5%` and `0.05` are the same; a bare `5` is refused, since nobody can know which was meant."""
    stripped = text.strip()
    if stripped.endswith("%"):
        return read_number(stripped[:-1].rstrip()) / 100
    number = read_number(stripped)
    if abs(number) > 1:
        percent = f"{number.normalize():f}"
        fraction = f"{(number / 100).normalize():f}"
        raise BadValue(f'that would be {(number * 100).normalize():f} %; write {fraction} or "{percent}%"')
    return number


def fraction_up_to(most: str) -> Callable[[str], Decimal]:
    """A reader of fractions from 0 up to `most`."""

    def read(text: str) -> Decimal:
        number = read_fraction(text)
        if number < 0:
            raise BadValue("it must not be below 0")
        if number > Decimal(most):
            raise BadValue(f"more than {(Decimal(most) * 100).normalize():f} % is not believable")
        return number

    return read


def _keep_within(
    number: Decimal, *, above: float | None = None, at_least: float | None = None, at_most: float | None = None
) -> None:
    if above is not None and not number > Decimal(str(above)):
        raise BadValue(f"it has to be above {above}")
    if at_least is not None and number < Decimal(str(at_least)):
        raise BadValue(f"it must not be below {at_least}")
    if at_most is not None and number > Decimal(str(at_most)):
        raise BadValue(f"it must not be above {at_most}")


read_amount = bounded(above=0, at_most=LARGEST_AMOUNT)
read_seed = whole(at_least=0, at_most=2**63 - 1)
