"""Strips of Textual that go with their last reader.

A strip that is cut nowhere but at its end is remembered by itself as its own only part, and from then on nothing but
the garbage collector frees it. At four frames a second those were 5,000 objects a second; to collect them, every few
seconds, stopped all threads for 20 to 90 ms, the engine's among them.
"""

from collections.abc import Iterable, Sequence

from textual.strip import Strip

_divided = Strip.divide


def let_go_of_strips() -> None:
    """From now on no strip holds itself; twice is as good as once."""
    Strip.divide = _divide  # type: ignore[method-assign]  # Textual creates strips itself and takes no class for them


def _divide(self: Strip, cuts: Iterable[int]) -> Sequence[Strip]:
    within = [cut for cut in cuts if cut <= self.cell_length]
    return [self] if within == [self.cell_length] else _divided(self, within)
