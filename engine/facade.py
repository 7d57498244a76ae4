"""The two doors to a running engine: read its latest picture, hand it a command. Nothing else leads in."""

from decimal import Decimal
from enum import StrEnum
from typing import Protocol

import msgspec

from engine.snapshot import Snapshot


class Verb(StrEnum):
    """Everything a person, a script or another program can ask of the engine."""

    START = "start"
    STOP = "stop"
    PAUSE = "pause"
    RESUME = "resume"
    KILL = "kill"
    FLATTEN = "flatten"
    BUY = "buy"
    SELL = "sell"
    CLOSE = "close"
    CANCEL = "cancel"
    PROTECT = "protect"
    SET = "set"
    DEPOSIT = "deposit"
    WITHDRAW = "withdraw"
    MARKET = "market"
    FUNDING = "funding"
    FAULT = "fault"
    RECONCILE = "reconcile"
    UNLOCK = "unlock"


class Ask(msgspec.Struct, frozen=True, gc=False, kw_only=True):
    """A command to the engine: message-shaped, so that it may cross a thread or a process."""

    verb: Verb
    symbol: str = ""
    order_id: str = ""
    quantity: Decimal | None = None
    limit: Decimal | None = None
    stop: Decimal | None = None
    target: Decimal | None = None
    reduce_only: bool = False
    cancel_only: bool = False
    value: str = ""  # `set`: the value; `market`: the move as a fraction; `funding`: the rate; `unlock`: the phrase
    key: str = ""  # `set`: of the setting; `unlock`: the scope; `fault`: its name
    reason: str = ""
    actor: str = ""  # who asks and from where, when it is known; empty: whoever sits before this process
    command_id: str = ""  # by which a repeated command is known


class Receipt(Protocol):
    """What became of a command; it is settled by the engine and may be awaited from any thread."""

    def settled(self) -> bool:
        """Whether the engine has answered."""
        ...

    def answer(self, timeout_s: float | None = None) -> str:
        """The engine's sentence; raises `CommandRefused` with the reason, or `TimeoutError`."""
        ...


class EngineFacade(Protocol):
    """All that a surface may hold of an engine."""

    def latest(self) -> Snapshot:
        """The newest picture; never blocks."""
        ...

    def submit(self, ask: Ask) -> Receipt:
        """Hand over a command; never blocks."""
        ...
