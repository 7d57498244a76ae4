"""What the screen does when the engine's doors misbehave, and that nothing in it grows without bound."""

import logging

import pytest

from engine.errors import CommandRefused
from engine.facade import Ask, Verb
from engine.snapshot import Snapshot
from hean_tui.screen.asks import Asks
from hean_tui.screen.glyphs import BLOCK
from hean_tui.screen.lookout import Lookout
from tests.screen.still_garden import Open, Settled, StillFacade


class BrokenFacade(StillFacade):
    """Both doors raise."""

    def __init__(self, error: Exception) -> None:
        """Raise this."""
        super().__init__()
        self.error = error

    def latest(self) -> Snapshot:
        """Never a picture."""
        raise self.error

    def submit(self, ask: Ask) -> Settled | Open:
        """Never a receipt."""
        raise self.error


def test_a_door_that_refuses_or_breaks_is_an_outcome_not_an_exception() -> None:
    """Both are told in a line, the refusal in its own words."""
    for error, words in (
        (CommandRefused("the engine is stopping"), "pause: the engine is stopping"),
        (RuntimeError("loop is closed"), "pause: the engine was not reached: loop is closed"),
    ):
        asks = Asks(BrokenFacade(error))
        errand = asks.submit(Ask(verb=Verb.PAUSE), 0.0)
        (outcome,) = asks.sweep(0.0)
        assert (outcome.word, outcome.text) == ("refused", words)
        assert errand.is_over
        assert asks.sweep(0.0) == []


def test_the_errands_that_wait_are_bounded() -> None:
    """A thousand unanswered commands keep no more than the newest in mind."""
    asks = Asks(StillFacade(answering=False))
    for _ in range(1000):
        asks.submit(Ask(verb=Verb.PAUSE), 0.0)
    assert len(asks.sweep(11.0)) <= 64


def test_a_picture_that_cannot_be_read_shows_as_silence(caplog: pytest.LogCaptureFixture) -> None:
    """The last one stays, its age grows, and the log hears of it once."""
    facade = StillFacade()
    lookout = Lookout(facade, BLOCK, quiet=False)
    lookout.look(lookout.pull(), 0.0)
    broken = BrokenFacade(RuntimeError("gone"))
    lookout._facade = broken
    with caplog.at_level(logging.ERROR):
        for now_s in (10.0, 20.0):
            scene = lookout.look(lookout.pull(), now_s)
    assert scene.view is facade.view
    assert scene.silent_s == 20.0
    assert lookout.fault_count == 2
    assert len(caplog.records) == 1


def test_a_stopped_engine_is_not_called_silent() -> None:
    """It has nothing to say."""
    facade = StillFacade()
    facade.in_state("stopped")
    lookout = Lookout(facade, BLOCK, quiet=False)
    lookout.look(lookout.pull(), 0.0)
    assert lookout.look(lookout.pull(), 60.0).silent_s == 0.0


def test_notes_are_bounded_and_keep_their_order() -> None:
    """The newest fifty, numbered upwards."""
    lookout = Lookout(StillFacade(), BLOCK, quiet=False)
    for at in range(200):
        lookout.note("answered", str(at))
    notes = lookout.look(lookout.pull(), 0.0).notes
    assert [note.text for note in notes] == [str(at) for at in range(150, 200)]
    assert sorted(note.number for note in notes) == [note.number for note in notes]


def test_a_whisper_passes() -> None:
    """After six seconds the hints are back."""
    lookout = Lookout(StillFacade(), BLOCK, quiet=False)
    lookout.whisper("psst", 0.0)
    assert lookout.look(lookout.pull(), 5.9).whisper == "psst"
    assert lookout.look(lookout.pull(), 6.1).whisper == ""
