"""The clocks of a simulated machine: wrong by some seconds, jumping, and never quite measured."""

from random import Random

import msgspec

from engine.events import Event
from hean_tui.sim.faults import Fault

_ERROR_NS = 200_000_000  # what is left of the offset after it was measured, at most
_JUMP_S = (-3600.0, -2.0, 2.0, 5.0, 86_400.0)


class SimClock:
    """The engine's time is the world's and an offset. Within a run it only goes on: a jump shows at the next start."""

    def __init__(self, stream: Random) -> None:
        self._random = stream
        self._wall_ns = 0
        self.offset_ns = 0
        self.error_ns = 0  # of the time that is signed

    def set_offset(self, fault: Fault) -> None:
        """The machine's clock is wrong from the beginning."""
        self._wall_ns = int(fault.value * 1e9)
        self.offset_ns = self._wall_ns

    def jump(self, fault: Fault) -> None:
        """Somebody, or a server of time, sets the clock."""
        self._wall_ns += int(Random(fault.pick).choice(_JUMP_S) * 1e9)

    def boot(self, world_ns: int, last_ns: int) -> None:
        """A process starts and reads the clock; later it only counts on. Its time never goes back behind its rows."""
        self.offset_ns = max(self._wall_ns, last_ns - world_ns)
        self.error_ns = int(self._random.uniform(-_ERROR_NS, _ERROR_NS)) if self._wall_ns else 0

    def engine_ns(self, world_ns: int) -> int:
        """What the engine takes the time for."""
        return world_ns + self.offset_ns

    def wall_ns(self, world_ns: int) -> int:
        """What the machine's clock shows; a jump shows at once."""
        return world_ns + self._wall_ns

    def stamped(self, event: Event) -> Event:
        """Market data as the engine stamps it on arrival."""
        return msgspec.structs.replace(event, ts=event.ts + self.offset_ns) if self.offset_ns else event
