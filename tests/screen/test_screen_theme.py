"""The palettes: readable, exact in 256 colours, and the only source of colour on the screen."""

import re
from pathlib import Path

import pytest

from hean_tui.screen import theme
from hean_tui.screen.app import GardenApp
from tests.screen.looking import press, segments_of
from tests.screen.still_garden import StillClock, StillFacade

# The ratios against each theme's background as the design states them, rounded to a tenth.
RATIOS = {
    "sumi": {
        "line": 1.7,
        "muted": 5.4,
        "foreground": 12.2,
        "gain": 7.8,
        "loss": 6.7,
        "calm": 7.6,
        "lamp": 9.3,
        "ember": 5.1,
    },
    "washi": {
        "line": 1.6,
        "muted": 6.1,
        "foreground": 13.0,
        "gain": 6.5,
        "loss": 4.9,
        "calm": 6.9,
        "lamp": 5.2,
        "ember": 6.4,
    },
}
CUBE = (0, 95, 135, 175, 215, 255)
XTERM = {(r, g, b) for r in CUBE for g in CUBE for b in CUBE} | {(8 + 10 * n,) * 3 for n in range(24)}


@pytest.mark.parametrize("name", theme.TOKENS)
def test_text_is_readable_on_its_ground(name: str) -> None:
    """WCAG asks 4.5 of text; each token has the ratio that the design computed."""
    tokens = theme.TOKENS[name]
    for token in theme.TEXT_TOKENS:
        assert theme.contrast(tokens[token], tokens["background"]) >= 4.5
    for token, ratio in RATIOS[name].items():
        assert theme.contrast(tokens[token], tokens["background"]) == pytest.approx(ratio, abs=0.06)


@pytest.mark.parametrize("name", theme.TOKENS)
def test_text_stays_readable_on_sheets_and_on_the_chosen_row(name: str) -> None:
    """Values keep 4.5 there too; quiet and coloured words at least 4.0."""
    tokens = theme.TOKENS[name]
    for ground in ("surface", "panel"):
        assert theme.contrast(tokens["foreground"], tokens[ground]) >= 4.5
        for token in theme.TEXT_TOKENS:
            assert theme.contrast(tokens[token], tokens[ground]) >= 4.0


@pytest.mark.parametrize("name", theme.TOKENS)
def test_every_token_is_an_exact_xterm_colour(name: str) -> None:
    """So that truecolor and 256 colours give the same picture."""
    for colour in theme.TOKENS[name].values():
        assert tuple(int(colour[at : at + 2], 16) for at in (1, 3, 5)) in XTERM


def test_both_themes_have_the_same_tokens() -> None:
    """A widget never asks for one that is missing."""
    assert set(theme.TOKENS["sumi"]) == set(theme.TOKENS["washi"])


def test_contrast_of_black_and_white_is_twenty_one() -> None:
    """The ends of the WCAG scale."""
    assert theme.contrast("#000000", "#ffffff") == pytest.approx(21.0)
    assert theme.contrast("#777777", "#777777") == pytest.approx(1.0)


def test_no_colour_is_written_anywhere_but_in_the_theme() -> None:
    """Neither in the stylesheet nor in a widget."""
    folder = Path(theme.__file__).parent
    for file in (*folder.rglob("*.py"), *folder.rglob("*.tcss")):
        if file.name != "theme.py":
            assert not re.search(r"#[0-9a-fA-F]{6}\b|rgb\(|hsl\(|\bansi_", file.read_text()), file.name


@pytest.mark.parametrize("name", theme.TOKENS)
async def test_the_garden_and_its_sheets_use_the_tokens_alone(name: str, clock: StillClock) -> None:
    """Every colour of every cell is one of the palette."""
    allowed = set(theme.TOKENS[name].values())
    app = GardenApp(StillFacade(), theme=name, now=clock)
    async with app.run_test(size=(120, 40)) as pilot:
        for keys in (("tab", "tab"), ("t",), ("escape", "equals_sign"), ("escape", "q"), ("escape", "ctrl+x")):
            await press(pilot, clock, *keys)
            seen = set()
            for segment in segments_of(app):
                for colour in (segment.style.color, segment.style.bgcolor) if segment.style is not None else ():
                    if colour is not None:
                        seen.add(colour.get_truecolor().hex)
            assert seen <= allowed
            assert len(seen) > 5


async def test_the_theme_can_be_changed_while_running(app: GardenApp) -> None:
    """Every pane follows."""
    async with app.run_test(size=(120, 40)) as pilot:
        app.action_theme("washi")
        await pilot.pause(0)
        await pilot.pause(0)
        grounds = {s.style.bgcolor.get_truecolor().hex for s in segments_of(app) if s.style and s.style.bgcolor}
        assert grounds <= {theme.TOKENS["washi"][token] for token in ("background", "panel", "surface")}
