"""Draws the pictures of the documentation: `python docs/pictures.py` writes docs/images/*.svg.

The garden is drawn from the same still picture that the tests look at, with a clock that stands still, so that the
pictures change only when the garden does.
"""
# ruff: noqa: INP001 - docs holds pages, and this script beside them; it is no package.

import asyncio
import re
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from hean_tui.screen.app import GardenApp  # noqa: E402 - the way to it is laid one line above
from tests.screen.looking import press  # noqa: E402
from tests.screen.still_garden import STARTING, STILL, UNWELL, StillClock, StillFacade  # noqa: E402

IMAGES = ROOT / "docs" / "images"
# A name, the size of the terminal, the theme, and the keys pressed before the picture is taken.
PICTURES: dict[str, tuple[tuple[int, int], str, tuple[str, ...]]] = {
    "start": ((120, 40), "sumi", ()),
    "health": ((120, 24), "sumi", ("8",)),
    "garden": ((120, 40), "sumi", ()),
    "garden-light": ((120, 40), "washi", ("tab", "tab")),
    "garden-narrow": ((80, 24), "sumi", ()),
    "gate": ((120, 40), "sumi", ("ctrl+x",)),
    "ticket": ((120, 40), "sumi", ("t",)),
    "positions": ((120, 24), "sumi", ("5",)),
    "zen": ((80, 24), "sumi", ("z",)),
    "too-small": ((52, 12), "sumi", ()),
}


# Everything else is drawn from a garden in which all is well.
VIEWS = {"start": STARTING, "health": UNWELL}


async def drawn(name: str) -> str:
    """One picture as SVG."""
    size, theme, keys = PICTURES[name]
    clock = StillClock()
    app = GardenApp(StillFacade(VIEWS.get(name, STILL)), theme=theme, now=clock)
    async with app.run_test(size=size) as pilot:
        await press(pilot, clock, *keys)
        return without_web_fonts(app.export_screenshot(title="hean-tui"))


def without_web_fonts(svg: str) -> str:
    """The picture with the fonts of the reader's own machine: a page of documentation should fetch nothing."""
    svg = re.sub(r"\s*(@font-face \{.*?\}|<!--.*?-->)", "", svg, flags=re.DOTALL)
    return svg.replace("font-family: Fira Code, monospace", "font-family: Fira Code, DejaVu Sans Mono, monospace")


def main() -> None:
    """Write them all."""
    IMAGES.mkdir(exist_ok=True)
    for name in PICTURES:
        (IMAGES / f"{name}.svg").write_text(asyncio.run(drawn(name)) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
