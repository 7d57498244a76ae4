"""Named places at which a process is killed, and how often each is come by."""

from collections import Counter
from collections.abc import Callable, Sequence
from random import Random

from engine import faultpoints
from hean_tui.sim.faults import Fault
from hean_tui.sim.violations import ProcessKilled
from infrastructure.journal.rows import Draft

_AFTER_ROWS = {"result": "ack.committed", "execution": "fill.committed"}
_ARMED = 4  # places at once: most are not come by every minute
_AT_START = 0.35  # of all arming


class KillPoints:
    """Those of one world, whichever process runs."""

    def __init__(self, names: Sequence[str], is_running: Callable[[], bool]) -> None:
        self._names = names
        self._is_running = is_running
        self.fault: Fault | None = None  # the one that is armed, or was last
        self.hit: list[str] = []  # where it was killed
        self.reached: Counter[str] = Counter()

    def is_of_start(self, fault: Fault) -> bool:
        """Whether it is to be killed while it starts."""
        return Random(fault.pick).random() < _AT_START

    def arm(self, fault: Fault) -> None:
        """Kill it at the first that it comes by of some places."""
        own = Random(fault.pick)
        is_of_start = own.random() < _AT_START
        names = own.sample([name for name in self._names if name.startswith("recovery.") is is_of_start], _ARMED)
        self.fault = fault
        self.take_down()
        for name in names:
            faultpoints.arm(name, self._kill, hit=own.choice((1, 1, 2, 5)))

    def take_down(self) -> None:
        """Count what was come by, and let nothing be armed any more."""
        self.reached.update(faultpoints.hits())
        faultpoints.disarm()
        faultpoints.count_hits()

    def _kill(self, name: str) -> None:
        if self._is_running():
            raise ProcessKilled(name)


def committed(drafts: Sequence[Draft]) -> None:
    """Rows are on the disk: the places that are named after that."""
    for row in drafts:
        if row.kind in _AFTER_ROWS:
            faultpoints.reach(_AFTER_ROWS[row.kind])
