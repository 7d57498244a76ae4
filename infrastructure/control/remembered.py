"""Commands that were given, by their ids: the same command twice is one command, with one receipt."""

from collections import OrderedDict
from collections.abc import Callable

import msgspec

from engine.facade import Ask, EngineFacade, Receipt, Verb
from engine.snapshot import Snapshot
from infrastructure.control.messages import WINDOW_NS, NotUnderstood

KEPT_NS = 20 * WINDOW_NS  # ten minutes: longer than a request stays valid, so that none is carried out twice
COMMANDS_MAX = 4096


class Given(msgspec.Struct, frozen=True):
    """One command that was handed to the engine, and the picture of the moment before."""

    ask: Ask  # as it was asked, without who asked
    receipt: Receipt
    before: Snapshot
    at_ns: int


class Remembered:
    """Hands each command to the engine once."""

    def __init__(self, facade: EngineFacade, now_ns: Callable[[], int]) -> None:
        self._facade = facade
        self._now_ns = now_ns
        self._given: OrderedDict[str, Given] = OrderedDict()

    def give(self, command_id: str, ask: Ask, actor: str) -> Given:
        """Hand a command over, or find it again; the first one's actor is the one that is written down."""
        known = self._given.get(command_id)
        if known is not None:
            if known.ask != ask:
                raise NotUnderstood(f"The command {command_id} was another one; a new command needs an id of its own.")
            return known
        if not self._has_room() and ask.verb is not Verb.KILL:
            raise NotUnderstood(f"{COMMANDS_MAX} commands were given in the last ten minutes; that is enough.")
        before = self._facade.latest()
        receipt = self._facade.submit(msgspec.structs.replace(ask, actor=actor, command_id=command_id))
        given = self._given[command_id] = Given(ask, receipt, before, self._now_ns())
        return given

    def _has_room(self) -> bool:
        """The oldest are forgotten for new ones, but none that might still come again by itself."""
        while len(self._given) >= COMMANDS_MAX:
            first = next(iter(self._given))
            if self._given[first].at_ns >= self._now_ns() - KEPT_NS:
                return False
            del self._given[first]
        return True
