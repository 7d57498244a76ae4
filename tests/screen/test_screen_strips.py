"""Frames that nobody holds any more are gone at once, without the garbage collector."""

import gc
import weakref
from collections.abc import Iterator

import pytest
from rich.segment import Segment
from textual.strip import Strip

from hean_tui.screen.app import GardenApp
from hean_tui.screen.strips import let_go_of_strips
from tests.screen.looking import press
from tests.screen.still_garden import StillClock


class Watched(Strip):
    """A strip whose end can be seen."""

    __slots__ = ("__weakref__",)


@pytest.fixture(autouse=True)
def by_hand() -> Iterator[None]:
    """The collector only runs when it is called."""
    let_go_of_strips()
    gc.disable()
    yield
    gc.enable()


@pytest.mark.parametrize("cuts", [[5], [2, 5], [5, 9], [1, 2, 3, 4, 5]])
def test_a_strip_goes_with_its_last_reader(cuts: list[int]) -> None:
    """However it was cut, also at nothing but its end, which Textual remembers as a part of itself."""
    strip = Watched([Segment("stone")], 5)
    seen = weakref.ref(strip)
    strip.divide(cuts)
    del strip
    assert seen() is None


@pytest.mark.parametrize(
    ("cuts", "parts"), [([5], ["stone"]), ([2, 5], ["st", "one"]), ([5, 9], ["stone"]), ([3], ["sto"]), ([], [])]
)
def test_a_strip_is_cut_where_it_is_told(cuts: list[int], parts: list[str]) -> None:
    """As before; cuts may come from any iterable."""
    assert [part.text for part in Strip([Segment("stone")], 5).divide(iter(cuts))] == parts


async def test_frames_leave_nothing_to_collect(app: GardenApp, clock: StillClock) -> None:
    """The focus goes once through the whole garden; nothing of what was drawn waits for the collector."""
    async with app.run_test(size=(120, 40)) as pilot:
        await press(pilot, clock, "tab")
        gc.collect()
        gc.set_debug(gc.DEBUG_SAVEALL)
        try:
            await press(pilot, clock, *["tab"] * 8)
            gc.collect()
            left = [thing for thing in gc.garbage if isinstance(thing, Strip)]
        finally:
            gc.set_debug(0)
            gc.garbage.clear()
    assert not left
