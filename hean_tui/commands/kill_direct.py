"""A kill without the engine: end its process where it holds the folder, then flatten from what it had written down.

On paper alone, where the venue's state lies in the same journal: positions are closed at the last journaled marks.
"""

from pathlib import Path
from typing import Any

from engine.facade import Ask, Verb
from engine.unwinding.flattening import ROUND_NS, WITHIN_NS, remainder
from hean_tui.errors import UserError
from hean_tui.journal_faults import told
from hean_tui.running_engine import NoEngine
from hean_tui.telling import tell
from hean_tui.wording import quoted
from infrastructure.control.client import NobodyThere, Silence, connected
from infrastructure.control.holder import Holder, end_at_once, holder_of, is_held
from infrastructure.control.kill_flag import raise_flag
from infrastructure.journal.heads import last_told, refuse_emptied
from infrastructure.journal.places import Places

END_WITHIN_S = 3.0
ROUNDS_MAX = 2 * WITHIN_NS // ROUND_NS  # in the venue's time; the procedure itself gives up earlier
ACTOR = "hean-tui kill, without the engine"


class CannotEnd(UserError):
    """The process that holds the folder could not be ended."""


def act_directly(folder: Path, reason: str, *, cancel_only: bool) -> dict[str, Any]:
    """End whoever holds the folder, and do with its books what it did not do.

    With `cancel_only` no flag is left: the next engine goes on with its positions, and finds the closed gate in the
    journal.
    """
    ended = _end_the_holder(folder, None if cancel_only else reason)
    if ended is not None:
        tell(f"The engine was silent, and its process {ended.pid} was ended.")
    places = Places.within(folder)
    if not places.journal.exists():
        with told():
            refuse_emptied(last_told(places.heads), places.journal)
        raise NoEngine(f"No engine runs in {quoted(folder)}, and it has no journal; there is nothing to kill.")
    from hean_tui.recovered import open_recovered

    with open_recovered(folder) as session:
        kernel = session.kernel
        if ended is None and not remainder(kernel, kernel.symbols):
            raise NoEngine(f"No engine runs in {quoted(folder)}, and nothing is held or open there; nothing to kill.")
        if not cancel_only:
            raise_flag(folder, reason)
        answer = session.operator.handle(Ask(verb=Verb.KILL, cancel_only=cancel_only, reason=reason, actor=ACTOR))
        for _ in range(ROUNDS_MAX):
            if answer.is_settled:
                break
            session.run_until(kernel.timeline.now_ns + ROUND_NS)
        left = session.operator.left_over if answer.is_settled else remainder(kernel, kernel.symbols)
        state = str(kernel.state)
    said = answer.sentence or str(answer.refusal or "the venue did not answer")
    return {
        "ok": answer.sentence is not None,
        "outcome": "late" if answer.sentence is None else "done",
        "sentence": f"{said[:1].upper()}{said[1:]}.",
        "state": state,
        "by": "the journal",
        "ended_process": None if ended is None else ended.pid,
        "left": left,
    }


def _end_the_holder(folder: Path, flag: str | None) -> Holder | None:
    """End the one process that is proven to hold the folder; None where nobody does. The flag is left with a reason."""
    if not is_held(folder):
        return None
    holder = holder_of(folder, _listener(folder))
    if holder is None or not holder.is_proven:
        who = "a process" if holder is None else f"process {holder.pid}"
        raise CannotEnd(
            f"The folder {quoted(folder)} is held by {who}, and it cannot be proven that it is the engine; "
            "end it by hand, then call hean-tui kill again."
        )
    if flag is not None:
        raise_flag(folder, flag)  # before anything else: whoever starts the engine again must find it
    if not end_at_once(holder, END_WITHIN_S):
        raise CannotEnd(f"Process {holder.pid} did not end within {END_WITHIN_S:g} s.")
    return holder


def _listener(folder: Path) -> int | None:
    try:
        with connected(folder, "") as line:
            return None if line.peer is None else line.peer.pid
    except (NobodyThere, Silence):
        return None
