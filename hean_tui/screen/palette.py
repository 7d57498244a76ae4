"""Everything the garden can do, by name, for the command palette."""

from collections.abc import Callable, Iterator

from textual.app import SystemCommand

from hean_tui.screen.glyphs import GLYPHS
from hean_tui.screen.theme import TOKENS

_ACTS = (
    ("Start or stop the engine", "The same as s", "toggle_engine"),
    ("Pause or resume entries", "Exits and stops go on; the same as p", "toggle_entries"),
    ("Reconcile", "Compare our books with the venue's now; the same as r", "reconcile"),
    ("Order ticket", "Buy or sell by hand; the same as t", "ticket"),
    ("Close or cancel the chosen row", "Twice, as with c", "close_chosen"),
    ("Protect the chosen position", "Place or tighten its stop; the same as =", "protect"),
    ("Flatten", "Close every position and cancel every order; the gate stays as it is", "flatten"),
    ("Gate", "What the kill switch says now; asks nothing of the engine", "show_gate"),
    ("Close the gate", "No new order, entries cancelled, stops stay; the same as ctrl+x", "close_gate"),
    ("Money, per cent, R", "The same as m", "unit"),
    ("Freeze the picture", "The engine goes on; the same as f", "freeze"),
    ("Keys and help", "The same as ?", "toggle_help"),
    ("Leave", "After a question; the same as q", "leave"),
)
_PAGES = (
    ("Garden", ""),
    ("Strategies", "moss"),
    ("Risk", "fence"),
    ("Orders", "ripples"),
    ("Positions", "stones"),
    ("Events", "stream"),
    ("Market", "meadow"),
    ("Health", "roots"),
    ("Capital", "soil"),
    ("Equity", "pond"),
    ("Tilt and interventions", "breath"),
)


def commands(run: Callable[[str], Callable[[], object]]) -> Iterator[SystemCommand]:
    """The entries; `run` makes a callback of the name of an action."""
    for title, words, action in _ACTS:
        yield SystemCommand(title, words, run(f"app.{action}"))
    for title, pane in _PAGES:
        yield SystemCommand(f"Page: {title}", f"The {pane} alone" if pane else "All panes", run(f"app.page('{pane}')"))
    for name in TOKENS:
        yield SystemCommand(f"Theme: {name}", "Colours", run(f"app.theme('{name}')"))
    for name in GLYPHS:
        yield SystemCommand(f"Symbols: {name}", "What curves and frames are drawn with", run(f"app.symbols('{name}')"))
