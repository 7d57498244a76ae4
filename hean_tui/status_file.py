"""`--status-file`: the newest snapshot in a file, always whole, written beside the engine and never by it.

It needs no answer of the engine: when that stands still, the file goes on saying since when.
"""

import json
import logging
import os
from collections.abc import Callable
from pathlib import Path
from threading import Event, Lock

from engine.faultpoints import reach
from engine.host import system
from engine.host.heart import Heart
from engine.snapshot import Snapshot, to_json_object
from hean_tui.redaction import without_secrets
from hean_tui.telling import tell
from hean_tui.wording import quoted

WRITE_EVERY_S = 0.2
_END_WITHIN_S = 5.0
_MS = 1_000_000
_log = logging.getLogger(__name__)

JournalHead = Callable[[], tuple[int, str] | None]


class StatusFile:
    """Takes snapshots from the engine's thread; a thread of its own writes the newest, and the last one for certain.

    What cannot be written is told once: at once, or when the screen that is in front of stderr is gone.
    """

    def __init__(self, path: Path, *, tells_at_once: bool) -> None:
        self._path = path
        self._tells_at_once = tells_at_once
        self._trouble: str | None = None
        self._partial = path.with_name(path.name + ".partial")
        self._heart: Heart | None = None
        self._journal_head: JournalHead = _no_journal
        self._lock = Lock()
        self._newest: Snapshot | None = None
        self._is_new = False
        self._dropped = 0
        self._text = ""  # of the newest picture, without the brace at its end
        self._over = Event()
        self._thread = system.spawn("status file", self._write_all)

    def beside(self, heart: Heart, journal_head: JournalHead | None = None) -> None:
        """Tell of this heart too, and of the last row on the disk: its number and its hash."""
        self._heart = heart
        if journal_head is not None:
            self._journal_head = journal_head

    def __call__(self, snapshot: Snapshot) -> None:
        """Hand over a snapshot; an older one that was not written yet is let go."""
        with self._lock:
            self._dropped += self._is_new
            self._newest = snapshot
            self._is_new = True

    def dropped(self) -> int:
        """How many snapshots gave way to newer ones."""
        return self._dropped

    def close(self) -> None:
        """Write what is there and end."""
        self._over.set()
        self._thread.join(_END_WITHIN_S)
        if self._trouble is not None and not self._tells_at_once:
            tell(self._trouble)

    def _write_all(self) -> None:
        is_over = False
        while not is_over:
            is_over = self._over.wait(WRITE_EVERY_S)
            try:
                reach("task.status_file")
                self._write()
            except OSError as error:
                self._note(error)
            except Exception:  # noqa: BLE001 - a file for onlookers is no reason to end anything
                _log.exception("the status file stumbled")

    def _write(self) -> None:
        with self._lock:
            newest, self._is_new, is_new = self._newest, False, self._is_new
        if newest is None:
            return
        if is_new:
            self._text = without_secrets(json.dumps(to_json_object(newest))).removesuffix("}")
        more = json.dumps(self._vital_signs()).removeprefix("{")
        self._partial.write_text(f"{self._text}, {more}\n", encoding="utf-8")
        self._partial.replace(self._path)

    def _vital_signs(self) -> dict[str, object]:
        heart = self._heart
        head = self._journal_head()
        return {
            "beats": 0 if heart is None else heart.beats,
            "gap_ms": 0.0 if heart is None else heart.gap_ns(system.monotonic_ns()) / _MS,
            "worst_gap_ms": 0.0 if heart is None else heart.worst_gap_ns / _MS,
            "journal_head": None if head is None else {"seq": head[0], "hash": head[1]},
            "pid": os.getpid(),
        }

    def _note(self, error: OSError) -> None:
        if self._trouble is not None:
            return
        self._trouble = f"The status file {quoted(self._path)} cannot be written ({error.strerror}); the run goes on."
        _log.warning("the status file cannot be written: %s", error)
        if self._tells_at_once:
            tell(self._trouble)


def _no_journal() -> None:
    return None
