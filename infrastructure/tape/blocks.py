"""Blocks of the tape: a header with a check sum, and what was heard, compressed.

A block is whole or it does not count. What follows a damaged one is found by the four letters that each begins with.
"""

import struct
import zlib
from collections.abc import Sequence
from typing import Any, NamedTuple

import msgspec

_MAGIC = b"HTb1"
# Kind, count, first and last moment; these and the payload are what the check sum covers.
_FACTS = struct.Struct(">BIqq")
_FRAME = struct.Struct(">4sII")  # the letters, the length of the payload, the check sum
HEADER_BYTES = _FRAME.size + _FACTS.size
_LONGEST = 64 * 1024 * 1024
_EVENTS, _GAP = 1, 2
_LEVEL = 1
_ENCODE = msgspec.msgpack.Encoder(decimal_format="string").encode
_DECODE = msgspec.msgpack.Decoder().decode


class Heard(NamedTuple):
    """One thing that the market told: when, the name of the event, and its fields."""

    ts: int
    what: str
    fields: dict[str, Any]


class Gap(NamedTuple):
    """From here to there the tape does not know everything: how many things it knows to be missing, and why."""

    from_ns: int
    to_ns: int
    lost: int
    reason: str


class Header(NamedTuple):
    """What a block says of itself, and where in its file the next one begins."""

    is_gap: bool
    number: int  # of events in the block, or of what is known to be missing
    first_ns: int
    last_ns: int
    end: int


def block_of(events: Sequence[Any]) -> bytes:
    """Events in the order in which they were heard, as a block."""
    payload = zlib.compress(_ENCODE([(type(event).__name__, event) for event in events]), _LEVEL)
    times = [event.ts for event in events]
    return _framed(_EVENTS, len(events), min(times), max(times), payload)


def gap_block(gap: Gap) -> bytes:
    """A gap as a block of its own."""
    return _framed(_GAP, gap.lost, gap.from_ns, gap.to_ns, gap.reason.encode())


def header_at(data: bytes, at: int) -> Header | None:
    """The header of the whole block that begins here; None where none does."""
    if len(data) - at < HEADER_BYTES or not data.startswith(_MAGIC, at):
        return None
    _, length, check = _FRAME.unpack_from(data, at)
    end = at + HEADER_BYTES + length
    if length > _LONGEST or end > len(data) or zlib.crc32(memoryview(data)[at + _FRAME.size : end]) != check:
        return None
    kind, count, first, last = _FACTS.unpack_from(data, at + _FRAME.size)
    return Header(kind == _GAP, count, first, last, end)


def content(data: bytes, at: int, header: Header) -> list[Heard | Gap]:
    """What a whole block tells."""
    payload = data[at + HEADER_BYTES : header.end]
    if header.is_gap:
        return [Gap(header.first_ns, header.last_ns, header.number, payload.decode("utf-8", "replace"))]
    return [Heard(fields["ts"], what, fields) for what, fields in _DECODE(zlib.decompress(payload))]


def next_block(data: bytes, at: int) -> int:
    """Where the next whole block begins, or the end of the data."""
    while (at := data.find(_MAGIC, at)) >= 0:
        if header_at(data, at) is not None:
            return at
        at += 1
    return len(data)


def _framed(kind: int, count: int, first_ns: int, last_ns: int, payload: bytes) -> bytes:
    covered = _FACTS.pack(kind, count, first_ns, last_ns) + payload
    return _FRAME.pack(_MAGIC, len(payload), zlib.crc32(covered)) + covered
