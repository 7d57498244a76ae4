"""The terminal app: pulls the engine's latest picture on a timer, draws it, and opens on an engine until it is left."""

import asyncio
import logging
import sys
from collections.abc import Callable, Iterable, Mapping
from functools import partial
from typing import Any, ClassVar

from rich.style import Style
from textual.app import App, SystemCommand
from textual.binding import BindingType
from textual.screen import Screen

from engine.facade import EngineFacade
from engine.faultpoints import reach
from hean_tui.screen.acts import Acts
from hean_tui.screen.garden import GardenScreen
from hean_tui.screen.glyphs import GLYPHS
from hean_tui.screen.keys import PRIORITY_KEYS
from hean_tui.screen.overlays.overlay import Overlay
from hean_tui.screen.palette import commands
from hean_tui.screen.strips import let_go_of_strips
from hean_tui.screen.theme import TOKENS, inks, theme_of
from risk.feasibility import Feasibility

_log = logging.getLogger(__name__)
# Where nobody has set up a log, Python would print faults into the middle of the garden.
logging.getLogger("hean_tui.screen").addHandler(logging.NullHandler())

PULL_EVERY_S = 0.25
REOPENED_AT_MOST = 3
STUMBLED = 1


class GardenApp(Acts, App[int], inherit_bindings=False):
    """The Digital Zen Garden. It holds an engine's facade and nothing else of it."""

    TITLE = "hean"
    CSS_PATH = "garden.tcss"
    BINDINGS: ClassVar[list[BindingType]] = list(PRIORITY_KEYS)
    ALLOW_SELECT = False

    def __init__(
        self,
        facade: EngineFacade,
        *,
        theme: str = "sumi",
        symbols: str = "block",
        quiet: bool = False,
        now: Callable[[], float] | None = None,
        feasible: Callable[[], Feasibility | None] | None = None,
        **options: Any,
    ) -> None:
        """Draw this engine. `now` is the screen's clock in seconds: the event loop's, if none is given.

        `feasible` says what the account can trade, as soon as somebody knows.
        """
        App.__init__(self, **options)
        Acts.__init__(self, facade, GLYPHS[symbols], quiet=quiet, now=now or _loop_time)
        self.lookout.feasible = feasible
        self._beat = 0
        self._on_first_frame: Callable[[GardenApp], None] | None = None
        self._leave_with: int | None = None
        self._is_unread = False
        self.when_terminal_is_gone: Callable[[], None] | None = None  # called once
        self._inks: dict[tuple[str, str], dict[str, Style]] = {}
        self.stumble: str | None = None
        for name in TOKENS:
            self.register_theme(theme_of(name))
        self.theme = theme
        if quiet:
            self.animation_level = "none"

    def inks_on(self, ground: str) -> dict[str, Style]:
        """The styles of the theme that is on, over a ground of this colour."""
        key = (self.theme, ground)
        if key not in self._inks:
            self._inks[key] = inks({**TOKENS["sumi"], **TOKENS.get(self.theme, {})}, ground)
        return self._inks[key]

    def get_theme_variable_defaults(self) -> dict[str, str]:
        """Our tokens, for the moment before a theme is set."""
        return dict(TOKENS["sumi"])

    def get_default_screen(self) -> Screen[None]:
        """The garden itself, drawn from the first picture."""
        return GardenScreen(self.lookout.look(self.lookout.pull(), self.now()))

    def get_system_commands(self, screen: Screen[Any]) -> Iterable[SystemCommand]:
        """The palette's entries: ours alone."""

        return commands(lambda action: partial(self.call_later, self.run_action, action))

    def on_mount(self) -> None:
        """Begin to pull."""
        self.set_interval(PULL_EVERY_S, self._tick)
        if self._on_first_frame is not None:
            self.call_after_refresh(self._on_first_frame, self)

    # --- the pulse

    def _tick(self) -> None:
        """Twice a second, four times while a pane has the focus."""
        self._beat += 1
        if self._leave_with is not None:
            self.exit(self._leave_with)
            return
        self._tend_terminal()
        has_focus = not self.lookout.live.quiet and self.screen.focused is not None
        if has_focus or self._beat % 2 == 0:
            self.draw()

    def draw(self) -> None:
        """Pick up answers, pull the newest picture, and show it if anybody can see it."""
        reach("task.screen")
        now_s = self.now()
        self.tend(now_s)
        view = self.lookout.pull()
        self.gate.look(view)
        scene = self.lookout.look(view, now_s, gate_closed_here=self.gate.is_closed_here)
        if self._is_unread:
            return
        with self.batch_update():
            for screen in self.screen_stack:
                if isinstance(screen, GardenScreen):
                    screen.show(scene)
                elif isinstance(screen, Overlay):
                    screen.show(self.lookout.live)

    def _tend_terminal(self) -> None:
        from hean_tui.screen.guarded_driver import GuardedDriver

        driver = self._driver
        if isinstance(driver, GuardedDriver):
            driver.look_at_terminal()
            if driver.needs_full_frame():
                self.screen.refresh(layout=True)
            self._is_unread = driver.is_unread
            if driver.terminal_is_gone and self.when_terminal_is_gone is not None:
                tell, self.when_terminal_is_gone = self.when_terminal_is_gone, None
                tell()

    # --- the end

    def leave_soon(self, code: int) -> None:
        """Ask the screen to end at its next pulse; safe in a signal handler and from any thread."""
        self._leave_with = code

    def _fatal_error(self) -> None:
        """Textual's way to end on a fault prints a traceback; ours writes it to the log and ends quietly."""
        error = self._exception
        self.stumble = type(error).__name__ if error is not None else "unknown"
        _log.error("the screen stumbled", exc_info=error)
        self._close_messages_no_wait()


def _loop_time() -> float:
    return asyncio.get_running_loop().time()


def open_garden(
    facade: EngineFacade,
    *,
    theme: str = "sumi",
    symbols: str = "block",
    quiet: bool = False,
    keymap: Mapping[str, str] | None = None,
    on_first_frame: Callable[[GardenApp], None] | None = None,
    feasible: Callable[[], Feasibility | None] | None = None,
) -> int:
    """Run the garden on this terminal until it is left, and return the exit code.

    A screen that stumbles over a fault of its own is opened again, three times at most; the engine does not notice.
    `on_first_frame` is called with the app once something is painted, each time.
    """
    from hean_tui.screen.guarded_driver import GuardedDriver

    let_go_of_strips()
    stumbles: list[str] = []
    while True:
        app = GardenApp(
            facade, theme=theme, symbols=symbols, quiet=quiet, feasible=feasible, driver_class=GuardedDriver
        )
        app._on_first_frame = on_first_frame
        if keymap:
            app.set_keymap(keymap)
        if stumbles:
            app.lookout.note("screen", f"opened again after a fault of its own ({stumbles[-1]}); the engine went on")
        code = app.run()
        if app.stumble is None:
            return code if code is not None else app.return_code or 0
        stumbles.append(app.stumble)
        if len(stumbles) > REOPENED_AT_MOST:
            told = f"the screen failed {len(stumbles)} times, last with {app.stumble}; the log file holds the details"
            sys.stderr.write(told + "\n")
            return STUMBLED
