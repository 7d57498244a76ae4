"""Numbers and times as people read them."""

from decimal import Decimal
from math import inf, nan

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len

from hean_tui.screen import figures
from hean_tui.screen.curve import drawn, sampled
from hean_tui.screen.digits import large
from hean_tui.screen.facts import short_symbol
from hean_tui.screen.glyphs import ASCII, BLOCK, BRAILLE, Glyphs, gauge
from hean_tui.screen.ink import cut_line, fitted, number_fitted, spread, width_of, wrapped

WORDS = st.text(alphabet=st.sampled_from("ab 価格é-"), max_size=60)


@pytest.mark.parametrize(
    ("value", "signed", "text"),
    [
        (Decimal("10042.184"), False, "10,042.18"),
        (Decimal("-18.84"), True, "-18.84"),
        (Decimal("42.18"), True, "+42.18"),
        (Decimal("-0.001"), True, "0.00"),
        (Decimal(0), True, "0.00"),
        (Decimal("1e15"), False, "1.000e+15"),
        (None, True, "–"),
        (nan, False, "–"),
        (inf, False, "–"),
        (Decimal("NaN"), True, "–"),
    ],
)
def test_money(value: Decimal | None, signed: bool, text: str) -> None:
    """Grouped, two places, a sign only where there is something to sign."""
    assert figures.money(value, "–", signed=signed) == text


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (61388.0, "61,388.0"),
        (2604.754, "2,604.75"),
        (31.4159, "31.416"),
        (1.23456, "1.2346"),
        (0.0318425, "0.031843"),
        (0.00001234, "0.00001234"),
        (0.0, "0.00"),
        (None, "–"),
    ],
)
def test_price(value: float | None, text: str) -> None:
    """As many places as the size asks for."""
    assert figures.price(value, "–") == text


def test_quantity_percent_and_counts() -> None:
    """No trailing zeros; fractions as per cent; nouns that agree."""
    assert figures.quantity(Decimal("0.40"), "–") == "0.4"
    assert figures.quantity(Decimal(1000), "–") == "1,000"
    assert figures.quantity(Decimal("1E-8"), "–") == "0.00000001"
    assert figures.percent(0.0123, "–") == "+1.23%"
    assert figures.percent(-0.00002, "–", places=4) == "-0.0020%"
    assert figures.percent(None, "–") == "–"
    assert figures.counted(1, "entry", "entries") == "1 entry"
    assert figures.counted(0, "position") == "0 positions"


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (0.4, "0s"),
        (59, "59s"),
        (34 * 60, "34m"),
        (72 * 60, "1h12m"),
        (3 * 86400 + 4 * 3600, "3d4h"),
        (400 * 86400, "400d"),
        (-5, "0s"),
        (None, "–"),
        (inf, "–"),
    ],
)
def test_duration(seconds: float | None, text: str) -> None:
    """The two largest units."""
    assert figures.duration(seconds, "–") == text


def test_clock_is_utc_and_never_fails() -> None:
    """2026-01-01 00:00:01 UTC, and moments that no calendar has."""
    assert figures.clock(1_767_225_601_000_000_000, "–") == "00:00:01"
    assert figures.clock(2**80, "–") == "–"
    assert figures.clock(None, "–") == "–"


@given(WORDS, st.integers(0, 40), st.booleans())
def test_fitted_text_has_exactly_the_width(text: str, width: int, right: bool) -> None:
    """Wide letters included."""
    assert cell_len(fitted(text, width, right=right)) == width


@given(st.lists(WORDS, max_size=5), st.integers(1, 40))
def test_a_cut_line_is_never_wider_than_it_may_be(texts: list[str], width: int) -> None:
    """However many spans there are."""
    assert width_of(cut_line(tuple((text, "muted") for text in texts), width)) <= width


@given(WORDS, WORDS, st.integers(1, 60))
def test_two_parts_spread_over_a_line_fill_it_or_are_cut(left: str, right: str, width: int) -> None:
    """The right one stands at the end."""
    assert width_of(spread(((left, "muted"),), ((right, "muted"),), width)) <= width


@given(WORDS, st.integers(2, 30))
def test_wrapped_text_loses_no_letter_and_no_width(text: str, width: int) -> None:
    """Every line fits, and together they are the text."""
    lines = wrapped(text, width, 200)
    assert all(cell_len(line) <= width for line in lines)
    assert "".join("".join(lines).split()) == "".join(text.split())


def test_a_number_that_does_not_fit_is_hidden() -> None:
    """A cut number would be a wrong number."""
    assert number_fitted("1,234.5", 8) == " 1,234.5"
    assert number_fitted("1,234.5", 6) == "######"


def test_a_gauge_shows_the_least_use_and_never_overflows() -> None:
    """Anything above nothing is one cell, anything above all is all."""
    assert gauge(0.0, 4, BLOCK) == ("", "────")
    assert gauge(0.001, 4, BLOCK) == ("━", "───")
    assert gauge(7.0, 4, ASCII) == ("====", "")


def test_large_digits_have_three_equal_lines() -> None:
    """In both forms, for every sign that a figure may hold."""
    for rounded in (True, False):
        lines = large("-1,234,567.89+0–%", rounded=rounded)
        assert len({len(line) for line in lines}) == 1


def test_a_curve_keeps_the_last_value_and_the_order_of_time() -> None:
    """Columns are shares of time, not of the number of points."""
    points = [(0, 1.0), (50, 2.0), (98, 3.0), (99, 4.0), (100, 5.0)]
    assert sampled(points, 4) == [1.0, 2.0, 2.0, 5.0]
    assert sampled([(7, 3.0)], 3) == [3.0, 3.0, 3.0]
    assert sampled([], 3) == []


@given(
    st.lists(st.tuples(st.integers(0, 10**6), st.floats(-1e9, 1e9)), max_size=50).map(sorted),
    st.integers(0, 30),
    st.integers(0, 6),
    st.sampled_from([BLOCK, BRAILLE, ASCII]),
)
def test_a_curve_fills_its_rectangle_exactly(
    points: list[tuple[int, float]], width: int, height: int, glyphs: Glyphs
) -> None:
    """Whatever the points."""
    lines = drawn(points, width, height, glyphs)
    assert len(lines) == height
    if points and width:
        assert {len(line) for line in lines} <= {width}


def test_calm_water_looks_calm() -> None:
    """A cent of difference in ten thousand is not drawn as a mountain."""
    lines = drawn([(0, 10_000.0), (1, 10_000.01), (2, 10_000.0)], 3, 4, BLOCK)
    heights = [sum(" ▁▂▃▄▅▆▇█".index(line[column]) for line in lines) for column in range(3)]
    assert max(heights) - min(heights) <= 1


def test_short_names_of_markets() -> None:
    """The perpetual and the spot market of a coin, and what is neither."""
    assert short_symbol("BTC/USDT:USDT") == "BTC perp"
    assert short_symbol("BTC/USDT") == "BTC spot"
    assert short_symbol("ODD-1") == "ODD-1"
