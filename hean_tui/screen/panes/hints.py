"""The last line: the keys that matter here, or one passing sentence."""

from collections.abc import Sequence

from textual.binding import Binding

from hean_tui.screen.ink import Line, Span, span, width_of
from hean_tui.screen.pane import Pane
from hean_tui.screen.plain_text import safe
from hean_tui.screen.scene import Scene

# What gives way first where the line is short; the way out, the help and the gate stay.
_GIVING_WAY = ("view.money", "palette.open", "view.zen", "order.ticket", "engine.toggle", "entries.pause")


class Hints(Pane):
    """What can be pressed, read from the bindings themselves, so that remapped keys are told as they are."""

    def lines(self, scene: Scene, width: int, height: int) -> Sequence[Line]:
        """The whisper while there is one, else the keys."""
        if scene.whisper:
            return ((span(" " + safe(scene.whisper, 300), "lamp"),),)
        hints = self._hints()
        for name in _GIVING_WAY:
            if sum(width_of(hint) for hint in hints.values()) <= width:
                break
            hints.pop(name, None)
        return (tuple(part for hint in hints.values() for part in hint),)

    def _hints(self) -> dict[str, tuple[Span, Span]]:
        hints: dict[str, tuple[Span, Span]] = {}
        for active in self.screen.active_bindings.values():
            binding = active.binding
            if binding.show and active.enabled:
                hints.setdefault(binding.id or binding.action, self._hint(binding))
        return hints

    def _hint(self, binding: Binding) -> tuple[Span, Span]:
        return span(" " + self.app.get_key_display(binding), "lamp"), span(f" {binding.description} ", "muted")
