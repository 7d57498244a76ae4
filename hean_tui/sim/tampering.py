"""Where planted bugs get in."""

from hean_tui.sim.disk import SimJournal
from hean_tui.sim.under_test import Engine


class Tampering:
    """Where planted bugs get in: after a program was built, and after it has folded its rows."""

    def built(self, engine: Engine) -> None:
        """Nothing is wrong with it."""

    def recalled(self, engine: Engine) -> None:
        """Nothing is wrong with it."""

    def journal(self, journal: SimJournal) -> None:
        """Nothing is wrong with it."""
