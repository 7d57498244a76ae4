"""The market as it was heard, beside the journal: for replaying strategies, never for what settles."""

from infrastructure.tape.blocks import Gap, Heard
from infrastructure.tape.reading import events_of, read_tape
from infrastructure.tape.recording import MarketTape

__all__ = ["Gap", "Heard", "MarketTape", "events_of", "read_tape"]
