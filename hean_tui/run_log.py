"""The log of a run: how it began and ended, and what happened in between that somebody may have to explain later.

The engine hands facts over and goes on; a thread of its own writes them, so that a slow disk slows down nothing but
the log. What finds no room any more is dropped and counted: the log informs, the books are elsewhere.
"""

import asyncio
import logging
from collections.abc import Callable, Iterable
from contextlib import suppress
from types import TracebackType
from typing import Any

from engine import events
from engine.bus import Bus
from engine.host import system
from engine.queues import QueueClosed, RefusingQueue
from engine.snapshot import Snapshot, iso
from engine.stream import TOLD, in_words
from hean_tui import __version__
from hean_tui.requests import RunRequest
from hean_tui.settings.display import rows
from hean_tui.settings.sources import DEFAULT

_log = logging.getLogger(__name__)
_FACTS_MAX = 10_000
_AT_ONCE = 256
_END_WITHIN_S = 5.0
_LEVELS: dict[type[events.Event], int] = {
    events.StateChanged: logging.INFO,
    events.OperatorActed: logging.INFO,
    events.OrderDenied: logging.INFO,
    events.OrderRejected: logging.INFO,
    events.Transferred: logging.INFO,
    events.HaltLifted: logging.INFO,
    events.OrderUnknown: logging.WARNING,
    events.DrawdownAlert: logging.WARNING,
    events.Halt: logging.WARNING,
    events.EmergencyStop: logging.WARNING,
    events.HealthChanged: logging.WARNING,
    events.ErrorOccurred: logging.ERROR,
}
_FILLS = (events.OrderFilled, events.OrderPartlyFilled)


class RunLog:
    """Listens to a bus and writes; `say` gets one sentence for each strategy that trades no more."""

    def __init__(self, request: RunRequest, say: Callable[[str], None] | None = None) -> None:
        self._request = request
        self._say = say
        self._facts: RefusingQueue[events.Event] = RefusingQueue("log", _FACTS_MAX)
        self._dropped = 0
        self._latest: Snapshot | None = None

    def __enter__(self) -> "RunLog":
        request = self._request
        _log.info(
            "hean-tui %s begins: %s on %s, seed %s, scenario %s, capital %s, symbols %s, speed %s",
            __version__,
            request.mode,
            request.feed,
            request.seed,
            request.scenario or "normal",
            request.capital,
            ", ".join(request.symbols) or "all",
            request.speed,
        )
        for name in request.strategies:
            _log.info("strategy %s: %s", name, _pairs(request.parameters.get(name, {}).items()) or "as it is")
        chosen = ((key, value) for key, value, origin in rows(request.loaded) if _matters(key, origin))
        _log.info("settings: %s", _pairs(chosen))
        self._thread = system.spawn("log", lambda: asyncio.run(self._write_all()))
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._facts.close()
        self._thread.join(_END_WITHIN_S)
        if self._latest is not None:
            _write_end(self._latest)
        if self._dropped:
            _log.warning("%s facts are missing here: the log was slower than the engine", self._dropped)

    def listen(self, bus: Bus) -> None:
        """Take what is worth a line from now on; with -v, everything that the stream tells."""
        wanted = TOLD if _log.isEnabledFor(logging.DEBUG) else tuple(_LEVELS)
        for kind in wanted:
            bus.subscribe(kind, self._take)
        if wanted is not TOLD:
            for kind in _FILLS:
                bus.subscribe(kind, self._take_liquidation)

    def dropped(self) -> int:
        """How many facts found no room so far."""
        return self._dropped

    def end(self, latest: Snapshot) -> None:
        """Where the run ended; it is written when everything before it is."""
        self._latest = latest

    # --- on the engine's thread

    def _take(self, fact: events.Event) -> None:
        with suppress(QueueClosed):
            if not self._facts.offer(fact):
                self._dropped += 1

    def _take_liquidation(self, fill: events.OrderFilled | events.OrderPartlyFilled) -> None:
        if fill.kind == "liquidation":
            self._take(fill)

    # --- on the log's own thread

    async def _write_all(self) -> None:
        with suppress(QueueClosed):
            while True:
                for fact in await self._facts.batch(_AT_ONCE):
                    self._write(fact)

    def _write(self, fact: events.Event) -> None:
        word, text = in_words(fact)
        details = _block(fact.details) if isinstance(fact, events.ErrorOccurred) else ""
        _log.log(_level(fact), "%s %s: %s%s", iso(fact.ts), word, _line(text), details)
        if self._say is not None and isinstance(fact, events.HealthChanged) and fact.state == "down":
            self._say(f"The {_line(fact.component)} trades no more: {_line(fact.reason)}; {self._where()}.")

    def _where(self) -> str:
        folder = self._request.data_folder
        if folder.is_fresh:  # it goes when the run is over
            return "a run with --data-dir keeps the log, with the details"
        return f"the details are in {folder.log_file}"


def _write_end(latest: Snapshot) -> None:
    account, counts = latest.account, latest.counts
    _log.info(
        "the run ends at %s, %s: equity %s, realised %s, fees %s, funding %s",
        iso(latest.engine.time or 0),
        latest.engine.state,
        *(account.equity, account.realised, account.fees, account.funding),
    )
    _log.info("counts: %s", ", ".join(f"{name} {getattr(counts, name)}" for name in counts.__struct_fields__))
    if latest.state_hash is not None:
        _log.info("state hash %s", latest.state_hash)


def _level(fact: events.Event) -> int:
    if isinstance(fact, _FILLS) and fact.kind == "liquidation":
        return logging.WARNING
    return _LEVELS.get(type(fact), logging.DEBUG)


def _matters(key: str, origin: str) -> bool:
    """What decides about money is written down always, the rest where somebody chose it."""
    return key.startswith("risk.") or origin != DEFAULT


def _pairs(values: Iterable[tuple[str, Any]]) -> str:
    return _line(", ".join(f"{name}={'-' if value is None else value}" for name, value in values))


def _line(text: str) -> str:
    """One line, whatever a strategy or a person wrote: nobody writes lines of the log but the log."""
    return "".join(letter if letter.isprintable() else "?" for letter in " ".join(text.split()))


def _block(text: str) -> str:
    """Some lines below the line they belong to."""
    return "".join(f"\n    {line}" for line in map(_shown, text.splitlines()))


def _shown(line: str) -> str:
    return "".join(letter if letter.isprintable() else "?" for letter in line.expandtabs(4))
