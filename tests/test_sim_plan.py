"""What a seed means before anything happens: which faults are on, in which ranges, and when."""

from collections import Counter

import pytest

from hean_tui.sim.faults import KINDS, MARKET, S, Shape
from hean_tui.sim.plan import draw
from hean_tui.sim.profiles import PROFILES, Profile

EVERYTHING = PROFILES["crash"]


def test_every_fault_is_drawn_from_its_range() -> None:
    """Levels lie in their bounds, parts lie in the run, and what lasts lasts as long as it may."""
    for seed in range(200):
        plan = draw(EVERYTHING, seed)
        for fault in plan.faults:
            kind = KINDS[fault.name]
            low, high = EVERYTHING.faults[fault.name]
            assert 0 <= fault.from_ns <= plan.length_ns
            if kind.shape is not Shape.COUNT:
                assert low <= fault.value <= high
            if kind.shape in (Shape.EVERY, Shape.COUNT):
                lasts = (fault.until_ns - fault.from_ns) / S
                assert kind.lasts[0] <= lasts + 1e-9
                assert lasts <= kind.lasts[1]


def test_each_fault_is_off_in_about_every_second_run() -> None:
    """And never are more than half of them on, so that one hides the other less often."""
    on: Counter[str] = Counter()
    optional = [name for name in EVERYTHING.faults if name not in EVERYTHING.always and name not in MARKET]
    for seed in range(300):
        names = {fault.name for fault in draw(EVERYTHING, seed).faults} & set(optional)
        assert len(names) <= len(optional) // 2
        on.update(names)
    # Some are drawn and then happen not once, such as "0 to 2 times".
    for name in optional:
        assert 40 <= on[name] <= 190, (name, on[name])


def test_what_a_profile_always_has_it_always_has() -> None:
    """A crash run without a crash would prove nothing."""
    for seed in range(50):
        kills = [fault for fault in draw(EVERYTHING, seed).faults if fault.name == "kill"]
        assert 10 <= len(kills) <= 80


def test_a_quiet_run_has_no_fault() -> None:
    """Its faults are none."""
    assert draw(PROFILES["quiet"], 1).faults == ()


@pytest.mark.parametrize("profile", PROFILES.values(), ids=lambda profile: profile.name)
def test_profiles_name_faults_that_exist(profile: Profile) -> None:
    """With ranges that make sense."""
    for name, (low, high) in profile.faults.items():
        assert name in KINDS
        assert low <= high
    assert set(profile.always) <= set(profile.faults)
