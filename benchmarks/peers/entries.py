"""Who takes part: the peers, the bare loop and hean-tui, each with its runner and what it needs installed."""

from __future__ import annotations

from importlib.util import find_spec
from typing import Final, NamedTuple

from benchmarks.peers.outcome import Dataset

OURS: Final = "hean-tui"
PERIODS: Final = ((200, 800), (10, 30))  # few orders, many orders


class Entry(NamedTuple):
    """One line of the table. Without requirements it runs in the environment of the project itself."""

    name: str
    module: str
    datasets: tuple[Dataset, ...]
    requirements: tuple[str, ...] = ()
    variant: str = ""
    # Runs so long with these periods that one run has to do.
    once_with: tuple[tuple[int, int], ...] = ()

    @property
    def environment(self) -> str | None:
        """The name of the environment, shared by all entries with the same first requirement."""
        return self.requirements[0] if self.requirements else None


NAUTILUS: Final = ("nautilus_trader", "numpy")
HFTBACKTEST: Final = ("hftbacktest", "numpy")

# No versions: whatever is the newest that runs on this Python is measured, and the table says which it was.
ENTRIES: Final = (
    Entry(OURS, "benchmarks.peers.hean", ("ticks", "bars")),
    Entry("bare loop", "benchmarks.peers.bare_loop", ("ticks", "bars")),
    Entry(
        "nautilus_trader",
        "benchmarks.peers.nautilus_ticks",
        ("ticks",),
        NAUTILUS,
        once_with=((10, 30),),
    ),
    Entry("nautilus_trader, lean", "benchmarks.peers.nautilus_ticks", ("ticks",), NAUTILUS, variant="lean"),
    Entry("hftbacktest", "benchmarks.peers.hftbacktest_ticks", ("ticks",), HFTBACKTEST),
    Entry("hftbacktest, leanest", "benchmarks.peers.hftbacktest_ticks", ("ticks",), HFTBACKTEST, variant="leanest"),
    Entry("basana", "benchmarks.peers.basana_bars", ("bars",), ("basana", "numpy")),
    Entry("backtesting.py", "benchmarks.peers.backtesting_bars", ("bars",), ("backtesting", "numpy", "pandas")),
)


def present(entries: tuple[Entry, ...] = ENTRIES) -> list[Entry]:
    """The entries whose runner is there."""
    return [entry for entry in entries if find_spec(entry.module) is not None]
