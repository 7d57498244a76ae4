"""The table of the page `kill-triggers.md`: the rules that kill, as they are in the code."""
# ruff: noqa: INP001 - docs holds pages, and this script beside them; it is no package.

from pathlib import Path
from string import Formatter

from engine.safety.kill_limits import TRIGGERS
from hean_tui.settings.kill import KillSettings

PAGE = Path(__file__).with_name("kill-triggers.md")
BEGIN, END = "<!-- triggers -->\n", "<!-- end of triggers -->\n"


def settings_of(when: str) -> list[str]:
    """The settings that a rule goes by, in the order in which it names them."""
    return [name for _, name, _, _ in Formatter().parse(when) if name]


def trigger_table() -> str:
    """Each rule: when it fires, with the numbers that hold unless they are set, its settings, evidence and drill."""
    defaults = {name: f"{value:,}" for name, value in KillSettings().model_dump().items()}
    rows = ["| rule | kills when | settings | evidence | drill |", "|---|---|---|---|---|"]
    for trigger in TRIGGERS:
        when = trigger.when.format(**defaults)
        names = ", ".join(f"`kill.{name}`" for name in settings_of(trigger.when))
        evidence = ", ".join(f"`{name}`" for name in trigger.evidence)
        drill = f"[{trigger.drill}.txt](drills/{trigger.drill}.txt)"
        rows.append(f"| **{trigger.rule}** | {when} | {names} | {evidence} | {drill} |")
    return "\n".join(rows) + "\n"


def page() -> str:
    """The page as it should be."""
    before, _, rest = PAGE.read_text(encoding="utf-8").partition(BEGIN)
    _, _, after = rest.partition(END)
    return before + BEGIN + trigger_table() + END + after


def main() -> None:
    """Write it."""
    PAGE.write_text(page(), encoding="utf-8")
