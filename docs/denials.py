"""The tables of the page `denials.md`: every refusal of the gate, provoked on a small stage, word for word."""
# ruff: noqa: INP001 - docs holds pages, and this script beside them; it is no package.

from pathlib import Path

from risk.denials import CODES, UNLOCKING
from tests.denial_cases import CASES

PAGE = Path(__file__).with_name("denials.md")
BEGIN, END = "<!-- denials -->\n", "<!-- end of denials -->\n"
# Said to nobody: the desk adds the missing word and sends the order.
SILENT = {"NotReduceOnly": "(the order leaves as reduce-only, and nothing is said)"}


def examples() -> dict[str, str]:
    """Of each code, what was said on a stage where exactly that was wrong."""
    said = dict(SILENT)
    for case in CASES:
        stage = case.stage()
        (case.shown or case.beyond)(stage)
        (denied,) = stage.denied
        said[denied.code] = denied.sentence
    return said


def tables() -> str:
    """The refusals of orders in the order in which an order meets them, then those of `unlock`."""
    said = examples()
    rows = ["| code | means | for example |", "|---|---|---|"]
    rows += [f"| **{code}** | {meaning} | {said[code]} |" for code, meaning in CODES.items()]
    rows += [
        "",
        "To whoever wants to lift a halt with `unlock`, three more are said:",
        "",
        "| code | means |",
        "|---|---|",
    ]
    rows += [f"| **{code}** | {meaning} |" for code, meaning in UNLOCKING.items()]
    return "\n".join(rows) + "\n"


def page() -> str:
    """The page as it should be."""
    before, _, rest = PAGE.read_text(encoding="utf-8").partition(BEGIN)
    _, _, after = rest.partition(END)
    return before + BEGIN + tables() + END + after


def main() -> None:
    """Write it."""
    PAGE.write_text(page(), encoding="utf-8")


if __name__ == "__main__":
    main()
