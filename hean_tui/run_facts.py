"""What a run was made of, as its first row in the journal says it: enough to continue it and to replay it."""

from collections.abc import Iterable
from decimal import Decimal
from typing import Any

import msgspec

from engine.instruments import Instrument


class RunFacts(msgspec.Struct, frozen=True, kw_only=True):
    """The body of a `run_start` row."""

    run: str
    program: str
    mode: str
    feed: str
    seed: int
    scenario: str
    symbols: tuple[str, ...]
    strategies: tuple[str, ...]
    parameters: dict[str, dict[str, Any]]
    capital: Decimal
    leverage: Decimal
    limits: dict[str, Decimal]
    asked: dict[str, Decimal | None] = {}  # of these, what the settings of this run named; None was to be off
    epoch: int
    start_ns: int
    instruments: tuple[Instrument, ...]


class SavedRuns(msgspec.Struct, frozen=True, kw_only=True):
    """A snapshot: the runs so far, the kernel's state, known payments, and the whole paper venue of its memory."""

    runs: list[RunFacts]
    payments: msgspec.Raw
    kernel: msgspec.Raw
    venue: msgspec.Raw


def saved_runs(state: bytes) -> SavedRuns | None:
    """What a snapshot says; None for one that this version does not understand."""
    try:
        return _decode_saved(state)
    except msgspec.MsgspecError:
        return None


_decode_saved = msgspec.json.Decoder(SavedRuns).decode
_decode = msgspec.json.Decoder(RunFacts).decode


def facts_of(body: bytes) -> RunFacts:
    """What a `run_start` row says."""
    return _decode(body)


def all_instruments(runs: Iterable[RunFacts]) -> tuple[Instrument, ...]:
    """Every instrument that any of these runs traded; of the same one, the latest."""
    return tuple({instrument.symbol: instrument for run in runs for instrument in run.instruments}.values())
