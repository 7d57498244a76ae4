"""Lines of text as spans of a word and the token of its colour, measured in terminal cells."""

from collections.abc import Iterable, Sequence

from rich.cells import cell_len, set_cell_size

from hean_tui.screen.theme import CHOSEN

Span = tuple[str, str]
Line = tuple[Span, ...]

BLANK: Line = ()


def span(text: str, token: str = "foreground") -> Span:
    """A word in a colour."""
    return (text, token)


def width_of(line: Iterable[Span]) -> int:
    """How many cells a line takes."""
    return sum(cell_len(text) for text, _ in line)


def fitted(text: str, width: int, ellipsis: str = "…", *, right: bool = False) -> str:
    """The text in exactly `width` cells: filled with blanks, or cut with an ellipsis."""
    if width <= 0:
        return ""
    size = cell_len(text)
    if size > width:
        return set_cell_size(text, width - 1) + ellipsis
    blanks = " " * (width - size)
    return blanks + text if right else text + blanks


def number_fitted(text: str, width: int) -> str:
    """A number in exactly `width` cells; one that does not fit is hidden, since a cut number is a wrong number."""
    return "#" * width if len(text) > width else text.rjust(width)


def cut_line(line: Line, width: int, ellipsis: str = "…") -> Line:
    """The line, no wider than `width` cells."""
    if width_of(line) <= width:
        return line
    kept: list[Span] = []
    left = width
    for text, token in line:
        size = cell_len(text)
        if size >= left:
            kept.append((fitted(text + " ", left, ellipsis), token))
            break
        kept.append((text, token))
        left -= size
    return tuple(kept)


def spread(left: Line, right: Line, width: int) -> Line:
    """One line with a part at either end; the left one gives way."""
    room = width - width_of(right)
    if room <= 0:
        return cut_line(right, width)
    left = cut_line(left, room)
    return (*left, (" " * (room - width_of(left)), "foreground"), *right)


def chosen(line: Line, width: int) -> Line:
    """The line on the ground of the chosen row, filled to `width`."""
    rest = " " * max(width - width_of(line), 0)
    return tuple((text, token + CHOSEN) for text, token in (*line, (rest, "foreground")))


def wrapped(text: str, width: int, most: int) -> Sequence[str]:
    """The text in at most `most` lines of `width` cells, broken between words where that is possible."""
    lines: list[str] = []
    line = ""
    for word in (part for long in text.split() for part in _short_enough(long, width)):
        if not line:
            line = word
        elif cell_len(line) + 1 + cell_len(word) <= width:
            line = f"{line} {word}"
        else:
            lines.append(line)
            line = word
    return ([*lines, line] if line else lines)[:most]


def _short_enough(word: str, width: int) -> Iterable[str]:
    while cell_len(word) > width > 0:
        head = set_cell_size(word, width).rstrip() or word[:1]
        yield head
        word = word[len(head) :]
    yield word


def paragraph(text: str, width: int, token: str = "foreground") -> list[Line]:
    """A sentence as lines, one blank column before each."""
    return [(span(" " + part, token),) for part in wrapped(text, width - 2, 6)]
