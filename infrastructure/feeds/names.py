"""Which markets a history file names, asked before anybody has chosen one of them."""

import os

from infrastructure.history.columns import Kind
from infrastructure.history.sources import open_source
from infrastructure.history.spellings import find_layout
from infrastructure.history.symbols import find_symbols


def names_in(kind: Kind, path: str | os.PathLike[str]) -> tuple[str, ...]:
    """The names in its column `symbol`, in order of appearance; none where it has no such column."""
    place = os.fspath(path)
    source = open_source(place)
    column = find_layout(place, kind, source.names(), "open").own_names.get("symbol")
    return () if column is None else find_symbols(place, source, column)
