"""The page kill-triggers.md and the settings say what the rules do: each rule, each number, each drill."""

from docs.triggers import PAGE, page, settings_of
from engine.clock import SECOND_NS
from engine.safety.kill_limits import TRIGGERS, KillLimits
from hean_tui.paper_faults import FAULTS
from hean_tui.settings.kill import KillSettings
from hean_tui.settings.model import known_keys


def test_the_page_shows_the_table_of_the_code() -> None:
    """Whoever changes a rule changes the page, with `make docs`."""
    assert PAGE.read_text(encoding="utf-8") == page()


def test_every_setting_belongs_to_a_rule_and_every_rule_has_its_drill() -> None:
    """No number that nothing goes by, and no rule that nobody can try."""
    named = [name for trigger in TRIGGERS for name in settings_of(trigger.when)]
    assert sorted(named) == sorted(KillSettings.model_fields)
    assert {f"kill.{name}" for name in named} <= set(known_keys())
    drills = {path.stem for path in (PAGE.parent / "drills").glob("*.txt")}
    assert {trigger.drill for trigger in TRIGGERS} <= drills


def test_the_faults_on_the_page_can_be_ordered() -> None:
    """Each that the page tells of is one that a script knows."""
    told = [
        line.split("`")[1].split()[1] for line in PAGE.read_text(encoding="utf-8").splitlines() if "| `fault" in line
    ]
    assert len(told) == 5
    assert set(told) <= set(FAULTS)


def test_settings_that_nobody_changed_are_the_defaults_of_the_rules() -> None:
    """The file and the engine know the same numbers."""
    assert KillSettings().limits() == KillLimits()


def test_what_is_set_reaches_the_rules_in_their_units() -> None:
    """Seconds and milliseconds are nanoseconds there."""
    limits = KillSettings(stale_s=30, slow_order_ms=700, recount_every_s=1, mismatches=5).limits()
    assert (limits.stale_ns, limits.slow_order_ns) == (30 * SECOND_NS, 700_000_000)
    assert (limits.recount_ns, limits.mismatches) == (SECOND_NS, 5)
