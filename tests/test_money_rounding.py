"""Rounding to a grid and writing numbers: exact, in the direction that was asked for, and as people write them."""

import threading
from decimal import Decimal, DivisionByZero, InvalidOperation, getcontext
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.money import ceil_to, floor_to, nearest_to, plain

steps = st.builds(lambda digits, scale: Decimal(digits).scaleb(-scale), st.integers(1, 500), st.integers(0, 8))
values = st.builds(
    lambda digits, scale: Decimal(digits).scaleb(-scale), st.integers(-(10**15), 10**15), st.integers(0, 10)
)


@given(values, steps)
def test_a_value_lies_between_its_floor_and_its_ceiling(value: Decimal, step: Decimal) -> None:
    """Floor and ceiling are whole multiples of the step, less than a step away, and the nearest is one of them."""
    exact, grid = Fraction(value), Fraction(step)
    low, high, near = (Fraction(of(value, step)) for of in (floor_to, ceil_to, nearest_to))
    assert low / grid == exact // grid
    assert high / grid == -(-exact // grid)
    assert near in (low, high)
    assert abs(near - exact) <= grid / 2


@pytest.mark.parametrize(("value", "nearest"), [("0.25", "0.0"), ("0.75", "1.0"), ("1.25", "1.0"), ("-0.25", "0.0")])
def test_a_tie_goes_to_the_even_multiple(value: str, nearest: str) -> None:
    """Halves do not all go the same way, so that sums of rounded prices do not drift."""
    assert nearest_to(Decimal(value), Decimal("0.5")) == Decimal(nearest)


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("1E+3", "1000"),
        ("0.0100", "0.01"),
        ("-0.00", "0"),
        ("0E-12", "0"),
        ("120", "120"),
        ("-1.50", "-1.5"),
        ("1E-9", "0.000000001"),
    ],
)
def test_numbers_are_written_as_people_write_them(value: str, text: str) -> None:
    """No exponent, no trailing zeros, no negative zero."""
    assert plain(Decimal(value)) == text


@given(values)
def test_writing_a_number_changes_nothing(value: Decimal) -> None:
    """What is written reads back as the same number."""
    assert Decimal(plain(value)) == value


def test_threads_of_their_own_calculate_alike() -> None:
    """The engine's thread inherits the same precision and the same traps as the thread that imported it."""
    found = []
    thread = threading.Thread(target=lambda: found.append(getcontext().copy()))
    thread.start()
    thread.join()
    (theirs,), ours = found, getcontext()
    assert (theirs.prec, theirs.rounding) == (ours.prec, ours.rounding) == (40, "ROUND_HALF_EVEN")
    assert theirs.traps[InvalidOperation]
    assert theirs.traps[DivisionByZero]
