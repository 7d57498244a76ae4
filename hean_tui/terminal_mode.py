"""How the terminal was before a screen was drawn on it, so that it can be put back when the one who drew is gone."""

import os
import select
import termios
from contextlib import suppress
from typing import Any

# Out of the alternate screen, the cursor shown, mouse, paste, focus and key protocols off, colours as usual.
_OFF = b"1049 1000 1002 1003 1006 1015 1004 2004"
_PLAIN = b"".join(b"\x1b[?%bl" % mode for mode in _OFF.split()) + b"\x1b[?25h\x1b[<u\x1b[0m"
_SCREEN = 2  # the garden is drawn on stderr
_KEYS = 0


class TerminalMode:
    """Taken at the start; nothing where there is no terminal."""

    def __init__(self) -> None:
        self._attributes: list[Any] | None = None
        with suppress(OSError, termios.error):
            if os.isatty(_KEYS) and os.isatty(_SCREEN):
                self._attributes = termios.tcgetattr(_KEYS)

    def restore(self, keys: int = _KEYS, screen: int = _SCREEN) -> None:
        """Put it back, without waiting for a terminal that nobody reads."""
        if self._attributes is None:
            return
        with suppress(OSError, termios.error):
            termios.tcsetattr(keys, termios.TCSANOW, self._attributes)
            _, writable, _ = select.select([], [screen], [], 0)
            if writable:
                os.write(screen, _PLAIN)
