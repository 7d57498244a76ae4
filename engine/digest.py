"""One hash for everything that settles: equal inputs must arrive at an equal hash, in any process, anywhere.

Facts about money are chained as they happen, so that nothing needs to be kept for the hash; what is open at the moment
is added when the hash is asked for. Encoding is canonical: declared field order, decimals as text, sorted keys.
"""

from hashlib import sha256

import msgspec

from engine.events import Event

_FACTS = msgspec.json.Encoder()
_OPEN_STATE = msgspec.json.Encoder(order="deterministic")
_BATCH = 256


class Digest:
    """A running SHA-256 over events in the order in which they happened."""

    __slots__ = ("_chain", "_waiting")

    def __init__(self) -> None:
        self._chain = sha256()
        self._waiting: list[tuple[str, Event]] = []

    def add(self, event: Event) -> None:
        """Chain a fact; encoding is put off until a batch is full."""
        waiting = self._waiting
        waiting.append((type(event).__name__, event))
        if len(waiting) >= _BATCH:
            self._flush()

    def hash_with(self, open_state: object) -> str:
        """The hash of all facts so far and of what is open now."""
        self._flush()
        final = self._chain.copy()
        final.update(_OPEN_STATE.encode(open_state))
        return final.hexdigest()

    def _flush(self) -> None:
        """A line for each fact, so that batches leave no trace."""
        self._chain.update(_FACTS.encode_lines(self._waiting))
        self._waiting.clear()
