"""A garden on whatever terminal this process has: says on a pipe how often it looked, and ends when it is told."""

import os
import signal
import sys

from engine.facade import Ask
from engine.snapshot import Snapshot
from hean_tui.screen.app import GardenApp, open_garden
from tests.screen.still_garden import STILL, Open, Settled, StillFacade


class TellingFacade(StillFacade):
    """Writes a dot to a pipe at every look."""

    def __init__(self, pipe: int) -> None:
        """Write to this pipe."""
        super().__init__(STILL)
        self._pipe = pipe

    def latest(self) -> Snapshot:
        """The picture, and a sign of life."""
        os.write(self._pipe, b".")
        return self.view

    def submit(self, ask: Ask) -> Settled | Open:
        """Say what was asked."""
        os.write(self._pipe, f"[{ask.verb.value}]".encode())
        return super().submit(ask)


def main() -> None:
    """Open the garden; SIGHUP means nothing, SIGTERM means end."""
    pipe = int(sys.argv[1])
    signal.signal(signal.SIGHUP, signal.SIG_IGN)

    def on_first_frame(app: GardenApp) -> None:
        signal.signal(signal.SIGTERM, lambda *_: app.leave_soon(143))
        os.write(pipe, b"!")

    code = open_garden(TellingFacade(pipe), on_first_frame=on_first_frame)
    os.write(pipe, f"<{code}>".encode())


if __name__ == "__main__":
    main()
