"""Lets other programs of this user reach a run: the control socket beside its journal, where they can find it."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager

from engine.facade import EngineFacade
from hean_tui.requests import RunRequest
from hean_tui.telling import tell
from hean_tui.wording import quoted

_log = logging.getLogger(__name__)


@contextmanager
def open_to_others(request: RunRequest, facade: EngineFacade) -> Iterator[None]:
    """Serve while this lasts; a folder that was made for one run alone is found by nobody and gets no socket."""
    if request.data_folder.is_fresh:
        yield
        return
    from infrastructure.control.server import serving

    folder = request.data_folder.path
    with serving(facade, folder) as server:
        if server.problem is not None:
            _log.warning("the control socket in %s cannot be opened: %s", folder, server.problem)
            if request.headless:
                tell(f"The control socket in {quoted(folder)} cannot be opened ({server.problem}); the run goes on.")
        yield
