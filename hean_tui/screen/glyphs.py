"""The glyphs the garden is drawn with: braille, block, or nothing but ASCII."""

from dataclasses import dataclass, replace


@dataclass(frozen=True)
class Glyphs:
    """One set of glyphs."""

    name: str
    dash: str  # what is unknown
    ellipsis: str  # what was cut
    dot: str  # between the garden word and the plain word
    chosen: str  # before the chosen row
    full: str  # the filled part of a bar
    empty: str  # the rest of it
    deep: str  # a full cell of a filled curve
    rounded_digits: bool


BLOCK = Glyphs("block", dash="–", ellipsis="…", dot="·", chosen="›", full="━", empty="─", deep="█", rounded_digits=True)
BRAILLE = replace(BLOCK, name="braille", deep="")
ASCII = Glyphs(
    "ascii", dash="-", ellipsis="~", dot="-", chosen=">", full="=", empty="-", deep="|", rounded_digits=False
)

GLYPHS = {each.name: each for each in (BRAILLE, BLOCK, ASCII)}


def gauge(fraction: float, width: int, glyphs: Glyphs) -> tuple[str, str]:
    """A bar of `width` cells as its filled and its empty part; anything above nothing shows one cell."""
    share = min(max(fraction, 0.0), 1.0)
    filled = round(share * width)
    if share > 0.0:
        filled = max(filled, 1)
    return glyphs.full * filled, glyphs.empty * (width - filled)
