"""Hunts for planted bugs: a mistake, what plants it in every program of a world, and how many seeds it may take."""

from collections.abc import Callable

import msgspec

from hean_tui.sim.disk import SimJournal
from hean_tui.sim.outcome import Outcome
from hean_tui.sim.plan import draw
from hean_tui.sim.profiles import PROFILES
from hean_tui.sim.running import play
from hean_tui.sim.tampering import Tampering
from hean_tui.sim.under_test import Engine
from hean_tui.sim.world import World


class Bug(msgspec.Struct, frozen=True, kw_only=True):
    """A mistake somebody could make, and within how many seeds it has to be found."""

    name: str
    allowed: int
    profile: str = "crash"
    built: Callable[[Engine], None] | None = None
    recalled: Callable[[Engine], None] | None = None
    journal: Callable[[SimJournal], None] | None = None


class _Planted(Tampering):
    def __init__(self, bug: Bug) -> None:
        self._bug = bug

    def built(self, engine: Engine) -> None:
        if self._bug.built is not None:
            self._bug.built(engine)

    def recalled(self, engine: Engine) -> None:
        if self._bug.recalled is not None:
            self._bug.recalled(engine)

    def journal(self, journal: SimJournal) -> None:
        if self._bug.journal is not None:
            self._bug.journal(journal)


class Found(msgspec.Struct, frozen=True):
    """What it took."""

    bug: str
    allowed: int
    seeds: int | None  # how many were needed; None: it was not found
    seed: int | None
    invariant: str
    sentence: str


def hunt(bug: Bug) -> Found:
    """Seed after seed, until it is found or as many as are allowed were in vain."""
    for seed in range(bug.allowed):
        outcome = run_with(bug, seed)
        if outcome.failure is not None:
            return Found(bug.name, bug.allowed, seed + 1, seed, outcome.failure.invariant, outcome.failure.sentence)
    return Found(bug.name, bug.allowed, None, None, "", "")


def run_with(bug: Bug, seed: int) -> Outcome:
    """One run of a program with this bug."""
    world = World(draw(PROFILES[bug.profile], seed))
    world.process.tamper = planted(bug)
    return play(world)


def planted(bug: Bug) -> Tampering:
    """What puts a bug into every program that a world starts."""
    return _Planted(bug)
