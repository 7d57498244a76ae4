"""Reading a garden the way a person does: the text and the colours that stand on the screen, and pressing keys."""

from rich.segment import Segment
from textual import events
from textual.keys import _character_to_key
from textual.pilot import Pilot

from hean_tui.screen.app import GardenApp
from hean_tui.screen.pane import Pane
from tests.screen.still_garden import StillClock


def text_of(app: GardenApp) -> str:
    """All lines of the screen that is on top, with what shines through from below."""
    return "\n".join(strip.text for strip in app.screen._compositor.render_strips())


def segments_of(app: GardenApp) -> list[Segment]:
    """All pieces of text with their styles."""
    return [segment for strip in app.screen._compositor.render_strips() for segment in strip]


def pane_text(pane: Pane) -> str:
    """The content of one pane, without its frame."""
    return "\n".join(pane.render_line(y).text for y in range(pane.size.height))


async def press(pilot: Pilot[int], clock: StillClock, *keys: str) -> None:
    """Press keys a second apart, and let the screen see what came of them."""
    for key in keys:
        clock.now_s += 1.0
        await send(pilot, key)
    await look(pilot)


async def send(pilot: Pilot[int], key: str) -> None:
    """Press one key and wait until everything that follows from it has been handled.

    The pilot's own way waits for the processor to idle, which takes ten times as long.
    """
    is_letter = len(key) == 1
    pilot.app.post_message(events.Key(_character_to_key(key) if is_letter else key, key if is_letter else None))
    for _ in range(3):  # the key, a screen it may push, and the focus that this screen sets
        await pilot.pause(0)


async def look(pilot: Pilot[int]) -> None:
    """Let the screen pull and paint once."""
    assert isinstance(pilot.app, GardenApp)
    pilot.app.draw()
    await pilot.pause(0)
    await pilot.pause(0)
