"""`--status-file`: the newest snapshot in a file, always whole, written beside the engine and never by it."""

import asyncio
import json
import logging
from contextlib import suppress
from pathlib import Path

from engine.host import system
from engine.queues import LatestQueue, QueueClosed
from engine.snapshot import Snapshot, to_json_object
from hean_tui.telling import tell
from hean_tui.wording import quoted

_log = logging.getLogger(__name__)
_END_WITHIN_S = 5.0


class StatusFile:
    """Takes snapshots from the engine's thread; a thread of its own writes the newest, and the last one for certain.

    What cannot be written is told once: at once, or when the screen that is in front of stderr is gone.
    """

    def __init__(self, path: Path, *, tells_at_once: bool) -> None:
        self._path = path
        self._tells_at_once = tells_at_once
        self._trouble: str | None = None
        self._partial = path.with_name(path.name + ".partial")
        self._newest: LatestQueue[Snapshot] = LatestQueue("status file")
        self._thread = system.spawn("status file", lambda: asyncio.run(self._write_all()))

    def __call__(self, snapshot: Snapshot) -> None:
        """Hand over a snapshot; an older one that was not written yet is let go."""
        self._newest.offer(snapshot)

    def dropped(self) -> int:
        """How many snapshots gave way to newer ones."""
        return self._newest.counts().dropped

    def close(self) -> None:
        """Write what is there and end."""
        self._newest.close()
        self._thread.join(_END_WITHIN_S)
        if self._trouble is not None and not self._tells_at_once:
            tell(self._trouble)

    async def _write_all(self) -> None:
        with suppress(QueueClosed):
            while True:
                snapshot = await self._newest.get()
                try:
                    self._partial.write_text(json.dumps(to_json_object(snapshot)) + "\n", encoding="utf-8")
                    self._partial.replace(self._path)
                except OSError as error:
                    self._note(error)

    def _note(self, error: OSError) -> None:
        if self._trouble is not None:
            return
        self._trouble = f"The status file {quoted(self._path)} cannot be written ({error.strerror}); the run goes on."
        _log.warning("the status file cannot be written: %s", error)
        if self._tells_at_once:
            tell(self._trouble)
