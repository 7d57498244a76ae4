"""The garden screen: which panes there are, where they stand, which one is open, and which one has the focus."""

from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Horizontal, Vertical
from textual.reactive import reactive
from textual.screen import Screen

from hean_tui.screen.facts import gate_is_closed
from hean_tui.screen.keys import GARDEN_KEYS
from hean_tui.screen.list_pane import ListPane
from hean_tui.screen.pane import Pane
from hean_tui.screen.panes.breath import Breath
from hean_tui.screen.panes.fence import Fence
from hean_tui.screen.panes.hints import Hints
from hean_tui.screen.panes.meadow import Meadow
from hean_tui.screen.panes.moss import Moss
from hean_tui.screen.panes.pond import Pond
from hean_tui.screen.panes.ripples import Ripples
from hean_tui.screen.panes.roots import Roots
from hean_tui.screen.panes.sky import Sky
from hean_tui.screen.panes.small import HEIGHT_NEEDED, WIDTH_NEEDED, Small
from hean_tui.screen.panes.soil import Soil
from hean_tui.screen.panes.stones import Stones
from hean_tui.screen.panes.stream import Stream
from hean_tui.screen.panes.strip import Strip
from hean_tui.screen.scene import Scene
from hean_tui.screen.soundness import start_is_news

# Classes that the stylesheet lays the panes out by, from this many cells on.
_WIDTHS = [(0, "-tiny"), (WIDTH_NEEDED, "-narrow"), (110, "-wide")]
_HEIGHTS = [(0, "-flat"), (HEIGHT_NEEDED, "-low"), (23, "-short"), (34, "-tall")]


class GardenScreen(Screen[None], inherit_bindings=False):
    """All panes, bound to the one reactive `scene`."""

    BINDINGS: ClassVar[list[BindingType]] = list(GARDEN_KEYS)
    HORIZONTAL_BREAKPOINTS = _WIDTHS
    VERTICAL_BREAKPOINTS = _HEIGHTS
    AUTO_FOCUS = ""
    ALLOW_SELECT = False
    HELP = """\
# The garden

Each pane's title says what it is. `tab` moves between panes, `enter` opens the focused one, `escape` closes it.
`ctrl+x` closes the gate at any time and in any dialog.
"""

    scene: reactive[Scene | None] = reactive(None, repaint=False, always_update=True)

    def __init__(self, scene: Scene) -> None:
        """Start with something to draw, so that the first frame is already the garden."""
        super().__init__(id="garden-screen")
        self.set_reactive(GardenScreen.scene, scene)
        self.set_class(scene.glyphs.name == "ascii", "-ascii")
        self.set_class(start_is_news(scene.view), "-starting")

    def compose(self) -> ComposeResult:
        """The header, two columns of panes, the strip, the hints, and what replaces them in a tiny terminal."""
        scene = GardenScreen.scene
        yield Sky(id="sky").data_bind(scene)
        with Horizontal(id="garden"):
            with Vertical(id="left"):
                yield Roots(id="roots", classes="framed").data_bind(scene)
                yield Soil(id="soil", classes="framed").data_bind(scene)
                yield Pond(id="pond", classes="framed").data_bind(scene)
                yield Stones(id="stones", classes="framed").data_bind(scene)
                yield Ripples(id="ripples", classes="framed").data_bind(scene)
                yield Stream(id="stream", classes="framed").data_bind(scene)
            with Vertical(id="right"):
                yield Meadow(id="meadow", classes="framed").data_bind(scene)
                yield Fence(id="fence", classes="framed").data_bind(scene)
                yield Moss(id="moss", classes="framed").data_bind(scene)
                yield Breath(id="breath", classes="framed").data_bind(scene)
        yield Strip(id="strip").data_bind(scene)
        yield Small(id="small").data_bind(scene)
        yield Hints(id="hints").data_bind(scene)

    def show(self, scene: Scene) -> None:
        """Draw a new scene, and let the frames say whether the gate is closed and what they are drawn with."""
        self.set_class(gate_is_closed(scene), "-closed")
        self.set_class(start_is_news(scene.view), "-starting")
        self.set_class(scene.glyphs.name == "ascii", "-ascii")
        self.scene = scene

    def focused_list(self) -> ListPane[object] | None:
        """The pane with rows that has the focus."""
        return self.focused if isinstance(self.focused, ListPane) else None

    def action_focus_pane(self, by: int) -> None:
        """Give the focus to the next pane that is shown, in reading order."""
        panes = [pane for pane in self.query(".framed").results(Pane) if pane.region.area]
        if not panes:
            return
        at = panes.index(self.focused) if self.focused in panes else (-1 if by > 0 else 0)
        panes[(at + by) % len(panes)].focus()

    def action_move(self, by: int) -> None:
        """Choose another row; without a focused pane, the positions get it first."""
        pane = self.focused_list()
        if pane is not None:
            pane.move(by)
        elif self.focused is None:
            self.action_focus_pane(1)

    def action_page(self, name: str) -> None:
        """Show one pane alone, or the garden again."""
        self.remove_class("-zen")
        for pane in self.query(".-open"):
            pane.remove_class("-open")
        self.set_class(bool(name), "-opened")
        if not name:
            return
        pane = self.query_one(f"#{name}", Pane)
        for node in (pane, pane.parent):
            if node is not None:
                node.add_class("-open")
        pane.focus()

    def action_open(self) -> None:
        """Open the focused pane, or close it if it is the open one."""
        pane = self.focused
        if pane is not None and pane.id is not None and pane.has_class("framed"):
            self.action_page("" if pane.has_class("-open") else pane.id)

    def action_back(self) -> None:
        """One step back: out of zen, out of an open pane, out of the focus."""
        if self.has_class("-zen"):
            self.remove_class("-zen")
        elif self.has_class("-opened"):
            self.action_page("")
        else:
            self.set_focus(None)

    def action_zen(self) -> None:
        """Nothing but the pond and one line, and back."""
        self.action_page("") if self.has_class("-opened") else None
        self.toggle_class("-zen")
