"""Writes the parts of the documents that come from the code: `make docs`.

The pictures of the garden, the tables of an order's life and of the rules that kill, and what the program says. Tests
hold all of it to the code.
"""
# ruff: noqa: INP001 - docs holds pages, and this script beside them; it is no package.

from pathlib import Path

from docs import capital_tables, denials, drawdowns, pictures, stories, triggers
from engine.orders import TERMINAL, TRANSITIONS, Status

ORDER_LIFE = Path(__file__).with_name("order-life.md")
BEGIN, END = "<!-- transitions -->\n", "<!-- end of transitions -->\n"


def transition_table() -> str:
    """The state machine as a table: for each status where each step leads, and what changes nothing."""
    rows = ["| status | leads to | changes nothing |", "|---|---|---|"]
    for status in Status:
        steps = TRANSITIONS[status]
        leads = [f"{step.value} → `{after.value}`" for step, after in steps.items() if after is not status]
        stays = [step.value for step, after in steps.items() if after is status]
        name = f"**`{status.value}`**" if status in TERMINAL else f"`{status.value}`"
        rows.append(f"| {name} | {', '.join(leads) or '—'} | {', '.join(stays) or '—'} |")
    return "\n".join(rows) + "\n"


def main() -> None:
    """Write them all."""
    before, _, rest = ORDER_LIFE.read_text(encoding="utf-8").partition(BEGIN)
    _, _, after = rest.partition(END)
    ORDER_LIFE.write_text(before + BEGIN + transition_table() + END + after, encoding="utf-8")
    pictures.main()
    stories.main()
    triggers.main()
    capital_tables.main()
    denials.main()
    drawdowns.main()


if __name__ == "__main__":
    main()
