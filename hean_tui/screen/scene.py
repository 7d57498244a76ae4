"""What the garden is drawn from at one moment: the engine's snapshot and what the screen itself knows."""

from dataclasses import dataclass
from enum import StrEnum

from engine.snapshot import Snapshot, StreamLine
from hean_tui.screen.glyphs import BLOCK, Glyphs
from risk.feasibility import Feasibility


class Unit(StrEnum):
    """What profit and loss are told in."""

    MONEY = "money"
    PERCENT = "per cent of equity"
    R = "R"

    def following(self) -> "Unit":
        """The next one of the round."""
        units = list(Unit)
        return units[(units.index(self) + 1) % len(units)]


@dataclass(frozen=True, eq=False, slots=True)
class Scene:
    """One frame's worth of facts; never compared, since a new one is always news."""

    view: Snapshot
    now_s: float = 0.0  # the screen's own clock, for what the screen itself paces
    silent_s: float = 0.0  # how long the engine has published nothing new
    unit: Unit = Unit.MONEY
    glyphs: Glyphs = BLOCK
    notes: tuple[StreamLine, ...] = ()  # what the screen has to say in the stream: answers and refusals
    whisper: str = ""  # one passing sentence in place of the key hints
    frozen: bool = False
    quiet: bool = False
    feasibility: Feasibility | None = None  # what the account could trade at the start
    gate_closed_here: bool = False  # the engine answered that it closed the gate; the picture may be older

    @property
    def dash(self) -> str:
        """The sign for what is unknown."""
        return self.glyphs.dash
