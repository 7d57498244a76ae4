"""What stops a run: a broken invariant, and the process that was killed."""


class Violation(BaseException):
    """An invariant does not hold. No `except Exception` of the engine under test may swallow the finding."""

    def __init__(self, invariant: str, sentence: str) -> None:
        super().__init__(f"{invariant}: {sentence}")
        self.invariant = invariant
        self.sentence = sentence


class ProcessKilled(BaseException):
    """Kill -9 in the middle of a call. No `except Exception` of the engine may stop it, as nothing stops the signal."""

    def __init__(self, point: str) -> None:
        super().__init__(point)
        self.point = point
