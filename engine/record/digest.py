"""One hash for everything that settles: equal inputs must arrive at an equal hash, in any process, anywhere.

Facts about money are chained as they happen, so that nothing needs to be kept for the hash; what is open at the moment
is added when the hash is asked for. Encoding is canonical: declared field order, decimals as text, sorted keys.
"""

from hashlib import sha256

import msgspec

from engine.events import Event

_FACTS = msgspec.json.Encoder()
_OPEN_STATE = msgspec.json.Encoder(order="deterministic")
BLOCK = 256
_GENESIS = bytes(32)


class Digest:
    """A chain of SHA-256 over blocks of events in their order, short enough to be kept in a file."""

    __slots__ = ("_chain", "_known", "_lines", "_waiting")

    def __init__(self) -> None:
        self._chain = _GENESIS
        self._lines = b""  # of the block that is not full yet, as far as they are encoded
        self._known = 0  # how many they are
        self._waiting: list[Event] = []

    def add(self, event: Event) -> None:
        """Chain a fact; encoding is put off until a block is full."""
        waiting = self._waiting
        waiting.append(event)
        if len(waiting) + self._known >= BLOCK:
            self._encode()
            self._chain = sha256(self._chain + self._lines).digest()
            self._lines, self._known = b"", 0

    def hash_with(self, open_state: object) -> str:
        """The hash of all facts so far and of what is open now."""
        self._encode()
        return sha256(self._chain + self._lines + _OPEN_STATE.encode(open_state)).hexdigest()

    def saved(self) -> tuple[str, list[str]]:
        """All there is to it: the chain, and the lines of the block that is not full."""
        self._encode()
        return self._chain.hex(), [f"{line}\n" for line in self._lines.decode().split("\n")[:-1]]

    def load(self, chain: str, lines: list[str]) -> None:
        """Go on from what was saved."""
        self._chain = bytes.fromhex(chain)
        self._lines, self._known = "".join(lines).encode(), len(lines)
        self._waiting.clear()

    def _encode(self) -> None:
        """A line for each fact, so that batches leave no trace."""
        self._lines += _FACTS.encode_lines([(type(fact).__name__, fact) for fact in self._waiting])
        self._known += len(self._waiting)
        self._waiting.clear()
