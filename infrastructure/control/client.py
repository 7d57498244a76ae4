"""The asking side: plain sockets and plain objects, so that a command is there at once and needs little else."""

import json
import os
import socket
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

from engine.host import system
from infrastructure.control.messages import ANSWER_MAX, VERSION, Outcome, Wish, line_of
from infrastructure.control.peers import Peer, peer_of
from infrastructure.control.places import reachable

CONNECT_WITHIN_S = 1.0
LOOK_WITHIN_S = 3.0
_GRACE_S = 2.0  # beyond what the engine is given, before its silence is taken for an answer
_SECOND_NS = 1_000_000_000


class NobodyThere(Exception):
    """No process listens in that folder."""


class Silence(Exception):
    """Somebody listens there, and does not answer."""


class Reply(NamedTuple):
    """One line that came back."""

    outcome: str
    sentence: str
    facts: dict[str, Any]

    @property
    def snapshot(self) -> dict[str, Any]:
        """The parts that were asked for, as the plain objects of the snapshot."""
        parts: dict[str, Any] = self.facts.get("snapshot", {})
        return parts

    @property
    def age_s(self) -> float:
        """How old the picture is."""
        return float(self.facts.get("age_s", 0.0))


class Line:
    """An open connection to one engine."""

    def __init__(self, connection: socket.socket, surface: str) -> None:
        self._connection = connection
        self._surface = surface
        self._read = b""
        self.peer: Peer | None = peer_of(connection)

    def look(self, parts: Sequence[str], timeout_s: float = LOOK_WITHIN_S) -> Reply:
        """Parts of the newest snapshot."""
        self.say(Wish.LOOK, new_id(), parts=tuple(parts))
        return self.hear(timeout_s)

    def ask(self, ask: dict[str, Any], command_id: str, parts: Sequence[str], wait_s: float) -> Reply:
        """Give a command and wait for what becomes of it."""
        self.say(Wish.ASK, command_id, ask=ask, parts=tuple(parts), wait_s=wait_s)
        reply = self.hear(wait_s + _GRACE_S)
        while reply.outcome == Outcome.TAKEN:
            reply = self.hear(wait_s + _GRACE_S)
        return reply

    def follow(self, parts: Sequence[str]) -> Iterator[Reply]:
        """What happens, line by line; None of its lines is waited for, for an engine may have nothing to say."""
        self.say(Wish.FOLLOW, new_id(), parts=tuple(parts))
        while True:
            try:
                yield self.hear(None)
            except Silence:
                return

    def say(self, wish: Wish, request_id: str, **more: Any) -> None:
        """One line to the engine."""
        request = {
            "version": VERSION,
            "id": request_id,
            "time_ns": system.wall_ns(),
            "wish": wish.value,
            "surface": self._surface,
            **more,
        }
        try:
            self._connection.settimeout(CONNECT_WITHIN_S)
            self._connection.sendall(line_of(request))
        except OSError as error:
            raise Silence("it does not take what is said") from error

    def hear(self, timeout_s: float | None) -> Reply:
        """The next line that comes back."""
        deadline_ns = None if timeout_s is None else system.monotonic_ns() + int(timeout_s * _SECOND_NS)
        while b"\n" not in self._read:
            left_s = None if deadline_ns is None else (deadline_ns - system.monotonic_ns()) / _SECOND_NS
            if (left_s is not None and left_s <= 0) or len(self._read) > ANSWER_MAX:
                raise Silence(f"there was no answer within {timeout_s:g} s")
            self._connection.settimeout(left_s)
            try:
                piece = self._connection.recv(256 * 1024)
            except TimeoutError:
                continue
            except OSError as error:
                raise Silence("the connection broke before there was an answer") from error
            if not piece:
                raise Silence("the connection ended before there was an answer")
            self._read += piece
        line, _, self._read = self._read.partition(b"\n")
        try:
            facts = json.loads(line)
            return Reply(str(facts["outcome"]), str(facts["sentence"]), facts)
        except (ValueError, KeyError, TypeError) as error:
            raise Silence("its answer cannot be read") from error


@contextmanager
def connected(folder: Path, surface: str) -> Iterator[Line]:
    """A line to the engine of a folder, or `NobodyThere`."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as connection:
        connection.settimeout(CONNECT_WITHIN_S)
        try:
            with reachable(folder) as name:
                connection.connect(name)
        except (TimeoutError, BlockingIOError) as error:  # the queue at the door is full, and nobody opens
            raise Silence("it takes no more connections") from error
        except OSError as error:
            raise NobodyThere(str(folder)) from error
        yield Line(connection, surface)


def new_id() -> str:
    """A name for a command that nobody has used before."""
    return os.urandom(16).hex()  # noqa: TID251 - an id that no seed may repeat
