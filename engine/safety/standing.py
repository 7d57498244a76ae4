"""Carries a level of the ladder out on a kernel."""

from engine.answers import Answer
from engine.kernel import Kernel
from engine.safety.degrade import Level
from engine.unwinding.flattening import Flattening


class Standing:
    """Fills `Carries`. What it closes it opens again, but strategies that rest wait for a person."""

    def __init__(self, kernel: Kernel) -> None:
        self._kernel = kernel
        self._flattens: Answer | None = None

    def __call__(self, level: Level, reason: str) -> None:
        """Close first, then close what is held, then rest."""
        kernel = self._kernel
        kernel.degrade(reason if level > Level.TRADE else None)
        if level is Level.FLAT and (self._flattens is None or self._flattens.is_settled):
            self._flattens = Answer()
            Flattening(kernel, self._flattens, reason, kernel.symbols)
        elif level is Level.SAFE_IDLE:
            kernel.stop(reason)
