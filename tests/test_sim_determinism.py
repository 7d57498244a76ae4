"""A seed is a run: the same bytes in any process, and each concern with randomness of its own."""

import os
import subprocess
import sys

import msgspec

from hean_tui.sim.many import play
from hean_tui.sim.plan import draw
from hean_tui.sim.profiles import PROFILES
from hean_tui.sim.running import run
from hean_tui.sim.streams import CONCERNS, Streams

PROGRAM = """
from hean_tui.sim.many import play
from hean_tui.sim.profiles import PROFILES
print([play((PROFILES[name], seed, 0.1)).digest for name in ("crash", "wide", "operator") for seed in (3, 4)])
"""


def digests(hash_seed: int, zone: str) -> str:
    """The digests of six runs in a process of their own."""
    environment = {**os.environ, "PYTHONHASHSEED": str(hash_seed), "TZ": zone}
    command = [sys.executable, "-c", PROGRAM]
    return subprocess.run(command, env=environment, capture_output=True, text=True, check=True).stdout


def test_a_seed_is_the_same_run_in_every_process() -> None:
    """Neither the order of sets nor the time zone of the machine can be seen in a run."""
    first = digests(1, "UTC")
    assert first == digests(2, "Asia/Kathmandu")
    assert len(set(first.strip("[]\n").split(", "))) == 6


def test_a_run_does_not_depend_on_those_before_it() -> None:
    """Nothing is left behind in the process, armed, counted or remembered."""
    alone = play((PROFILES["crash"], 5, 0.1)).digest
    play((PROFILES["operator"], 6, 0.1))
    assert play((PROFILES["crash"], 5, 0.1)).digest == alone


def test_every_concern_has_a_stream_of_its_own() -> None:
    """Another draw of one leaves all the others as they were."""
    for concern in CONCERNS:
        one, other = Streams(7), Streams(7)
        getattr(one, concern).random()
        for rest in CONCERNS:
            same = getattr(one, rest).random() == getattr(other, rest).random()
            assert same is (rest != concern)


def test_leaving_a_fault_out_leaves_the_market_as_it_was() -> None:
    """So a smaller list of faults is the same day with less going wrong."""
    plan = draw(PROFILES["network"], 11, 0.1)
    assert plan.faults
    whole, without = run(plan), run(msgspec.structs.replace(plan, faults=()))
    assert whole.ticks == without.ticks
    assert whole.digest != without.digest
