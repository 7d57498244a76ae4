"""The smallest Textual app there is: what the garden's first frame is compared with."""

from __future__ import annotations

from textual.app import App, ComposeResult
from textual.widgets import Static

WORDS = "nothing but this"


class BareApp(App[None]):
    """One widget with three words."""

    def compose(self) -> ComposeResult:
        """All there is."""
        yield Static(WORDS)


if __name__ == "__main__":
    BareApp().run()
