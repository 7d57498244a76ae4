"""Going on where earlier runs ended: their rows folded into the new kernel, and the paper venue as it was."""

import logging
from collections.abc import Callable, Iterable, Iterator
from typing import NamedTuple

import msgspec

from engine import events
from engine.clock import SECOND_NS
from engine.errors import EngineError
from engine.exchange.catching_up import CatchUp, PaymentKey
from engine.faultpoints import reach
from engine.host import system
from engine.instruments import HOUR_NS
from engine.kernel import Kernel
from engine.record.folding import Differs, Fold, FoldedRow
from engine.record.recorder import Recorder
from engine.record.saving import load, save
from engine.simulation.facts import Fact, Happening, VenueKept, happening_of
from engine.simulation.history import History
from engine.simulation.venue import SimulatedVenue
from hean_tui.books import Books
from hean_tui.errors import WrongConfiguration
from hean_tui.run_facts import RunFacts

ROWS_BETWEEN = 100_000  # of two snapshots in a run
ROWS_AT_A_START = 20_000  # that were read one by one
_decode_payments = msgspec.json.Decoder(list[tuple[PaymentKey, int]]).decode
_log = logging.getLogger(__name__)
_HISTORY_NS = 86_400 * SECOND_NS  # what the venue is still asked about


class Past(NamedTuple):
    """What earlier runs left."""

    fold: Fold
    happenings: list[Happening]
    opened_ns: int  # when the first of all runs began

    @property
    def since_ns(self) -> int:
        """From where on the venue is asked what happened: an hour before the last fact about money."""
        return self.fold.money_ns or self.fold.last_ns

    def finish(self) -> list[events.Event]:
        """Let the kernel act again; what followed from the last rows and was cut off comes back."""
        return self.fold.finish()


def take_up(kernel: Kernel, books: Books, catch_up: CatchUp) -> Past | None:
    """Bring the kernel to where earlier runs ended; None where there are none."""
    if not books.runs:
        return None
    reach("recovery.step_4")
    pieces: list[list[Happening]] = [[]]
    after = _load(kernel, books, catch_up, pieces)
    fold = Fold(kernel)
    try:
        with system.without_collections():
            fold.take(_ours(books.earlier(after), pieces))
    except (msgspec.MsgspecError, KeyError, Differs) as error:
        raise WrongConfiguration(f"The journal holds a row that this version does not understand ({error}).") from None
    if fold.differences:
        raise WrongConfiguration(
            f"The journal does not lead to the state that it tells of ({fold.differences[0]}); "
            "hean-tui replay --verify says where, and hean-tui db restore takes a backup in."
        )
    return Past(fold, [happening for piece in pieces for happening in piece], books.runs[0].start_ns)


def _ours(rows: Iterable[FoldedRow], pieces: list[list[Happening]]) -> Iterator[FoldedRow]:
    """The rows of the engine; those of the venue are put aside for it."""
    for row in rows:
        if row.kind == "venue":
            _keep(happening_of(row.body), pieces)
        else:
            yield row


def _load(kernel: Kernel, books: Books, catch_up: CatchUp, pieces: list[list[Happening]]) -> int:
    """Begin at the newest snapshot, if there is one that leads where it says; the row it goes up to."""
    if books.saved is None:
        return 0
    fresh = save(kernel)
    try:
        load(kernel, bytes(books.saved.kernel))
        happening = happening_of(bytes(books.saved.venue))
        payments = _decode_payments(bytes(books.saved.payments))
        if kernel.state_hash() != books.saved_hash:
            raise Differs("it does not lead to the state that its row tells of")
    except (EngineError, msgspec.MsgspecError, KeyError) as error:
        _log.warning("the snapshot of row %s is not used (%s); every row is read", books.saved_seq, error)
        load(kernel, fresh)
        return 0
    catch_up.load(payments)
    _keep(happening, pieces)
    return books.saved_seq


def _keep(happening: Happening, pieces: list[list[Happening]]) -> None:
    """Pieces of the venue's memory, each begun by the whole venue; what is a day older than needed is let go."""
    if isinstance(happening.facts[0], VenueKept):
        pieces.append([])
    pieces[-1].append(happening)
    while len(pieces) > 1 and pieces[1] and pieces[1][0].ts < happening.ts - _HISTORY_NS:
        del pieces[0]


def remember(recorder: Recorder) -> Callable[[Happening], None]:
    """Write down what a real exchange would remember itself; a rate that was announced comes again with each start."""

    def listen(happening: Happening) -> None:
        if not all(isinstance(fact, events.FundingRate) for fact in happening.facts):
            recorder.note("venue", happening.body())

    return listen


class Snapshots:
    """Keeps the state in a file from time to time, so that a start reads few rows."""

    def __init__(
        self,
        kernel: Kernel,
        venue: SimulatedVenue,
        history: History,
        catch_up: CatchUp,
        books: Books,
        facts: RunFacts,
    ) -> None:
        self._catch_up = catch_up
        self._kernel = kernel
        self._venue = venue
        self._history = history
        self._books = books
        self._runs = [*books.runs, facts]
        self._last_seq = books.saved_seq
        self._look(ROWS_AT_A_START)
        kernel.timeline.every(HOUR_NS, lambda: self._look(ROWS_BETWEEN))

    def _look(self, rows: int) -> None:
        """Every hour of engine time, between two events."""
        seq = self._books.journal.next_seq - 1
        if seq - self._last_seq < rows:
            return
        self._last_seq = seq
        kernel, venue = self._kernel, self._venue.kept()
        venue = Happening(venue.ts, (*self._unheard(), *venue.facts))
        state = msgspec.json.encode(
            {
                "runs": self._runs,
                "kernel": msgspec.Raw(save(kernel)),
                "payments": self._catch_up.save(),
                "venue": venue.body(),
            }
        )
        state_hash, now_ns = kernel.state_hash(), kernel.timeline.now_ns
        system.spawn("snapshot", lambda: self._books.save(seq, state, state_hash, now_ns))

    def _unheard(self) -> Iterator[Fact]:
        """What has happened at the venue and is not in our books yet: a later start still has to ask for it."""
        kernel, history = self._kernel, self._history
        now_ns = kernel.timeline.now_ns
        since_ns = now_ns - _HISTORY_NS
        known = kernel.orders.executions, kernel.orders.older_executions
        for execution in history.executions(since_ns, now_ns):
            if not any(execution.execution_id in heard for heard in known):
                yield execution
        yield from history.payments(since_ns, now_ns)  # they have no names, so that all of them are counted again
        ended = [history.order(order_id, now_ns) for order_id in kernel.account.open_orders]
        yield from sorted((order for order in ended if order is not None), key=lambda order: order.ts)


def held_symbols(books: Books) -> Iterator[str]:
    """Every symbol that earlier runs traded."""
    for run in books.runs:
        for instrument in run.instruments:
            yield instrument.symbol
