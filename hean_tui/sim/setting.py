"""What every program of one simulated run is built with, and what its orders are called."""

from decimal import Decimal
from random import Random

import msgspec

from engine import faultpoints
from engine.client_ids import base32
from engine.exchange.comparison import PROGRAM
from engine.instruments import Instrument
from hean_tui.paper_links import Pace
from risk.limits import Limits

EPOCH_BITS = 25
# Those that are come by around an engine; the others belong to the host and to the real journal.
_ELSEWHERE = ("leg2.before", "checkpoint", "snapshot.write", *(f"recovery.step_{step}" for step in range(6)))
POINTS = tuple(name for name in faultpoints.POINTS if name not in _ELSEWHERE)


class Setting(msgspec.Struct, frozen=True, kw_only=True):
    """What every incarnation of a run is built with."""

    seed: int
    instruments: list[Instrument]
    capital: Decimal
    limits: Limits
    strategies: tuple[str, ...]
    order_s: float
    start_ns: int
    pace: Pace
    points: tuple[str, ...] = POINTS


def order_prefix(setting: Setting) -> str:
    """What the names of our orders begin with."""
    return f"{PROGRAM}{base32(epoch_of(setting), 5)}-"


def epoch_of(setting: Setting) -> int:
    return Random(f"{setting.seed} epoch").getrandbits(EPOCH_BITS)
