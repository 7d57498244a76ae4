"""`python -m benchmarks.page`: put the figures of the last whole runs into docs/benchmarks.md."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

from benchmarks.table import in_words

HERE: Final = Path(__file__).resolve().parent
PAGE: Final = HERE.parent / "docs" / "benchmarks.md"
PARTS: Final = ("latest", "peers")


def main() -> None:
    """Write what there are figures for; the other parts stay as they are."""
    page = PAGE.read_text(encoding="utf-8")
    for part in PARTS:
        source = HERE / f"{part}.json"
        if source.exists():
            told = json.loads(source.read_text(encoding="utf-8"))
            page = replaced(page, part, "\n".join(_own(told) if part == "latest" else _peers(told)))
    PAGE.write_text(page, encoding="utf-8")


def replaced(page: str, part: str, text: str) -> str:
    """The page with another text between the two marks of a part."""
    begin, end = f"<!-- {part} -->\n", f"<!-- end of {part} -->\n"
    before, _, rest = page.partition(begin)
    _, _, after = rest.partition(end)
    return f"{before}{begin}{text}\n{end}{after}"


def _machine(told: dict[str, Any]) -> str:
    return f"CPython {told['python']}, {told['machine']}, {told['cores']} cores, which other programs shared."


def _own(told: dict[str, Any]) -> Iterator[str]:
    yield _machine(told)
    for benchmark in told["benchmarks"]:
        yield f"\n**{benchmark['name']}**: {benchmark['question']}\n"
        yield "| | | limit | |"
        yield "|---|--:|---|---|"
        for figure in benchmark["figures"]:
            limit = ""
            if figure["limit"] is not None:
                limit = f"≤ {in_words(figure['limit'])}{'' if figure['met'] else ', **missed**'}"
            value = f"{in_words(figure['value'])} {figure['unit']}".rstrip()
            yield f"| {figure['name']} | {value} | {limit} | {figure['note']} |"


def _peers(told: dict[str, Any]) -> Iterator[str]:
    yield _machine(told)
    for case in told["cases"]:
        agreement = "all made the same trades" if case["same_trades"] else "**not the same trades**"
        yield f"\n**{case['rows']:,} {case['dataset']}, EMA {case['fast']}/{case['slow']}**: {agreement}\n"
        yield "| | rows/s | hean-tui is |"
        yield "|---|--:|--:|"
        for entry in sorted(case["entries"], key=lambda entry: -float(entry["rows_per_s"])):
            times = entry["hean_tui_times_as_fast"]
            ratio = "" if times is None else f"{times:.2f} × as fast"
            yield f"| {entry['name']} {entry['version']} | {entry['rows_per_s']:,} | {ratio} |"
    yield "\n| goal | measured | |"
    yield "|---|--:|---|"
    for goal in told["goals"]:
        what = f"{goal['dataset']}, EMA {goal['fast']}: at least {goal['at_least']:.2f} × {goal['against']}"
        yield f"| {what} | {goal['measured']:.2f} × | {'met' if goal['met'] else '**missed**'} |"


if __name__ == "__main__":
    main()
