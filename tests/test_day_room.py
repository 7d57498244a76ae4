"""What may be lost in a day, through gains, losses and transfers: no transfer changes which part of all it is."""

from decimal import Decimal
from fractions import Fraction

from hypothesis import given
from hypothesis import strategies as st

from engine.day_room import DayRoom

CENT = Decimal("0.01")
cents = st.integers(-5_000_000, 5_000_000).map(lambda number: number * CENT)
happenings = st.lists(st.tuples(st.booleans(), cents), max_size=12)


@given(st.integers(1, 10_000_000), st.integers(1, 500), happenings)
def test_a_transfer_keeps_the_part_that_may_be_lost(
    began_with: int, permille: int, told: list[tuple[bool, Decimal]]
) -> None:
    """Beside the same in fractions: gains and losses are counted in money, transfers scale what is left of the room."""
    start = equity = began_with * CENT
    part = Decimal(permille) / 1_000
    room = DayRoom(start)
    left = Fraction(start * part)
    for is_transfer, amount in told:
        if equity + amount <= 0:
            continue
        if is_transfer:
            left *= Fraction(equity + amount) / Fraction(equity)
            start, equity = start + amount, equity + amount
            room.moved += amount
            room.scale(equity, start - equity)
        else:
            equity += amount
            left += Fraction(amount)
        found = Fraction(room.limit(part) - (start - equity))
        assert found - left < Fraction(1, 10**12)  # rounding is against us
        assert left - found < Fraction(1, 10**3)  # also where a cent became a fortune


@given(st.integers(1, 10**7), st.integers(1, 500), st.lists(cents, min_size=1, max_size=6))
def test_transfers_of_one_moment_are_one(began_with: int, permille: int, amounts: list[Decimal]) -> None:
    """Several that came before the account could be judged, as while nothing had a price."""
    start, part = began_with * CENT, Decimal(permille) / 1_000
    total = sum(amounts, Decimal(0))
    if start + total <= 0:
        return
    one, several = DayRoom(start), DayRoom(start)
    one.moved += total
    for amount in amounts:
        several.moved += amount
    one.scale(start + total, Decimal(0))
    several.scale(start + total, Decimal(0))
    assert one.limit(part) == several.limit(part)
    assert abs(one.limit(part) - (start + total) * part) < Decimal("1e-8")
