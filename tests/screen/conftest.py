"""What the tests of the screen share: a still engine, and a clock that is moved by hand."""

import pytest

from hean_tui.screen.app import GardenApp
from tests.screen.still_garden import StillClock, StillFacade


@pytest.fixture
def facade() -> StillFacade:
    """An engine that holds still and writes down what it is asked."""
    return StillFacade()


@pytest.fixture
def clock() -> StillClock:
    """The screen's clock."""
    return StillClock()


@pytest.fixture
def app(facade: StillFacade, clock: StillClock) -> GardenApp:
    """A garden in front of the still engine."""
    return GardenApp(facade, now=clock)
