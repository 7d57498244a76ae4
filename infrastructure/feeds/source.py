"""What a feed needs of a history: its batches, and how long its bars last."""

from collections.abc import Callable, Iterator
from typing import Protocol, TypeVar

from infrastructure.history import Columns, History

C = TypeVar("C", bound=Columns)
C_co = TypeVar("C_co", bound=Columns, covariant=True)


class Source(Protocol[C_co]):
    """A history, or something that looks over its shoulder."""

    @property
    def interval_ns(self) -> int:
        """How long a bar lasts; 0 for anything but bars."""
        ...

    def batches(self) -> Iterator[C_co]:
        """Its rows in order."""
        ...


def watched(history: History[C], note: Callable[[int, int], None]) -> Source[C]:
    """The same history; `note` is told the first moment and the number of rows of each batch that is taken from it."""
    return _Watched(history, note)


class _Watched(Source[C]):
    def __init__(self, history: History[C], note: Callable[[int, int], None]) -> None:
        self._history = history
        self._note = note

    @property
    def interval_ns(self) -> int:
        return self._history.interval_ns

    def batches(self) -> Iterator[C]:
        for batch in self._history.batches():
            self._note(int(batch.ts_ns[0]), len(batch))
            yield batch
