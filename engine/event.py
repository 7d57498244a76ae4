"""The root of all facts."""

import msgspec


class Event(msgspec.Struct, frozen=True, gc=False):
    """The root of all facts."""

    ts: int
