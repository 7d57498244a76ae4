"""What became of one run, in a form that crosses processes and can be printed."""

import msgspec


class Failure(msgspec.Struct, frozen=True):
    """The first thing that was not as it must be."""

    invariant: str
    sentence: str
    step: int
    time_s: float  # since the beginning of the run
    details: str = ""  # where it was raised, when it was an error of the program
    last_rows: tuple[str, ...] = ()


class Outcome(msgspec.Struct, frozen=True, kw_only=True):
    """One seed of one profile."""

    profile: str
    seed: int
    digest: str
    hours: float
    steps: int
    ticks: int
    rows: int
    orders: int
    fills: int
    kills: int
    disk_failures: int
    faults: dict[str, int]
    acts: dict[str, int]
    points: dict[str, int]  # where it was killed by name
    reached: dict[str, int]  # how often it came by each named place
    seconds: float = 0.0  # of a real core; not part of what is the same each time
    failure: Failure | None = None

    @property
    def is_good(self) -> bool:
        """Whether everything held."""
        return self.failure is None
