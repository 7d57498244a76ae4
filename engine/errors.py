"""The engine's errors, one root and one branch for each layer.

EngineError
├── InvalidOrder          an order that contradicts itself before any exchange saw it
├── InvalidSignal         a wish of a strategy that contradicts itself, or comes again and again
├── IllegalTransition     an order asked to go where its state machine has no way
├── BadSchedule           a timer set in the past
├── NotWritten            a row that is not on the disk, and never will be
├── CommandRefused        a command of an operator that cannot be done now, with the reason
│   └── EntriesAreClosed  because of a halt, a lock, the closed gate or the kill switch, not because of the command
└── UnknownSymbol         a symbol that no instrument of this run has
"""


class EngineError(Exception):
    """The root of everything the engine raises on purpose."""


class InvalidOrder(EngineError):
    """An order that contradicts itself."""


class InvalidSignal(EngineError):
    """A wish that contradicts itself, or comes again and again."""


class IllegalTransition(EngineError):
    """A transition that the order's state machine does not have."""


class BadSchedule(EngineError):
    """A timer that was set before the present."""


class NotWritten(EngineError):
    """A row of the journal that is lost; nothing may rely on it."""


class CommandRefused(EngineError):
    """A command that cannot be done now."""


class EntriesAreClosed(CommandRefused):
    """A command that a halt, a lock, the closed gate or the kill switch stands against."""


class UnknownSymbol(EngineError):
    """A symbol that no instrument of this run has."""
