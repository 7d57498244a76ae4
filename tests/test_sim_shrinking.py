"""Making a list of causes smaller: nothing that is needed goes, and nothing that is not needed stays."""

from collections.abc import Sequence

from hypothesis import given
from hypothesis import strategies as st

from hean_tui.sim.shrinking import smallest


@given(st.integers(1, 60), st.data())
def test_exactly_what_is_needed_is_left(length: int, data: st.DataObject) -> None:
    """Where a failure needs some items together, those are what is left of the list."""
    needed = data.draw(st.sets(st.integers(0, length - 1), min_size=1, max_size=4))

    def fails(items: Sequence[int]) -> bool:
        return needed <= set(items)

    assert smallest(list(range(length)), fails) == sorted(needed)


def test_a_failure_without_any_cause_needs_nothing() -> None:
    """Where it fails anyway, the list ends up empty."""
    assert smallest([1, 2, 3], lambda _: True) == []


def test_what_cannot_be_left_out_stays() -> None:
    """Where everything is needed, everything stays, in its order."""
    assert smallest([3, 1, 2], lambda items: len(items) == 3) == [3, 1, 2]
