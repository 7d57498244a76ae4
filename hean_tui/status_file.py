"""`--status-file`: the newest snapshot in a file, always whole, written beside the engine and never by it."""

import asyncio
import json
import logging
from contextlib import suppress
from pathlib import Path

from engine.host import system
from engine.queues import LatestQueue, QueueClosed
from engine.snapshot import Snapshot, to_json_object

_log = logging.getLogger(__name__)
_END_WITHIN_S = 5.0


class StatusFile:
    """Takes snapshots from the engine's thread; a thread of its own writes the newest, and the last one for certain."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._partial = path.with_name(path.name + ".partial")
        self._newest: LatestQueue[Snapshot] = LatestQueue("status file")
        self._thread = system.spawn("status file", lambda: asyncio.run(self._write_all()))

    def __call__(self, snapshot: Snapshot) -> None:
        """Hand over a snapshot; an older one that was not written yet is let go."""
        self._newest.offer(snapshot)

    def close(self) -> None:
        """Write what is there and end."""
        self._newest.close()
        self._thread.join(_END_WITHIN_S)

    async def _write_all(self) -> None:
        with suppress(QueueClosed):
            while True:
                snapshot = await self._newest.get()
                try:
                    self._partial.write_text(json.dumps(to_json_object(snapshot)) + "\n", encoding="utf-8")
                    self._partial.replace(self._path)
                except OSError as error:
                    _log.warning("the status file cannot be written: %s", error)
