"""The one who looks: pulls the engine's newest picture and makes a scene of it with what the screen itself knows."""

import logging
from collections import deque
from collections.abc import Callable
from dataclasses import replace

from engine.facade import EngineFacade
from engine.snapshot import Snapshot, StreamLine
from hean_tui.screen.glyphs import Glyphs
from hean_tui.screen.keys import SOIL_KEY
from hean_tui.screen.scene import Scene, Unit
from risk.feasibility import Feasibility
from risk.feasibility_words import verdict_sentence

_log = logging.getLogger(__name__)

_MOST_NOTES = 50
_WHISPER_S = 6.0
_NOTES_FROM = 10**15  # above every number of the engine's own lines


class Lookout:
    """Holds what is shown; the only state of the screen beside its widgets."""

    def __init__(self, facade: EngineFacade, glyphs: Glyphs, *, quiet: bool) -> None:
        """Look through this door."""
        self._facade = facade
        self._seen: Snapshot | None = None
        self._seen_at_s = 0.0
        self._notes: deque[StreamLine] = deque(maxlen=_MOST_NOTES)
        self._note_count = 0
        self._whisper_until_s = 0.0
        self.fault_count = 0
        self.feasible: Callable[[], Feasibility | None] | None = None  # asked until it knows
        self.live = Scene(view=Snapshot(), glyphs=glyphs, quiet=quiet)
        self.shown = self.live

    def pull(self) -> Snapshot:
        """The engine's newest picture, or the last one known if the door is broken."""
        try:
            return self._facade.latest()
        except Exception:  # noqa: BLE001 - a door that is broken shows as silence, not as the end of the screen
            self.fault_count += 1
            if self.fault_count == 1:
                _log.exception("the engine's picture could not be read")
            return self.live.view if self._seen is None else self._seen

    def look(self, view: Snapshot, now_s: float, *, gate_closed_here: bool = False) -> Scene:
        """The scene to draw of this picture now; while it is frozen, the facts in it stay what they were."""
        if view is not self._seen:
            self._seen, self._seen_at_s = view, now_s
        self._ask_what_is_feasible()
        self.live = replace(
            self.live,
            view=view,
            now_s=now_s,
            # A stopped engine has nothing new to say, and nothing depends on its saying it.
            silent_s=0.0 if view.engine.state == "stopped" else max(now_s - self._seen_at_s, 0.0),
            notes=tuple(self._notes),
            whisper=self.live.whisper if now_s < self._whisper_until_s else "",
            gate_closed_here=gate_closed_here,
        )
        self.shown = replace(self.live, view=self.shown.view) if self.live.frozen else self.live
        return self.shown

    def _ask_what_is_feasible(self) -> None:
        """Once; the answer is a line of the stream, and a page of its own."""
        told = None if self.feasible is None else self.feasible()
        if told is not None:
            self.feasible = None
            self.live = replace(self.live, feasibility=told)
            self.note("capital", f"{verdict_sentence(told)} {SOIL_KEY} shows each.")

    def note(self, word: str, text: str) -> None:
        """Add a line of the screen's own to the stream."""
        self._note_count += 1
        number = _NOTES_FROM + self._note_count
        moment = (self.pull() if self._seen is None else self._seen).engine.time or 0
        self._notes.append(StreamLine(number=number, time=moment, word=word, text=text))

    def whisper(self, text: str, now_s: float) -> None:
        """Say one passing sentence in place of the hints."""
        self._whisper_until_s = now_s + _WHISPER_S
        self.live = replace(self.live, whisper=text)

    def next_unit(self) -> Unit:
        """Tell results in another unit."""
        unit = self.live.unit.following()
        self.live = replace(self.live, unit=unit)
        return unit

    def toggle_frozen(self) -> bool:
        """Hold the picture still, or let it go on."""
        self.live = replace(self.live, frozen=not self.live.frozen)
        return self.live.frozen

    def draw_with(self, glyphs: Glyphs) -> None:
        """Change the set of glyphs."""
        self.live = replace(self.live, glyphs=glyphs)
