"""All facts in one list, as lines for people and as JSON for programs."""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path

from hean_tui.data_folder import folder_within
from hean_tui.doctor.environment import environment_facts
from hean_tui.doctor.fact import Fact, Level
from hean_tui.doctor.feasibility import capital_facts
from hean_tui.doctor.journal_facts import journal_facts
from hean_tui.doctor.machine import machine_facts
from hean_tui.doctor.settings_facts import settings_facts
from hean_tui.doctor.storage import storage_facts
from hean_tui.doctor.terminal import terminal_facts
from hean_tui.feasibility_table import as_json_object, table_lines
from risk.feasibility import Feasibility


def all_facts(
    root: Path, named_files: Sequence[str], environ: Mapping[str, str], feasible: Feasibility | None
) -> list[Fact]:
    """Everything a start needs, in the order in which a start meets it."""
    return [
        *machine_facts(),
        *terminal_facts(environ),
        *storage_facts(root),
        *journal_facts(folder_within(root)),
        *settings_facts(named_files, environ),
        *environment_facts(environ),
        *capital_facts(feasible),
    ]


def as_lines(facts: Sequence[Fact], feasible: Feasibility | None) -> list[str]:
    """One line a fact, what the account can trade, and a last line that sums up."""
    width = max(len(fact.name) for fact in facts)
    lines = [f"{fact.level:<4}  {fact.name:<{width}}  {fact.text}" for fact in facts]
    table = [] if feasible is None else ["", *table_lines(feasible)]
    return [*lines, *table, "", _summary(facts)]


def as_json(facts: Sequence[Fact], feasible: Feasibility | None) -> str:
    """What `doctor --json` prints."""
    return json.dumps(
        {
            "ok": _count(facts, Level.BAD) == 0,
            "facts": [{"name": fact.name, "level": fact.level.value, "text": fact.text} for fact in facts],
            "feasibility": None if feasible is None else as_json_object(feasible),
        },
        indent=2,
    )


def _summary(facts: Sequence[Fact]) -> str:
    bad, warn = _count(facts, Level.BAD), _count(facts, Level.WARN)
    if bad:
        return f"{bad} in the way, {warn} worth a look."
    return f"Ready to start; {warn} worth a look." if warn else "Ready to start."


def _count(facts: Sequence[Fact], level: Level) -> int:
    return sum(fact.level is level for fact in facts)
