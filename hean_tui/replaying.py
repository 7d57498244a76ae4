"""A fresh kernel for the rows of a journal: the same parts as in the run, without market, venue and strategies."""

from collections.abc import Iterable, Sequence
from itertools import chain
from typing import NamedTuple

from analytics.features import RunningFeatures
from engine.clock import Timeline
from engine.commands import Command
from engine.host import system
from engine.kernel import Kernel, KernelSettings
from engine.record.folding import Differs, Fold, FoldedRow
from hean_tui.run_facts import RunFacts, all_instruments, facts_of
from infrastructure.journal import Places, verify
from risk.gate import Gate
from risk.limits import Limits


class Replayed(NamedTuple):
    """What came out of it."""

    kernel: Kernel
    fold: Fold
    runs: int
    first: RunFacts


def replay(rows: Iterable[FoldedRow], runs: Iterable[RunFacts]) -> Replayed:
    """Fold all rows; `runs` are those that the journal tells of, which have to be known before the first row."""
    known = list(runs)
    kernel = fresh_kernel(known)
    fold = Fold(kernel)
    fold.take(rows)
    return Replayed(kernel, fold, len(known), known[0])


def replay_verified(places: Places, runs: Sequence[RunFacts], *, has_heads: bool = True) -> Replayed:
    """The same, with the chain of hashes verified in the same reading; on all processors where there are several."""
    kernel = fresh_kernel(runs)
    fold = Fold(kernel)
    with system.without_collections():
        verify(places, fold.take, has_heads=has_heads)
    return Replayed(kernel, fold, len(runs), runs[0])


def fresh_kernel(runs: Sequence[RunFacts]) -> Kernel:
    """A kernel that these runs could have begun with; it acts on nothing."""
    if not runs:
        raise Differs("the journal holds no run yet")
    first = runs[0]
    return Kernel(
        KernelSettings(capital=first.capital, start_ns=first.start_ns, leverage=first.leverage, epoch=first.epoch),
        Timeline(first.start_ns),
        all_instruments(runs),
        Gate(Limits()),
        RunningFeatures(),
        _sends_nothing,
    )


def replay_from(rows: Iterable[FoldedRow]) -> Replayed:
    """The same for rows that are all at hand."""
    at_hand = list(rows)
    return replay(chain(at_hand), [facts_of(row.body) for row in at_hand if row.kind == "run_start"])


def _sends_nothing(command: Command) -> None:
    raise Differs(f"a replay never sends, and {command.order_id} was to be sent")
