"""A run in full: every row, every command on the wire and every word of the exchange, in the order of time."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec

from hean_tui.sim.faults import S
from hean_tui.sim.world import START_NS, World

_ENCODE = msgspec.json.Encoder(decimal_format="string").encode


def write_trace(world: World, file: Path) -> int:
    """One JSON object a line; returns how many."""
    lines = sorted(_moments(world), key=lambda moment: moment[0])  # what is at one instant keeps its order
    with file.open("wb") as stream:
        for at_ns, told in lines:
            stream.write(_ENCODE({"t": (at_ns - START_NS) / S, **told}) + b"\n")
    return len(lines)


def _moments(world: World) -> Iterator[tuple[int, dict[str, Any]]]:
    for fault in world.plan.faults:
        yield START_NS + fault.from_ns, {"what": "fault", "name": fault.name, "sentence": fault.sentence()}
    for left in world.wire.left:
        yield left.at_ns, {"what": "left", "incarnation": left.incarnation, **_of(left.command)}
    for arrived in world.wire.arrived:
        yield arrived.at_ns, {"what": "arrived", "refused": arrived.refused, **_of(arrived.command)}
    for told in world.wire.told:
        yield told.at_ns, {"what": "told", **_of(told.event)}
    for row in world.disk.rows:
        body = msgspec.json.decode(row.body)
        yield row.durable_ns, {"what": "durable", "seq": row.seq, "kind": row.kind, "body": body}


def _of(fact: msgspec.Struct) -> dict[str, Any]:
    return {"is": type(fact).__name__, "fact": fact}
