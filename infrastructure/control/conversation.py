"""One client and what it is told: each request is answered before the next one is read."""

import asyncio
from typing import Any

from engine.errors import CommandRefused, EntriesAreClosed
from engine.facade import EngineFacade, Verb
from engine.host import system
from engine.snapshot import Snapshot, to_json_object
from infrastructure.control.messages import (
    REQUEST_MAX,
    WINDOW_NS,
    NotUnderstood,
    Outcome,
    Request,
    Wish,
    answer,
    plain_ask,
    read_request,
)
from infrastructure.control.peers import Peer
from infrastructure.control.pictures import Pictures
from infrastructure.control.remembered import Given, Remembered

IDLE_S = 5.0  # a client that says nothing, or reads nothing, for so long has gone
LOOK_EVERY_S = 0.02
FOLLOW_EVERY_S = 0.25
_OLD_NEWS_MAX = 10  # that a follower is told at first
_SECOND_NS = 1_000_000_000
_KILLED = ("killed",)
_GATE_CLOSED = ("killed", "halted", "reduce_only", "stopped")


class Conversation:
    """Reads requests of one connection and answers them; it holds nothing of the engine but the facade."""

    def __init__(
        self,
        facade: EngineFacade,
        remembered: Remembered,
        peer: Peer,
        pictures: Pictures,
        streams: tuple[asyncio.StreamReader, asyncio.StreamWriter],
    ) -> None:
        self._facade = facade
        self._remembered = remembered
        self._peer = peer
        self._pictures = pictures
        self._reader, self._writer = streams

    async def go_on(self) -> None:
        """Until the client goes, says nothing, or says what nobody understands."""
        while line := await self._line():
            request_id = ""
            try:
                request = read_request(line)
                request_id = request.id
                _refuse_replays(request)
                await self._answer(request)
            except NotUnderstood as error:
                await self._tell(request_id, Outcome.WRONG, str(error))
                return

    async def _line(self) -> bytes:
        try:
            async with asyncio.timeout(IDLE_S):
                return await self._reader.readline()
        except TimeoutError:
            return b""
        except ValueError:  # the stream's word for a line without an end
            await self._tell("", Outcome.WRONG, f"A request is one line of {REQUEST_MAX} bytes at the most.")
            return b""

    async def _answer(self, request: Request) -> None:
        if request.wish == Wish.ASK:
            await self._ask(request)
        elif request.wish == Wish.FOLLOW:
            await self._follow(request)
        else:
            await self._tell(request.id, Outcome.HERE, **self._pictures.facts(request.parts))

    # --- a verb

    async def _ask(self, request: Request) -> None:
        actor = f"{request.surface} (user {self._peer.uid}, process {self._peer.pid})"
        given = self._remembered.give(request.id, plain_ask(request), actor)
        deadline_ns = system.monotonic_ns() + int(request.wait_s * _SECOND_NS)
        is_taken = False
        while not given.receipt.settled():
            if not is_taken and _is_at_work(given, self._facade.latest()):
                is_taken = True
                await self._tell(request.id, Outcome.TAKEN, "The engine is at it.", **self._pictures.facts(("engine",)))
            if system.monotonic_ns() >= deadline_ns:
                late = f"the engine did not answer within {request.wait_s:g} s; it may still do what was asked"
                await self._tell(request.id, Outcome.LATE, late, **self._pictures.facts(request.parts))
                return
            await asyncio.sleep(LOOK_EVERY_S)
        outcome, sentence = _what_became(given)
        await self._tell(request.id, outcome, sentence, **self._pictures.facts(request.parts))

    # --- what happens

    async def _follow(self, request: Request) -> None:
        told = 0
        shown: Snapshot | None = None
        while True:
            latest = self._facade.latest()
            if latest is not shown:
                shown = latest
                news = [line for line in latest.stream if line.number > told]
                if not told:
                    news = news[-_OLD_NEWS_MAX:]
                told = news[-1].number if news else told
                more: dict[str, Any] = self._pictures.facts(request.parts)
                await self._tell(request.id, Outcome.LINE, stream=to_json_object(tuple(news)), **more)
            if self._reader.at_eof():
                return
            await asyncio.sleep(FOLLOW_EVERY_S)

    # --- on the wire

    async def _tell(self, request_id: str, outcome: Outcome, sentence: str = "", **more: Any) -> None:
        self._writer.write(answer(request_id, outcome, sentence, **more))
        async with asyncio.timeout(IDLE_S):
            await self._writer.drain()


def _refuse_replays(request: Request) -> None:
    if abs(system.wall_ns() - request.time_ns) > WINDOW_NS:
        raise NotUnderstood(f"A request is good for {WINDOW_NS // _SECOND_NS} s, and this one is of another time.")


def _is_at_work(given: Given, latest: Snapshot) -> bool:
    """Whether the engine, and not only this thread, has had the command in its hands."""
    if given.ask.verb is not Verb.KILL or latest is given.before:
        return False
    return latest.engine.state in (_GATE_CLOSED if given.ask.cancel_only else _KILLED)


def _what_became(given: Given) -> tuple[Outcome, str]:
    try:
        return Outcome.DONE, given.receipt.answer(0)
    except EntriesAreClosed as refusal:
        return Outcome.CLOSED, str(refusal)
    except CommandRefused as refusal:
        return Outcome.REFUSED, str(refusal)
