"""The chain of hashes: each row's hash covers the row before it, so that nothing can change, go or come unseen."""

import struct
from collections.abc import Iterable
from hashlib import sha256

GENESIS = bytes(32)
StoredRow = tuple[int, bytes, int, int | None, bytes, bytes, bytes]  # seq, run, times, kind, body, hash
# Lengths make it unambiguous where one column ends; a moment that is missing is not the moment zero.
_HEADER = struct.Struct(">qqqBHH").pack


def row_hash(
    previous: bytes, seq: int, run: bytes, time_ns: int, exchange_ns: int | None, kind: bytes, body: bytes
) -> bytes:
    """SHA-256 over the previous row's hash and all other columns of this row."""
    if exchange_ns is None:
        header = _HEADER(seq, time_ns, 0, 0, len(run), len(kind))
    else:
        header = _HEADER(seq, time_ns, exchange_ns, 1, len(run), len(kind))
    return sha256(previous + header + run + kind + body).digest()


def follows(previous: bytes, seq: int, rows: Iterable[StoredRow]) -> bool:
    """Whether each of the rows is the next one and carries the hash that it must; `seq` is the row before them.

    The same as `row_hash` row by row, without a call for each: a million rows take a second less.
    """
    for number, run, time_ns, exchange_ns, kind, body, found in rows:
        seq += 1
        if exchange_ns is None:
            header = _HEADER(seq, time_ns, 0, 0, len(run), len(kind))
        else:
            header = _HEADER(seq, time_ns, exchange_ns, 1, len(run), len(kind))
        previous = sha256(previous + header + run + kind + body).digest()
        if previous != found or number != seq:
            return False
    return True
