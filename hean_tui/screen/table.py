"""Tables of fixed columns: which of them fit a width, and the lines they make."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

from hean_tui.screen.ink import Line, Span, fitted, number_fitted
from hean_tui.screen.scene import Scene

T = TypeVar("T")


@dataclass(frozen=True)
class Column(Generic[T]):
    """One column: its title, its cells, and when it gives way (a high rank goes first)."""

    title: str
    width: int
    rank: int
    draw: Callable[[T, Scene], Span]
    is_number: bool = False


def fitting(columns: Sequence[Column[T]], width: int) -> list[Column[T]]:
    """The columns that fit, the least important left out first; the last of them takes the width left over."""
    room = width - 1  # the mark of the chosen row
    taken: set[int] = set()
    for column in sorted(columns, key=lambda each: each.rank):
        if column.width + 1 > room and taken:
            break
        taken.add(id(column))
        room -= column.width + 1
    kept = [column for column in columns if id(column) in taken]
    if room > 0 and not kept[-1].is_number:
        last = kept[-1]
        kept[-1] = Column(last.title, last.width + room, last.rank, last.draw)
    return kept


def heading(columns: Sequence[Column[T]], scene: Scene) -> Line:
    """The titles of the columns, in the quiet colour."""
    cut = scene.glyphs.ellipsis
    titles = (fitted(column.title, column.width, cut, right=column.is_number) for column in columns)
    return ((" " + " ".join(titles), "muted"),)


def row(columns: Sequence[Column[T]], item: T, scene: Scene) -> Line:
    """One item's cells."""
    cells: list[Span] = []
    for column in columns:
        text, token = column.draw(item, scene)
        cell = (
            number_fitted(text, column.width) if column.is_number else fitted(text, column.width, scene.glyphs.ellipsis)
        )
        cells.append((" " + cell if cells else cell, token))
    return tuple(cells)
