"""The keys of the garden. Every binding has an id, by which it can be given another key, and a tooltip for the help."""

from textual.binding import Binding


def _key(key: str, action: str, words: str, id: str, tooltip: str, *, show: bool = False) -> Binding:
    return Binding(key, action, words, id=id, tooltip=tooltip, show=show)


SOIL_KEY = "9"

# These work everywhere, in every dialog and input.
PRIORITY_KEYS = [
    Binding(
        "ctrl+x",
        "app.close_gate",
        "close gate",
        id="gate.close",
        tooltip="No new order, entries cancelled, stops stay; again within 10 s: flatten everything",
        key_display="^x",
        priority=True,
    ),
    Binding(
        "ctrl+q", "app.leave", "leave", id="app.leave", tooltip="Leave, after a question", show=False, priority=True
    ),
]

GARDEN_KEYS = [
    _key("s", "app.toggle_engine", "start/stop", "engine.toggle", "Start or stop the engine", show=True),
    _key("p", "app.toggle_entries", "pause", "entries.pause", "Pause new entries; again: resume", show=True),
    _key("r", "app.reconcile", "reconcile", "engine.exchange.reconcile", "Compare our books with the venue's now"),
    _key("t", "app.ticket", "ticket", "order.ticket", "Buy or sell by hand", show=True),
    _key("c", "app.close_chosen", "close", "position.close", "Close the chosen position or cancel the chosen order"),
    _key("equals_sign", "app.protect", "protect", "position.protect", "Place or tighten the stop of a position"),
    _key("z", "zen", "zen", "view.zen", "The pond and one line, nothing else", show=True),
    _key("f", "app.freeze", "freeze", "view.freeze", "Stop repainting; the engine goes on"),
    _key("m", "app.unit", "money", "view.money", "Money, per cent, or R", show=True),
    _key("tab", "focus_pane(1)", "next pane", "pane.next", "To the next pane"),
    _key("shift+tab", "focus_pane(-1)", "pane before", "pane.previous", "To the pane before"),
    _key("j,down", "move(1)", "down", "row.down", "To the next row"),
    _key("k,up", "move(-1)", "up", "row.up", "To the row before"),
    _key("enter", "open", "open", "pane.open", "The focused pane alone"),
    _key("escape,backspace", "back", "back", "pane.back", "Back to the garden"),
    _key("1", "page('')", "garden", "page.1", "The whole garden"),
    _key("2", "page('moss')", "strategies", "page.2", "Strategies"),
    _key("3", "page('fence')", "risk", "page.3", "Risk"),
    _key("4", "page('ripples')", "orders", "page.4", "Orders"),
    _key("5", "page('stones')", "positions", "page.5", "Positions"),
    _key("6", "page('stream')", "events", "page.6", "Events"),
    _key("7", "page('meadow')", "market", "page.7", "Market"),
    _key("8", "page('roots')", "health", "page.8", "Health: components, books, the steps of the start"),
    _key(
        SOIL_KEY,
        "page('soil')",
        "capital",
        "page.9",
        "Capital: what this account can trade, and what a lot means to it",
    ),
    _key("colon,ctrl+p", "app.command_palette", "commands", "palette.open", "Everything by name", show=True),
    _key(
        "question_mark", "app.toggle_help", "help", "help.toggle", "Keys, and words about the focused pane", show=True
    ),
    _key("q,ctrl+c", "app.leave", "leave", "app.leave", "Leave, after a question", show=True),
]
