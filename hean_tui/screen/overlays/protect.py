"""The stop of a position: place it or tighten it."""

from engine.facade import Ask, Verb
from engine.snapshot import PositionView
from hean_tui.errors import BadValue
from hean_tui.screen.figures import price, quantity
from hean_tui.screen.overlays.form import FormOverlay
from hean_tui.screen.plain_text import safe
from hean_tui.screen.scene import Scene

_STAY = "not now"


class ProtectOverlay(FormOverlay):
    """One price."""

    TITLE_WORDS = "protect"
    FIELDS = (("stop", "the price at which the position is closed"),)
    CHOICES = ((_STAY, "the stop stays as it is"), ("protect", "place or tighten the stop"))
    AUTO_FOCUS = "#stop"
    HELP = "A stop can be placed or tightened here; the engine refuses one that would be looser."

    def __init__(self, scene: Scene, position: PositionView) -> None:
        """Protect this position."""
        super().__init__(scene, {})
        self._position = position

    def facts(self, scene: Scene) -> str:
        """What is held, and where it stands."""
        held = next((p for p in scene.view.positions if p.symbol == self._position.symbol), None)
        name = safe(self._position.symbol, 24)
        if held is None:
            return f"{name} is not held any more"
        mark, stop = price(held.mark_price, scene.dash), price(held.stop_price, scene.dash)
        return f"{held.side} {quantity(held.quantity, scene.dash)} {name}   mark {mark}   stop {stop}"

    def ask(self, choice: str) -> Ask:
        """The wish for a stop."""
        stop = self.number("stop")
        if stop is None:
            raise BadValue("stop was empty: write a price")
        return Ask(verb=Verb.PROTECT, symbol=self._position.symbol, stop=stop)
