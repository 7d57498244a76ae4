"""What one seed means: the shape of the run and every fault of it, drawn before anything happens.

Faults are a list, so that a failing run can be made smaller by leaving parts of the list out: the parts that stay are
drawn from their own picks and do not change.
"""

from random import Random

import msgspec

from hean_tui.sim.faults import KINDS, MARKET, Fault, Kind, Shape
from hean_tui.sim.profiles import Profile
from hean_tui.sim.streams import Streams

S = 1_000_000_000
HOUR_NS = 3600 * S
PARTS = 6  # a rate holds in some of so many parts of a run
_PART_HOLDS = 0.7
_FIRST_NS = 5 * S  # a run has a moment of peace to begin with
_SHARE_ON = 0.5
_TIGHT = 0.15


class Plan(msgspec.Struct, frozen=True, kw_only=True):
    """One run."""

    seed: int
    profile: Profile
    length_ns: int
    symbols: int
    tick_ns: int
    quotes: bool  # whether the market shows a best bid and ask
    day_limit: float  # of loss, as a part of the equity; the tight one is there to be reached
    acks_twice: bool  # whether an acceptance is told on the stream too
    faults: tuple[Fault, ...]


def draw(profile: Profile, seed: int, hours: float | None = None) -> Plan:
    """Everything a seed decides beforehand."""
    stream = Streams(seed).plan
    length_ns = int((profile.hours if hours is None else hours) * HOUR_NS)
    low, high = profile.symbols
    return Plan(
        seed=seed,
        profile=profile,
        length_ns=length_ns,
        symbols=stream.randint(int(low), int(high)),
        tick_ns=int(stream.uniform(*profile.tick_s) * S),
        quotes=stream.random() < 0.6,
        day_limit=0.002 if stream.random() < _TIGHT else 0.2,
        acks_twice=stream.random() < 0.5,
        faults=tuple(_faults(profile, length_ns, stream)),
    )


def _faults(profile: Profile, length_ns: int, stream: Random) -> list[Fault]:
    """Each fault is off in every second run, and never are more than half of those that may go wrong on at once."""
    may = [name for name in profile.faults if name not in profile.always and name not in MARKET]
    on = [name for name in may if stream.random() < _SHARE_ON]
    while len(on) > max(1, len(may) // 2):
        on.pop(stream.randrange(len(on)))
    on += [name for name in profile.faults if name in MARKET and stream.random() < _SHARE_ON]
    chosen = set(on) | set(profile.always)
    faults: list[Fault] = []
    for name in profile.faults:
        # Each has a stream of its own: another range for one leaves the others as they were.
        own = Random(stream.getrandbits(64))
        if name in chosen:
            faults += _draw(name, KINDS[name], profile.faults[name], length_ns, own)
    return sorted(faults, key=lambda fault: (fault.from_ns, fault.name, fault.pick))


def _draw(name: str, kind: Kind, bounds: tuple[float, float], length_ns: int, stream: Random) -> list[Fault]:
    low, high = bounds

    def fault(from_ns: int, until_ns: int, value: float) -> Fault:
        return Fault(name, from_ns, until_ns, value, stream.getrandbits(48))

    def occurrence(at_ns: int, value: float) -> Fault:
        return fault(at_ns, at_ns + int(stream.uniform(*kind.lasts) * S), value)

    if kind.shape is Shape.ONCE:
        return [fault(0, length_ns, stream.uniform(low, high))]
    if kind.shape is Shape.RATE:
        value, part = stream.uniform(low, high), length_ns // PARTS
        return [
            fault(max(_FIRST_NS, number * part), (number + 1) * part, value)
            for number in range(PARTS)
            if stream.random() < _PART_HOLDS
        ]
    if kind.shape is Shape.COUNT:
        count = stream.randint(int(low), int(high))
        return [occurrence(stream.randrange(_FIRST_NS, max(length_ns, _FIRST_NS + 1)), 1.0) for _ in range(count)]
    mean_s = stream.uniform(low, high)
    at_ns = _FIRST_NS
    found = []
    while (at_ns := at_ns + int(stream.expovariate(1 / mean_s) * S) + S // 10) < length_ns:
        found.append(occurrence(at_ns, mean_s))
    return found
