"""Profiles: which market, which strategies and which faults, in which ranges, a run is drawn from."""

from pathlib import Path
from typing import Any

import msgspec

from hean_tui.errors import WrongCommandLine, WrongConfiguration
from hean_tui.sim.faults import KINDS, MARKET
from hean_tui.wording import quoted, way_out

Range = tuple[float, float]
_ALL = tuple(KINDS)
_NET = [
    "request_loss",
    "response_loss",
    "duplicates",
    "reorder",
    "slow",
    "stream_drop",
    "partition",
    "half_partition",
    "clog",
    "swizzle",
    "feed_stall",
]
_EXCHANGE = ["index_delay", "rate_limit", "outage", "symbol_halt", "adl", "manual_trade", "manual_cancel", "orphan"]


class Profile(msgspec.Struct, frozen=True, kw_only=True):
    """What a run is drawn from."""

    name: str
    hours: float = 0.5
    symbols: Range = (1, 2)
    tick_s: Range = (1.0, 2.0)  # between two trades of a symbol
    order_s: float = 6.0  # between two wishes of the chaos strategy
    strategies: tuple[str, ...] = ("chaos",)
    faults: dict[str, Range] = {}
    always: tuple[str, ...] = ()  # on in each run; each of the others in every second
    floor: float | None = None  # of the throughput, in simulated hours a second; None: nothing is promised
    goal: float | None = None


def _of(*names: str, **ranges: Range) -> dict[str, Range]:
    return {name: ranges.get(name, (KINDS[name].low, KINDS[name].high)) for name in (*names, *ranges)}


PROFILES: dict[str, Profile] = {
    profile.name: profile
    for profile in (
        Profile(
            name="crash",
            faults=_of(*_ALL, kill=(35.0, 85.0)),
            always=("kill",),
            # Thirty minutes a seed: 60 and 300 seeds a minute on two cores are these on one.
            floor=0.25,
            goal=1.25,
        ),
        Profile(name="dense", symbols=(1, 1), tick_s=(0.0625, 0.0625), order_s=30.0, hours=0.1,
                strategies=("chaos", "ema_cross"), faults=_of(*_NET, *MARKET), floor=0.25, goal=1.0),
        Profile(name="wide", symbols=(4, 4), tick_s=(5.0, 5.0), order_s=60.0, hours=2.0,
                strategies=("chaos", "impulse"), faults=_of(*_ALL, kill=(300.0, 3600.0)), floor=2.0, goal=10.0),
        Profile(name="slow", symbols=(1, 1), tick_s=(60.0, 60.0), order_s=600.0, hours=12.0,
                strategies=("chaos", "impulse"), faults=_of(*MARKET, "operator", kill=(1800.0, 7200.0)),
                floor=10.0, goal=50.0),
        Profile(name="network", faults=_of(*_NET)),
        Profile(name="storage", faults=_of("disk_slow", "disk_error", "disk_full", kill=(60.0, 600.0)),
                always=("disk_slow",)),
        Profile(name="operator", faults=_of("request_loss", "response_loss", "slow", "disk_slow", "kill_at_point",
                operator=(20.0, 120.0), kill=(120.0, 900.0)), always=("operator",)),
        Profile(name="exchange", faults=_of(*_EXCHANGE, *MARKET)),
        Profile(name="clock", faults=_of("clock_offset", "clock_jump", "suspend", "slow", kill=(60.0, 600.0))),
        Profile(name="quiet"),
    )
}  # fmt: skip


def named(name: str) -> Profile:
    """A profile that is there."""
    if name not in PROFILES:
        raise WrongCommandLine(f"--profile was {quoted(name)}; {way_out(name, tuple(PROFILES))}")
    return PROFILES[name]


def read_profile(file: Path) -> Profile:
    """A profile from a file: the name of a fault and its range, and beside them the figures of a profile."""
    try:
        told: Any = msgspec.json.decode(file.read_bytes())
    except (OSError, msgspec.DecodeError) as error:
        raise WrongConfiguration(f"The profile {quoted(file)} cannot be read: {error}.") from None
    if not isinstance(told, dict):
        raise WrongConfiguration(f"The profile {quoted(file)} was no JSON object of faults and their ranges.")
    fields = set(Profile.__struct_fields__) - {"name", "faults"}
    shape = {key: value for key, value in told.items() if key in fields}
    faults = {key: value for key, value in told.items() if key not in fields}
    for name in faults:
        if name not in KINDS:
            raise WrongConfiguration(
                f"The profile {quoted(file)} names {quoted(name)}; {way_out(name, (*KINDS, *sorted(fields)))}"
            )
    try:
        profile = msgspec.convert({**shape, "name": file.stem, "faults": faults}, Profile)
    except msgspec.ValidationError as error:
        raise WrongConfiguration(f"The profile {quoted(file)} is wrong: {error}.") from None
    for name, (low, high) in {"symbols": profile.symbols, "tick_s": profile.tick_s, **profile.faults}.items():
        if low > high:
            raise WrongConfiguration(
                f"The profile {quoted(file)} has {name} from {low:g} to {high:g}; write the smaller figure first."
            )
    return profile
