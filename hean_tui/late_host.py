"""An engine that is still being built: the screen is there first, and the engine follows within a moment."""

from collections.abc import Callable

from engine.facade import Ask
from engine.host import system
from engine.host.engine_host import EngineHost
from engine.host.receipts import FutureReceipt
from engine.snapshot import Snapshot


class LateHost:
    """Fills `EngineFacade`: with one picture of an engine that is starting, then with the engine itself.

    Building an engine means to read numpy and to run four hours of market, for which nobody should look at nothing.
    """

    def __init__(self, build: Callable[[], EngineHost], picture: Snapshot) -> None:
        """Show this picture until `start` has built the engine."""
        self._build = build
        self._picture = picture
        self._host: EngineHost | None = None
        self._thread: system.EngineThread | None = None
        self._ending = False
        self._screen_lost: str | None = None
        self._failure: Exception | None = None
        self.when_beating: Callable[[], None] | None = None  # see `EngineHost`
        self.when_there: Callable[[], object] | None = None  # called once there is an engine to look at
        self.when_over: Callable[[], object] | None = None  # called once, as the last thing; both on another thread

    def latest(self) -> Snapshot:
        """The engine's newest picture, as soon as there is an engine."""
        host = self._host
        return self._picture if host is None else host.latest()

    def submit(self, ask: Ask) -> FutureReceipt:
        """Hand over a command, as soon as there is somebody to take it."""
        host = self._host
        if host is None:
            return FutureReceipt().refuse("the engine is still starting")
        return host.submit(ask)

    def start(self) -> None:
        """Build the engine on a thread of its own and start it; once is enough."""
        if self._thread is None:
            self._thread = system.spawn("engine-start", self._start)

    def end(self) -> None:
        """Ask the run to end, even one that has not begun."""
        self._ending = True
        if self._host is not None:
            self._host.end()

    def wind_down(self, reason: str) -> None:
        """Ask the run to end in order; one that has not begun just ends."""
        self._ending = True
        if self._host is not None:
            self._host.wind_down(reason)

    def lose_screen(self, reason: str) -> None:
        """Go on without anybody in front, even if the engine is not there yet."""
        self._screen_lost = reason
        if self._host is not None:
            self._host.lose_screen(reason)

    def join(self, timeout_s: float) -> bool:
        """Wait for the end; whether it came."""
        if self._thread is not None:
            self._thread.join(timeout_s)
            if self._thread.is_alive():
                return False
        return self._host is None or self._host.join(timeout_s)

    @property
    def is_over(self) -> bool:
        """Whether the engine has done its work, or could not be built."""
        return self._failure is not None or (self._host is not None and self._host.is_over)

    @property
    def failure(self) -> Exception | None:
        """What the engine could not go on with, or could not even be built for."""
        return self._failure if self._host is None else self._host.failure

    def _start(self) -> None:
        try:
            host = self._build()
        except Exception as error:  # noqa: BLE001 - it must be told to whoever waits, not lost in a thread
            self._failure = error
            self._tell_end()
            return
        system.settle_memory()
        host.when_over = self._tell_end
        host.when_beating = self.when_beating
        host.start()
        self._host = host
        if self._screen_lost is not None:
            host.lose_screen(self._screen_lost)
        if self._ending:
            host.end()
        elif self.when_there is not None:
            self.when_there()

    def _tell_end(self) -> None:
        if self.when_over is not None:
            self.when_over()
