"""A line on the terminal that says how far a long backtest has come; silent where nobody watches."""

import sys
from datetime import UTC, datetime

from engine.host.system import monotonic_ns

_EVERY_NS = 250_000_000
_QUIET_NS = 1_000_000_000  # what is over sooner needs no line


class Progress:
    """Told of every batch, it speaks a few times a second at most."""

    def __init__(self) -> None:
        self._speaks = sys.stderr.isatty()
        self._start_ns = monotonic_ns()
        self._due_ns = self._start_ns + _QUIET_NS
        self._rows = 0
        self._width = 0

    def note(self, ts_ns: int, rows: int) -> None:
        """A batch of so many rows is next, the first of this moment."""
        if not self._speaks:
            return
        now = monotonic_ns()
        if now >= self._due_ns:
            rate = self._rows / ((now - self._start_ns) / 1e9)
            day = datetime.fromtimestamp(ts_ns // 1_000_000_000, UTC)
            self._write(f"{day:%Y-%m-%d}  {self._rows:,} rows, {rate:,.0f} a second")
            self._due_ns = now + _EVERY_NS
        self._rows += rows

    def clear(self) -> None:
        """Leave the line as it was."""
        if self._width:
            self._write("")
            sys.stderr.write("\r")
            sys.stderr.flush()

    def _write(self, text: str) -> None:
        sys.stderr.write(f"\r{text:<{self._width}}")
        sys.stderr.flush()
        self._width = len(text)
