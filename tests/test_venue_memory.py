"""The venue forgets what is over: a long run costs no more memory than a short one, but for the ids it must know."""

import gc

from engine.simulation.orders import Bracket, VenueOrder
from tests.venue_stage import Stage


def test_orders_that_are_over_are_gone_without_the_collector() -> None:
    """Entries with stop and target, one after the other; with the garbage collector off nothing of them stays."""
    stage = Stage(capital=1_000_000)
    stage.tick(100.0)
    gc.collect()
    gc.disable()
    try:
        for number in range(50):
            stage.buy(f"a{number}", 1, stop=95, target=105)
            stage.tick(100.0)
            stage.tick(105.1 if number % 2 else 94.0)
            stage.tick(100.0)
            stage.sell(f"b{number}", 1, "120")
            stage.cancel(f"b{number}")
        left = [found for found in gc.get_objects() if isinstance(found, VenueOrder | Bracket)]
    finally:
        gc.enable()
    assert stage.venue.open_orders() == []
    assert stage.held == 0
    assert left == []
