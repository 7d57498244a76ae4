"""An act that is done at the second press of its key, on the thing that was chosen at the first."""

from engine.facade import Ask, Verb
from engine.snapshot import OrderView, PositionView
from hean_tui.screen.facts import is_open
from hean_tui.screen.figures import quantity
from hean_tui.screen.plain_text import safe

WINDOW_S = 5.0


class SecondPress:
    """Closing a position, or cancelling an order."""

    def __init__(self) -> None:
        """Start with nothing pressed."""
        self._ask: Ask | None = None
        self._until_s = 0.0

    def press(self, chosen: object, now_s: float) -> tuple[Ask | None, str]:
        """The command, if this was the second press on the same thing, and the sentence to whisper."""
        if isinstance(chosen, PositionView):
            ask = Ask(verb=Verb.CLOSE, symbol=chosen.symbol)
            what = f"close {chosen.side} {quantity(chosen.quantity, '')} {safe(chosen.symbol, 24)}"
        elif isinstance(chosen, OrderView):
            if not is_open(chosen):
                return None, f"this order is {safe(chosen.status, 20)} already; choose one that rests"
            ask = Ask(verb=Verb.CANCEL, order_id=chosen.id, symbol=chosen.symbol)
            what = f"cancel {chosen.side} {quantity(chosen.quantity, '')} {safe(chosen.symbol, 24)}"
        else:
            return None, "choose a position or an order first: tab to its pane, then j and k"
        if self._ask == ask and now_s <= self._until_s:
            self._ask = None
            return ask, f"asked to {what}"
        self._ask, self._until_s = ask, now_s + WINDOW_S
        return None, f"press again to {what}"
