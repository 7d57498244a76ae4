"""Reading the tape back: what was heard, in its order, and where something is missing."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TypeVar

import msgspec

from infrastructure.tape.blocks import Gap, Header, Heard, content, header_at, next_block
from infrastructure.tape.hours import HOUR_NS, file_of, hours_of

EventT = TypeVar("EventT", bound=msgspec.Struct)
_ALWAYS = 2**63 - 1


def read_tape(folder: Path, from_ns: int = -_ALWAYS, to_ns: int = _ALWAYS) -> Iterator[Heard | Gap]:
    """Everything heard in a span of engine time, both ends included, and the gaps that touch it."""
    hours = hours_of(folder)
    if from_ns > 0:
        first = file_of(folder, from_ns).name
        hours = [file for file in hours if file.name >= first]
    if to_ns < _ALWAYS - HOUR_NS:
        last = file_of(folder, to_ns).name
        hours = [file for file in hours if file.name <= last]
    for file in hours:
        for found in _hour(file, from_ns, to_ns):
            if isinstance(found, Gap):
                if found.to_ns >= from_ns and found.from_ns <= to_ns:
                    yield found
            elif from_ns <= found.ts <= to_ns:
                yield found


def events_of(heard: Iterator[Heard | Gap], kinds: Mapping[str, type[EventT]]) -> Iterator[EventT | Gap]:
    """The same as events of these kinds; what has another name is passed over."""
    for found in heard:
        if isinstance(found, Gap):
            yield found
        elif (kind := kinds.get(found.what)) is not None:
            yield msgspec.convert(found.fields, kind)


def whole_until(data: bytes) -> tuple[int, Header | None]:
    """Where the last block that is whole, as all before it are, ends; and what it says of itself."""
    at, last = 0, None
    while (header := header_at(data, at)) is not None:
        at, last = header.end, header
    return at, last


def _hour(file: Path, from_ns: int, to_ns: int) -> Iterator[Heard | Gap]:
    try:
        data = file.read_bytes()
    except OSError:  # the oldest hour may have been removed meanwhile
        return
    at, before_ns = 0, 0
    while at < len(data):
        header = header_at(data, at)
        if header is None:
            at = next_block(data, at + 1)
            after = header_at(data, at)
            # At the end it is what a power loss left of a block: the next start marks that gap, or nothing followed.
            if after is not None:
                yield Gap(before_ns or after.first_ns, after.first_ns, 0, "a block is damaged")
            continue
        if header.last_ns >= from_ns and header.first_ns <= to_ns:
            yield from content(data, at, header)
        at, before_ns = header.end, header.last_ns
