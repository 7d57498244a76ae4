"""What the keys do: acts on the engine, each an `Ask` through the facade, and acts on the picture."""

from collections.abc import Callable
from typing import TYPE_CHECKING

from engine.facade import Ask, EngineFacade, Verb
from hean_tui.halts import UNLOCK_KILL
from hean_tui.screen.asks import Asks, Errand, Outcome
from hean_tui.screen.chord import Press
from hean_tui.screen.facts import gate_is_closed
from hean_tui.screen.garden import GardenScreen
from hean_tui.screen.gate import Gate
from hean_tui.screen.glyphs import GLYPHS, Glyphs
from hean_tui.screen.lookout import Lookout
from hean_tui.screen.panes.meadow import Meadow
from hean_tui.screen.panes.ripples import Ripples
from hean_tui.screen.panes.stones import Stones
from hean_tui.screen.second_press import SecondPress

if TYPE_CHECKING:
    from textual.app import App

    AppPart = App[int]
else:
    AppPart = object

_LEAVE_WITHIN_S = 5.0
_GATE_IS_CLOSED = "the gate is closed: ctrl+x shows how it is opened again"


class Acts(AppPart):
    """The half of the app that acts; the other half draws."""

    def __init__(self, facade: EngineFacade, glyphs: Glyphs, *, quiet: bool, now: Callable[[], float]) -> None:
        """Hold the engine's doors and the screen's clock."""
        self.now = now
        self.lookout = Lookout(facade, glyphs, quiet=quiet)
        self.asks = Asks(facade)
        self.gate = Gate(self.asks)
        self._second_press = SecondPress()
        self._leaving: tuple[Errand, float] | None = None

    # --- errands

    def ask(self, ask: Ask) -> Errand:
        """Hand a command over; what comes back is told by `tend`."""
        return self.asks.submit(ask, self.now())

    def whisper(self, text: str) -> None:
        """One passing sentence in place of the hints, at once."""
        self.lookout.whisper(text, self.now())
        self.draw()

    def draw(self) -> None:
        """Draw again; the app knows how."""
        raise NotImplementedError

    def tend(self, now_s: float) -> None:
        """Tell what became of the commands."""
        for outcome in self.asks.sweep(now_s):
            self._tell(outcome, now_s)
        if self._leaving is not None:
            self._leave_when_closed(*self._leaving, now_s)

    def _tell(self, outcome: Outcome, now_s: float) -> None:
        self.lookout.note(outcome.word, outcome.text)
        self.lookout.whisper(f"{outcome.word}: {outcome.text}", now_s)
        if self.gate.heed(outcome):
            self._close_gate_overlay()

    # --- the engine

    def action_toggle_engine(self) -> None:
        """Start or stop."""
        state = self.lookout.live.view.engine.state
        if state in ("starting", "stopping"):
            self.whisper(f"the engine is {state}: wait a moment")
        elif state == "killed":
            self.whisper(f"the kill switch was used; from another shell: {UNLOCK_KILL}")
        else:
            self.ask(Ask(verb=Verb.START if state == "stopped" else Verb.STOP))
            self.whisper("the engine is asked to start" if state == "stopped" else "the engine is asked to stop")

    def action_toggle_entries(self) -> None:
        """Pause new entries, or ask for them again, whether the strategies work or rest."""
        if gate_is_closed(self.lookout.live):
            # Resuming would open the gate too, and that takes a word, not a letter.
            self.whisper(_GATE_IS_CLOSED)
        elif self.lookout.live.view.engine.paused is not None:
            self.ask(Ask(verb=Verb.RESUME))
            self.whisper("entries are asked to resume")
        else:
            self.ask(Ask(verb=Verb.PAUSE))
            self.whisper("entries are asked to pause; exits and stops go on")

    def action_reconcile(self) -> None:
        """Compare the books with the venue's now; the answer stands in the stream."""
        self.ask(Ask(verb=Verb.RECONCILE))
        self.whisper("the engine is asked to compare its books with the venue's")

    def action_flatten(self) -> None:
        """Close everything; the gate stays as it is."""
        self.ask(Ask(verb=Verb.FLATTEN))
        self.whisper("the engine is asked to close every position")

    def action_close_chosen(self) -> None:
        """Close the chosen position or cancel the chosen order, at the second press."""
        pane = self.screen.focused
        chosen = pane.chosen_item() if isinstance(pane, Stones | Ripples) else None
        ask, words = self._second_press.press(chosen, self.now())
        if ask is not None:
            self.ask(ask)
        self.whisper(words)

    def action_ticket(self) -> None:
        """Fill in an order."""
        from hean_tui.screen.overlays.ticket import TicketOverlay

        live = self.lookout.live
        if gate_is_closed(live):
            self.whisper(_GATE_IS_CLOSED)
            return
        pane = self.screen.focused
        chosen = pane.chosen_item() if isinstance(pane, Meadow | Stones | Ripples) else None
        first = next((market.symbol for market in live.view.market if ":" in market.symbol), "")
        first = first or next((market.symbol for market in live.view.market), "")
        _ = self.push_screen(
            TicketOverlay(live, {"symbol": chosen.symbol if chosen is not None else first}), self._send
        )

    def action_protect(self) -> None:
        """Place or tighten a stop."""
        from hean_tui.screen.overlays.protect import ProtectOverlay

        pane = self.screen.focused
        live = self.lookout.live
        position = pane.chosen_item() if isinstance(pane, Stones) else None
        if position is None and len(live.view.positions) == 1:
            position = live.view.positions[0]
        if position is None:
            self.whisper("choose a position first: tab to the stones, then j and k")
        else:
            _ = self.push_screen(ProtectOverlay(live, position), self._send)

    def _send(self, ask: Ask | None) -> None:
        if ask is not None:
            self.ask(ask)
            self.whisper(f"{ask.verb.value} {ask.symbol}: sent to the engine")

    # --- the gate

    def action_close_gate(self) -> None:
        """The kill switch: close at the first press, flatten at the second."""
        if self.gate.press(self.lookout.live.view, self.now()) is not Press.ECHO:
            self.action_show_gate()

    def action_show_gate(self) -> None:
        """The sheet over the gate, on top of whatever is open."""
        from hean_tui.screen.overlays.gate import GateOverlay

        if any(isinstance(screen, GateOverlay) for screen in self.screen_stack):
            while not isinstance(self.screen, GateOverlay):
                _ = self.pop_screen()
        else:
            _ = self.push_screen(GateOverlay(self.gate, self.lookout.live))
        self.draw()

    def reopen_gate(self) -> None:
        """The word was typed."""
        self.gate.reopen(self.now())
        self.draw()

    def _close_gate_overlay(self) -> None:
        from hean_tui.screen.overlays.gate import GateOverlay

        if isinstance(self.screen, GateOverlay):
            _ = self.pop_screen()

    # --- the picture

    def action_unit(self) -> None:
        """Tell results in another unit."""
        self.whisper(f"results are told in {self.lookout.next_unit()}")

    def action_freeze(self) -> None:
        """Hold the picture still, or let it go on."""
        frozen = self.lookout.toggle_frozen()
        self.whisper("the picture is frozen; the engine goes on" if frozen else "the picture goes on")

    def action_page(self, name: str) -> None:
        """Show one pane alone, from the palette."""
        if isinstance(self.screen, GardenScreen):
            self.screen.action_page(name)

    def action_theme(self, name: str) -> None:
        """Change the colours."""
        self.theme = name
        self.draw()

    def action_symbols(self, name: str) -> None:
        """Change the glyphs."""
        self.lookout.draw_with(GLYPHS[name])
        self.draw()

    def action_toggle_help(self) -> None:
        """The keys and words about the focused pane, at the side."""
        is_open = bool(self.screen.query("HelpPanel"))
        self.action_hide_help_panel() if is_open else self.action_show_help_panel()
        self.screen.set_class(not is_open, "-helped")

    # --- the way out

    def action_leave(self) -> None:
        """Ask before leaving."""
        from hean_tui.screen.overlays.leave import LeaveOverlay

        if not isinstance(self.screen, LeaveOverlay):
            _ = self.push_screen(LeaveOverlay(self.lookout.live), self._left)

    def _left(self, word: str | None) -> None:
        from hean_tui.screen.overlays.leave import CLOSE_AND_LEAVE, LEAVE

        if word == LEAVE:
            self.exit(0)
        elif word == CLOSE_AND_LEAVE:
            self._leaving = (self.ask(Ask(verb=Verb.KILL, cancel_only=True)), self.now() + _LEAVE_WITHIN_S)
            self.whisper("closing the gate before leaving")

    def _leave_when_closed(self, errand: Errand, until_s: float, now_s: float) -> None:
        if errand.refusal is not None:
            self._leaving = None
            self.lookout.whisper(f"not left, since the gate was not closed: {errand.refusal}", now_s)
        elif errand.is_over:
            self.exit(0)
        elif now_s > until_s:
            self._leaving = None
            self.lookout.whisper(
                "not left: the engine has not confirmed the gate; q and leave ends it all the same", now_s
            )
