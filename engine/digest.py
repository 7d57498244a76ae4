"""One hash for everything that settles: equal inputs must arrive at an equal hash, in any process, anywhere.

Facts about money are chained as they happen, so that nothing needs to be kept for the hash; what is open at the moment
is added when the hash is asked for. Encoding is canonical: declared field order, decimals as text, sorted keys.
"""

from hashlib import sha256

import msgspec

from engine.events import Event

_ENCODER = msgspec.json.Encoder(order="deterministic")
_BATCH = 256


class Digest:
    """A running SHA-256 over events in the order in which they happened."""

    __slots__ = ("_chain", "_waiting")

    def __init__(self) -> None:
        self._chain = sha256()
        self._waiting: list[Event] = []

    def add(self, event: Event) -> None:
        """Chain a fact; encoding is put off until a batch is full."""
        self._waiting.append(event)
        if len(self._waiting) >= _BATCH:
            self._flush()

    def hash_with(self, open_state: object) -> str:
        """The hash of all facts so far and of what is open now."""
        self._flush()
        final = self._chain.copy()
        final.update(_ENCODER.encode(open_state))
        return final.hexdigest()

    def _flush(self) -> None:
        for event in self._waiting:
            self._chain.update(type(event).__name__.encode())
            self._chain.update(_ENCODER.encode(event))
        self._waiting.clear()
