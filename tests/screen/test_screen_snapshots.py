"""The garden as pictures: whatever changes them is seen in the difference of an SVG."""

import sys
from typing import Any

import pytest
from textual.pilot import Pilot

from engine.snapshot import Snapshot
from hean_tui.screen.app import GardenApp
from tests.screen.looking import press
from tests.screen.still_garden import HALTED, STARTING, STILL, UNWELL, StillClock, StillFacade

pytestmark = pytest.mark.skipif(sys.version_info[:2] != (3, 11), reason="the pictures are taken on Python 3.11")


def _garden(view: Snapshot = STILL, **options: Any) -> GardenApp:
    return GardenApp(StillFacade(view), now=StillClock(), **options)


def _after(*keys: str) -> Any:
    async def run_before(pilot: Pilot[int]) -> None:
        assert isinstance(pilot.app, GardenApp)
        clock = pilot.app.now
        assert isinstance(clock, StillClock)
        await press(pilot, clock, *keys)

    return run_before


def test_the_garden_at_120_by_40(snap_compare: Any) -> None:
    """All panes."""
    assert snap_compare(_garden(), terminal_size=(120, 40))


def test_the_garden_at_80_by_24(snap_compare: Any) -> None:
    """The narrow form: one column, and the strip."""
    assert snap_compare(_garden(), terminal_size=(80, 24))


def test_too_small_a_terminal_at_52_by_12(snap_compare: Any) -> None:
    """What is needed, what is there, and the facts that matter."""
    assert snap_compare(_garden(), terminal_size=(52, 12))


def test_without_colour(snap_compare: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """Everything that colour says is said by a sign or a word as well."""
    monkeypatch.setenv("NO_COLOR", "1")
    assert snap_compare(_garden(), terminal_size=(80, 24), run_before=_after("tab", "tab"))


def test_the_light_theme(snap_compare: Any) -> None:
    """washi, with a pane that has the focus."""
    assert snap_compare(_garden(theme="washi"), terminal_size=(120, 40), run_before=_after("tab", "tab"))


def test_braille(snap_compare: Any) -> None:
    """The finest curve."""
    assert snap_compare(_garden(symbols="braille"), terminal_size=(80, 24))


def test_ascii(snap_compare: Any) -> None:
    """Nothing but ASCII."""
    assert snap_compare(_garden(symbols="ascii"), terminal_size=(80, 24))


def test_zen(snap_compare: Any) -> None:
    """The pond and one line."""
    assert snap_compare(_garden(), terminal_size=(80, 24), run_before=_after("z"))


def test_a_halted_account_at_120_by_40(snap_compare: Any) -> None:
    """Why, from when on it can be lifted, and what to type."""
    assert snap_compare(_garden(HALTED), terminal_size=(120, 40))


def test_the_fence_of_a_halted_account_alone(snap_compare: Any) -> None:
    """Every level, the stops, the time without one, and what may be lost."""
    assert snap_compare(_garden(HALTED), terminal_size=(80, 24), run_before=_after("3"))


def test_the_closed_gate(snap_compare: Any) -> None:
    """The sheet over the garden, frames in ember."""
    assert snap_compare(_garden(), terminal_size=(120, 40), run_before=_after("ctrl+x"))


def test_the_way_out(snap_compare: Any) -> None:
    """Stay is chosen."""
    assert snap_compare(_garden(), terminal_size=(120, 40), run_before=_after("q"))


def test_the_ticket(snap_compare: Any) -> None:
    """A form, half filled."""
    assert snap_compare(_garden(), terminal_size=(120, 40), run_before=_after("t", "5", "tab"))


def test_the_positions_alone(snap_compare: Any) -> None:
    """A page."""
    assert snap_compare(_garden(), terminal_size=(120, 40), run_before=_after("5", "j"))


def test_a_start_at_120_by_40(snap_compare: Any) -> None:
    """The check list in place of what is not known yet."""
    assert snap_compare(_garden(STARTING), terminal_size=(120, 40))


def test_a_start_at_80_by_24(snap_compare: Any) -> None:
    """All steps, and nothing else."""
    assert snap_compare(_garden(STARTING), terminal_size=(80, 24))


def test_health_alone(snap_compare: Any) -> None:
    """Books, components, and how the start went; the chosen line in full."""
    assert snap_compare(_garden(UNWELL), terminal_size=(80, 24), run_before=_after("8", "j"))
