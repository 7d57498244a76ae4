"""What the engine is doing, and what of it holds beyond a run."""

from enum import StrEnum

import msgspec


class State(StrEnum):
    """What the engine is doing, as people and programs read it."""

    STOPPED = "stopped"
    STARTING = "starting"
    RUNNING = "running"
    PAUSED = "paused"
    REDUCE_ONLY = "reduce_only"
    HALTED = "halted"
    KILLED = "killed"
    STOPPING = "stopping"


class Standing(msgspec.Struct, frozen=True):
    """Everything that a person or a fault has closed, and what was told of it last."""

    killed: bool
    started: bool
    paused: str | None
    gate_closed: str | None
    degraded: str | None
    told_state: State
    resting: str | None = None
    recovering: bool = False
    has_run: bool = False
