"""Strings from outside, made harmless: what cannot be seen, or would steer the terminal, is taken out."""

import unicodedata
from collections.abc import Callable

# Control, format (bidi overrides, zero width), surrogate and unassigned: nothing a person can read.
_INVISIBLE = frozenset(("Cc", "Cf", "Cs", "Cn", "Co"))
_BREAKS = frozenset(("Zl", "Zp"))
_MARKS = frozenset(("Mn", "Me"))
_MARKS_A_LETTER = 2
_LONGEST = 4096
_take_out: Callable[[str], str] | None = None


def safe(text: object, limit: int = 200) -> str:
    """The text as one plain line of at most `limit` characters; a cut is shown by an ellipsis."""
    raw = str(text)[:_LONGEST]
    if _take_out is not None:
        raw = _take_out(raw)
    if raw.isascii() and raw.isprintable():
        return shortened(raw, limit)
    kept: list[str] = []
    marks = 0
    for letter in unicodedata.normalize("NFC", raw):
        kind = unicodedata.category(letter)
        marks = marks + 1 if kind in _MARKS else 0
        if letter in "\t\n\r\v\f\x85" or kind in _BREAKS:
            kept.append(" ")
        elif kind not in _INVISIBLE and not _selects_a_variant(letter) and marks <= _MARKS_A_LETTER:
            kept.append(letter)
    return shortened(" ".join("".join(kept).split()), limit)


def without(take_out: Callable[[str], str] | None) -> None:
    """Take out secrets from now on, wherever they were typed or come from; None: there are none."""
    global _take_out  # noqa: PLW0603 - the one way that text gets onto the screen, for the whole process
    _take_out = take_out


def shortened(text: str, limit: int) -> str:
    """The text, or its beginning and an ellipsis."""
    return text if len(text) <= limit else text[: max(limit - 1, 0)] + "…"


def _selects_a_variant(letter: str) -> bool:
    # Variation selectors change the width of the letter before them, and terminals disagree about it.
    return "\ufe00" <= letter <= "\ufe0f" or "\U000e0100" <= letter <= "\U000e01ef"
