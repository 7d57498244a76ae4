"""Rows on their way into the journal: the kinds there are, and what each of them tells the projections."""

from enum import StrEnum
from typing import Annotated, Any, NamedTuple

import msgspec

from infrastructure.journal.bodies import canonical
from infrastructure.journal.faults import UnfitRow, shown

_INT_MAX = 2**63 - 1  # the largest integer that the database holds
Int = Annotated[int, msgspec.Meta(ge=-_INT_MAX, le=_INT_MAX)]


class Kind(StrEnum):
    """What a row is about."""

    RUN_START = "run_start"
    RUN_END = "run_end"
    INPUT = "input"  # private stream, REST answer, timer, command, mark sample, model output
    INTENT = "intent"
    SENT = "sent"
    RESULT = "result"
    EXECUTION = "execution"
    TRANSITION = "transition"
    LEDGER = "ledger"
    HALT = "halt"
    RESET = "reset"
    MODE = "mode"
    RECONCILE = "reconcile"
    ADJUSTMENT = "adjustment"
    SNAPSHOT = "snapshot"
    STALL = "stall"
    ALARM = "alarm"
    ANCHOR = "anchor"  # the account epoch, at the beginning and after a restore
    VENUE = "venue"  # what the paper venue did at its own time; a real exchange remembers itself


# What the tables beside the journal need of a body. A body may hold more; the rest is for those who read the row.


class ExecutionKey(msgspec.Struct, frozen=True, gc=False):
    """By what an execution is known for ever."""

    venue: str
    category: str
    symbol: str
    exec_id: str


class IntentKey(msgspec.Struct, frozen=True, gc=False):
    """One decision to change exposure, under the one id it will ever have."""

    client_id: str
    intent: Int
    leg: str
    gen: Int
    payload_hash: str
    sign_by: Int


class OrderState(msgspec.Struct, frozen=True, gc=False):
    """Where an order of ours has got to."""

    client_id: str
    state: str


class HaltSet(msgspec.Struct, frozen=True, gc=False):
    """Entries are closed for a scope."""

    scope: str
    level: str
    reason: str


class HaltCleared(msgspec.Struct, frozen=True, gc=False):
    """A person opened a scope again."""

    scope: str


class SnapshotTaken(msgspec.Struct, frozen=True, gc=False):
    """The state at this row lies in a file."""

    state_hash: str
    file: str
    sha256: str


class EpochDrawn(msgspec.Struct, frozen=True, gc=False):
    """From this row on, client ids carry this epoch."""

    epoch: Int


_KINDS = {kind.value: kind.value.encode() for kind in Kind}
_FACTS = {
    Kind.EXECUTION: ExecutionKey,
    Kind.INTENT: IntentKey,
    Kind.RESULT: OrderState,
    Kind.TRANSITION: OrderState,
    Kind.HALT: HaltSet,
    Kind.RESET: HaltCleared,
    Kind.SNAPSHOT: SnapshotTaken,
    Kind.ANCHOR: EpochDrawn,
}
_DECODERS = {kind.value: msgspec.json.Decoder(fact) for kind, fact in _FACTS.items()}


class Draft(NamedTuple):
    """A row that waits to be chained and written."""

    time_ns: int
    exchange_ns: int | None
    kind: str
    body: bytes
    fact: Any  # what the projections need of it, None where they need nothing


def draft(kind: str, body: object, time_ns: int, exchange_ns: int | None = None) -> Draft:
    """A row ready to be written; everything that can be wrong with it is found here, not on the way to the disk."""
    if kind not in _KINDS:
        raise UnfitRow(f"There is no kind of row {shown(kind)}; the kinds are those of Kind.")
    if not -_INT_MAX <= time_ns <= _INT_MAX or not -_INT_MAX <= (exchange_ns or 0) <= _INT_MAX:
        raise UnfitRow(f"The time of a row was {time_ns} and {exchange_ns}; times are nanoseconds in 64 bits.")
    encoded = canonical(body)
    decoder = _DECODERS.get(kind)
    if decoder is None:
        return Draft(time_ns, exchange_ns, kind, encoded, None)
    try:
        return Draft(time_ns, exchange_ns, kind, encoded, decoder.decode(encoded))
    except msgspec.DecodeError as error:
        raise UnfitRow(f"A row of kind {kind} lacks what its table needs: {error}.") from None


def kind_bytes(kind: str) -> bytes:
    """The kind as it goes into the chain."""
    return _KINDS[kind]
