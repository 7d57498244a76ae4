"""A form of a few lines to fill in, checked before anything is asked of the engine."""

from collections.abc import Sequence
from decimal import Decimal
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical
from textual.widgets import Input

from engine.facade import Ask
from hean_tui.errors import BadValue
from hean_tui.numbers import read_number
from hean_tui.screen.ink import Line, paragraph, span
from hean_tui.screen.overlays.overlay import FOCUS_KEYS, Overlay
from hean_tui.screen.overlays.words import Choices, Told, Words
from hean_tui.screen.plain_text import safe
from hean_tui.screen.scene import Scene

_LONGEST_ENTRY = 40


class FormOverlay(Overlay[Ask | None]):
    """Labels and inputs over a few choices; a subclass says which, and makes the command."""

    BINDINGS: ClassVar[list[BindingType]] = [
        *FOCUS_KEYS,
        Binding("down", "app.focus_next", "next", id="form.next", show=False),
        Binding("up", "app.focus_previous", "before", id="form.previous", show=False),
        Binding("enter", "choose", "choose", id="form.take"),
    ]
    TITLE_WORDS: ClassVar[str] = ""
    FIELDS: ClassVar[tuple[tuple[str, str], ...]] = ()  # a name and what it means, in order
    CHOICES: ClassVar[tuple[tuple[str, str], ...]] = ()

    def __init__(self, scene: Scene, filled: dict[str, str]) -> None:
        """Start with some fields filled in already."""
        super().__init__(scene)
        self._filled = filled
        self._complaint = ""

    def compose(self) -> ComposeResult:
        """The facts, the fields, the choices."""
        with Vertical(classes="sheet") as sheet:
            sheet.border_title = self.TITLE_WORDS
            yield Words(self._told)
            for name, meaning in self.FIELDS:
                with Horizontal(classes="field"):
                    yield Words(_label(name))
                    yield self._field(name, meaning)
            yield Words(self._complained)
            yield Choices(self.CHOICES)

    def _field(self, name: str, meaning: str) -> Input:
        field = Input(self._filled.get(name, ""), placeholder=meaning, id=name, compact=True, max_length=_LONGEST_ENTRY)
        field.cursor_blink = False  # nothing blinks in the garden
        return field

    def facts(self, scene: Scene) -> str:
        """What is known about the market that is written in the form."""
        raise NotImplementedError

    def ask(self, choice: str) -> Ask:
        """The command that the form means; raises `BadValue` with what is wrong."""
        raise NotImplementedError

    def entry(self, name: str) -> str:
        """What is written in a field; the facts may be drawn before the fields are there."""
        for field in self.query(f"#{name}").results(Input):
            return field.value.strip()
        return self._filled.get(name, "")

    def number(self, name: str) -> Decimal | None:
        """The number in a field, None where it is empty."""
        text = self.entry(name)
        if not text:
            return None
        try:
            number = read_number(text)
        except BadValue as error:
            raise BadValue(f"{name} was {safe(text, 20)!r}: {error}") from None
        if number <= 0:
            raise BadValue(f"{name} was {safe(text, 20)!r}: write a number above zero")
        return number

    def _told(self, scene: Scene, width: int) -> Sequence[Line]:
        return [(span(" " + self.facts(scene), "muted"),), ()]

    def _complained(self, scene: Scene, width: int) -> Sequence[Line]:
        return [(), *paragraph(self._complaint, width, "lamp"), *([()] if self._complaint else [])]

    def on_input_submitted(self, event: Input.Submitted) -> None:
        """Enter in a field goes on to the next one; at the end stand the choices, the safe one first."""
        event.stop()
        self.focus_next()

    def action_choose(self) -> None:
        """Do what the chosen word says, or say why not."""
        word = self.query_one(Choices).chosen_word()
        if word == self.CHOICES[0][0]:
            _ = self.dismiss(None)
            return
        try:
            _ = self.dismiss(self.ask(word))
        except BadValue as error:
            self._complaint = str(error)
            self.show(self.scene)


def _label(name: str) -> Told:
    return lambda _scene, _width: [(span(f" {name}", "muted"),)]
