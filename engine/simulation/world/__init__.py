"""The built-in market: a seeded, believable world of eight symbols, so that nothing needs a key to be tried."""

from engine.simulation.world.going_on import Continuation, Moved
from engine.simulation.world.listing import LISTING
from engine.simulation.world.scenarios import SCENARIOS, Act, Scenario, scenario_named
from engine.simulation.world.world import World

__all__ = ["LISTING", "SCENARIOS", "Act", "Continuation", "Moved", "Scenario", "World", "scenario_named"]
