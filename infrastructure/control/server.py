"""The socket's side of the engine: a thread and loop of its own that holds nothing but the facade."""

import asyncio
import logging
import os
import socket
import stat
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from threading import Event

from engine.facade import EngineFacade
from engine.host import system
from infrastructure.control.conversation import Conversation
from infrastructure.control.messages import REQUEST_MAX, Outcome, answer
from infrastructure.control.peers import peer_of
from infrastructure.control.pictures import Pictures
from infrastructure.control.places import reachable
from infrastructure.control.remembered import Remembered

CLIENTS_MAX = 32
_BACKLOG = 64
_LOOK_EVERY_S = 0.25
_READY_WITHIN_S = 5.0
_END_WITHIN_S = 2.0
_LAST_WORDS_S = 0.2
_GOODBYE_S = 0.01
_log = logging.getLogger(__name__)


@contextmanager
def serving(facade: EngineFacade, folder: Path) -> Iterator["ControlServer"]:
    """Let other processes of this user in for as long as this lasts; the caller holds the folder.

    A run goes on without its socket where none can be made: `problem` says why.
    """
    server = ControlServer(facade, folder)
    server.start()
    try:
        yield server
    finally:
        server.stop()


class ControlServer:
    """Listens in a data folder. Whatever comes in can at worst use up this thread."""

    def __init__(self, facade: EngineFacade, folder: Path) -> None:
        self._facade = facade
        self._folder = folder
        self._remembered = Remembered(facade, system.monotonic_ns)
        self._conversations: set[asyncio.Task[None]] = set()
        self._thread: system.EngineThread | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._stopping: asyncio.Event | None = None
        self._pictures = Pictures(facade, system.monotonic_ns)
        self.problem: str | None = None

    def start(self) -> None:
        """Listen; comes back once a client can connect, or with a `problem`."""
        ready = Event()
        self._thread = system.spawn("control", lambda: self._thread_main(ready))
        ready.wait(_READY_WITHIN_S)

    def stop(self) -> None:
        """Let nobody in any more and say goodbye."""
        loop, stopping = self._loop, self._stopping
        if loop is not None and stopping is not None:
            with suppress(RuntimeError):  # the loop has ended by itself
                loop.call_soon_threadsafe(stopping.set)
        if self._thread is not None:
            self._thread.join(_END_WITHIN_S)

    # --- the control thread

    def _thread_main(self, ready: Event) -> None:
        try:
            asyncio.run(self._main(ready))
        except Exception as error:  # noqa: BLE001 - the run goes on without its socket, and says so
            self.problem = getattr(error, "strerror", None) or str(error)
            _log.exception("the control socket is closed")
        finally:
            ready.set()

    async def _main(self, ready: Event) -> None:
        self._loop = asyncio.get_running_loop()
        self._stopping = asyncio.Event()
        with _listening(self._folder) as listener:
            server = await asyncio.start_unix_server(self._meet, sock=listener, limit=REQUEST_MAX, backlog=_BACKLOG)
            ready.set()
            while not self._stopping.is_set():
                self._pictures.age_s()
                with suppress(TimeoutError):
                    async with asyncio.timeout(_LOOK_EVERY_S):
                        await self._stopping.wait()
            server.close()
            await asyncio.sleep(0)  # who has just come in begins, so that it can be told to go
            for conversation in self._conversations:
                conversation.cancel()
            if self._conversations:
                await asyncio.wait(self._conversations, timeout=1)
            await asyncio.sleep(_GOODBYE_S)  # what was said last leaves, and the connections close

    async def _meet(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        is_crowded = len(self._conversations) >= CLIENTS_MAX
        self._conversations.add(task)
        try:
            peer = peer_of(writer.get_extra_info("socket"))
            if peer is None or peer.uid != os.geteuid():
                _log.warning("somebody else was sent away from the control socket: %s", peer)
                writer.write(answer("", Outcome.WRONG, "This engine belongs to another user."))
            elif is_crowded:
                writer.write(answer("", Outcome.BUSY, f"{CLIENTS_MAX} others are at the door already; try again."))
            else:
                await Conversation(self._facade, self._remembered, peer, self._pictures, (reader, writer)).go_on()
            await _hear_out(reader, writer)
        except asyncio.CancelledError:
            writer.write(answer("", Outcome.OVER, "The engine has ended."))
        except (OSError, TimeoutError):
            _log.debug("a client of the control socket has gone")
        except Exception:  # noqa: BLE001 - what one client causes must not reach the others
            _log.exception("a conversation over the control socket ended")
        finally:
            self._conversations.discard(task)
            writer.close()


async def _hear_out(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Let the last answer arrive: a connection that is closed before all was read takes it away again."""
    writer.write_eof()
    with suppress(TimeoutError):
        async with asyncio.timeout(_LAST_WORDS_S):
            while await reader.read(REQUEST_MAX):
                pass


@contextmanager
def _listening(folder: Path) -> Iterator[socket.socket]:
    """A socket that only its owner can connect to, in the place of one that an ended process left behind."""
    with reachable(folder) as name:
        _clear(name)
        listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        try:
            os.fchmod(listener.fileno(), 0o600)  # where the kernel takes it over, there is no moment with another mode
            listener.bind(name)
            os.chmod(name, 0o600)
            made = os.lstat(name)
            listener.listen(_BACKLOG)
        except BaseException:
            listener.close()
            raise
    try:
        yield listener
    finally:
        listener.close()
        with reachable(folder) as name, suppress(OSError):
            there = os.lstat(name)
            if (there.st_dev, there.st_ino) == (made.st_dev, made.st_ino):
                os.unlink(name)


def _clear(name: str) -> None:
    """Whoever calls holds the folder: a socket that is there belongs to nobody who lives."""
    try:
        facts = os.lstat(name)
    except FileNotFoundError:
        return
    if not stat.S_ISSOCK(facts.st_mode):
        raise FileExistsError(17, "something else is in the place of the control socket", name)
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as probe:
        probe.settimeout(_LOOK_EVERY_S)
        try:
            probe.connect(name)
        except OSError:
            os.unlink(name)
            return
    raise FileExistsError(17, "another process listens there", name)
