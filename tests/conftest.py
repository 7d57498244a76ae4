"""How often a property is tried: a hundred times every day, ten thousand times in `make soak`."""

import os
import signal

from hypothesis import HealthCheck, Phase, settings

# Every day the same examples, so that a red run is red again; deadlines would only measure how busy the machine is, and
# so would the complaint that examples are made too slowly.
_UNHURRIED = [HealthCheck.too_slow]
settings.register_profile("ci", max_examples=100, deadline=None, derandomize=True, suppress_health_check=_UNHURRIED)
# Fresh examples each time: the soak is there to find what the daily hundred cannot.
settings.register_profile("soak", max_examples=10_000, deadline=None, print_blob=True, suppress_health_check=_UNHURRIED)
# The same hundred where the code is broken on purpose: that is to be noticed, and nobody asks for the smallest example.
settings.register_profile("mutation", settings.get_profile("ci"), phases=(Phase.explicit, Phase.generate))
# Whoever starts the tests in the background may have had these ignored, and what the tests start would inherit that.
signal.signal(signal.SIGINT, signal.default_int_handler)
signal.signal(signal.SIGHUP, signal.SIG_DFL)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "ci"))
