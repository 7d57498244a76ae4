"""Strings from outside are data: shown literally, never obeyed."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from hean_tui.screen.app import GardenApp
from hean_tui.screen.plain_text import safe
from tests.screen.looking import press, segments_of, text_of
from tests.screen.still_garden import STILL, StillClock, StillFacade

# What goes in, and what a person may read of it.
HOSTILE = {
    "[bold red]gain[/]": "[bold red]gain[/]",
    "[@click=app.quit]x[/]": "[@click=app.quit]x[/]",
    "[/]": "[/]",
    "\\[x]": "\\[x]",
    "a\x1b[2Jb": "a[2Jb",
    "\x1b]0;title\x07z": "]0;titlez",
    "\x9b31mred": "31mred",
    "one\r\ntwo\tthree": "one two three",
    "null\x00byte\x7f": "nullbyte",
    "rtl\u202egnp.exe": "rtlgnp.exe",
    "zero\u200bwidth\ufeff": "zerowidth",
    "line\u2028break\u2029": "line break",
    "e\u0301" + "\u0301" * 40: "é\u0301\u0301",
    "\ud800lone": "lone",
    "heart\u2764\ufe0f": "heart\u2764",
    "価格": "価格",
    "  spaced \n out ": "spaced out",
    "$secret {x} %s": "$secret {x} %s",
}


@pytest.mark.parametrize(("raw", "shown"), HOSTILE.items())
def test_a_hostile_string_becomes_one_plain_line(raw: str, shown: str) -> None:
    """What steers a terminal is taken out, what looks like markup is kept as it is."""
    assert safe(raw, 200) == shown


@given(st.text(alphabet=st.characters(), max_size=300), st.integers(1, 80))
def test_nothing_invisible_ever_gets_through(raw: str, limit: int) -> None:
    """No control, format, surrogate or private letter, and never longer than asked for."""
    shown = safe(raw, limit)
    assert len(shown) <= limit
    assert all(unicodedata.category(letter) not in ("Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp") for letter in shown)


def test_a_very_long_string_is_cut_with_an_ellipsis() -> None:
    """A megabyte costs no more than a line."""
    assert safe("x" * 1_000_000, 10) == "xxxxxxxxx…"


async def test_hostile_strings_everywhere_leave_the_garden_as_it_was(clock: StillClock) -> None:
    """In every field that comes from outside, on every page, and in the dialogs: literal, and nothing breaks."""
    evil = "".join(HOSTILE)[:150]
    view = replace(
        STILL,
        engine=replace(STILL.engine, mode=evil, feed=evil, state=evil),
        positions=tuple(replace(each, symbol=evil, strategy=evil) for each in STILL.positions),
        orders=tuple(
            replace(each, id=evil, symbol=evil, status=evil, reason=evil, strategy=evil, type=evil, side=evil)
            for each in STILL.orders
        ),
        risk=replace(STILL.risk, tier=evil, level=evil, halted=True, halt_reason=evil),
        tilt=replace(STILL.tilt, score=20.0, rung_name=evil, reasons=(evil,), intervention=evil),
        strategies=tuple(replace(each, name=evil, state=evil, reason=evil) for each in STILL.strategies),
        health={evil: replace(STILL.health["feed"], state=evil, reason=evil)},
        market=tuple(replace(each, symbol=evil) for each in STILL.market),
        stream=tuple(replace(each, word=evil, text=evil) for each in STILL.stream),
    )
    facade = StillFacade(view, refusing=evil)
    app = GardenApp(facade, now=clock)
    async with app.run_test(size=(120, 40)) as pilot:
        for key in ("1", "2", "3", "4", "5", "6", "7", "c", "equals_sign", "escape", "1", "q", "escape", "ctrl+x"):
            await press(pilot, clock, key)
            for segment in segments_of(app):
                assert not any(unicodedata.category(letter) in ("Cc", "Cf", "Cs") for letter in segment.text)
                assert segment.style is None or segment.style.link is None
        await press(pilot, clock, "escape", "6")
        assert "[bold red]gain[/]" in text_of(app)
        assert "this pane rests" not in text_of(app)
