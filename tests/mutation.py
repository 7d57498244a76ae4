"""Breaks the rules about money on purpose, one place at a time, and tells which breaks no test noticed.

`python -m tests.mutation` is the last step of `make soak`; `python -m tests.mutation losses` does one part of it. What
survives has to be in tests/mutation_survivors.txt with the reason why it changes nothing that anybody could notice.
"""

import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import chdir
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).parents[1]
JUSTIFIED = ROOT / "tests" / "mutation_survivors.txt"
ENOUGH = 0.90  # of all mutants
PATIENCE_S = 2 * 3600  # for each part
COPIED = ("engine", "strategies", "risk", "analytics", "infrastructure", "hean_tui", "docs", "benchmarks", "tests")


class Part(NamedTuple):
    """Files that are broken, and the tests that have to notice; patterns of names in risk/ and in tests/."""

    broken: tuple[str, ...]
    noticed_by: tuple[str, ...]


PARTS = {
    "losses": Part(("losses", "tiers", "limits", "showing"), ("losses_*", "risk_limits")),
    "gate": Part(
        ("gate", "checks", "short_look", "hands", "filters", "denials", "exits", "leases", "open_gate"),
        ("gate_*", "risk_*", "losses_[dghos]*", "sizing_allocation", "sizing_trades"),
    ),
    "sizing": Part(
        ("sizing", "kelly", "dynamic_risk", "volatility", "allocation"), ("sizing_*", "risk_gate", "gate_denials")
    ),
    "feasibility": Part(("feasibility*",), ("feasibility_*",)),
    "portfolio": Part(("portfolio/*",), ("portfolio_*",)),
}

NOT_THESE = (
    # It reads the codes of all refusals from the very source that is broken.
    "tests/test_gate_page.py::test_every_code_is_in_the_table_and_no_other",
    # They hold a clock against the code, and would notice a busy machine.
    "tests/test_portfolio_assess.py::test_a_large_book_with_stops_is_assessed_between_two_looks",
    "tests/test_portfolio_known_answers.py::test_twenty_positions_take_less_than_a_fifth_of_a_second",
)
_PLUGINS = ("-p", "no:xdist", "-p", "no:cacheprovider", "-p", "tests.mutation_order")
_KILLED = {1, 3, 24, -24, 36, 152, 255}  # noticed by a test, or it never came to an end


class Mutant(NamedTuple):
    """One break: where, and which lines it made of which."""

    place: str
    lines: tuple[str, ...]

    def __str__(self) -> str:
        return "\n".join((self.place, *self.lines))


class Outcome(NamedTuple):
    """Of one file."""

    file: str
    mutants: int
    survivors: list[Mutant]


def run(part: Part, folder: Path) -> list[Outcome]:
    """Break the files of a part in a copy of the project, and run its tests against each break."""
    for name in COPIED:
        shutil.copytree(ROOT / name, folder / name, ignore=shutil.ignore_patterns("__pycache__"))
    for name in ("README.md", "Makefile"):
        shutil.copy(ROOT / name, folder)
    tests = sorted(
        str(file.relative_to(ROOT)) for name in part.noticed_by for file in ROOT.glob(f"tests/test_{name}.py")
    )
    options = {
        "source_paths": ["risk"],
        "only_mutate": [f"risk/{name}.py" for name in part.broken],
        "also_copy": [*COPIED, "README.md", "Makefile"],
        "pytest_add_cli_args": [*_PLUGINS, *(f"--deselect={test}" for test in NOT_THESE)],
        "pytest_add_cli_args_test_selection": sorted(set(tests)),
        "use_git_change_detection": False,
    }
    words = "\n".join(f"{name} = {json.dumps(value)}" for name, value in options.items())
    (folder / "pyproject.toml").write_text(f"{(ROOT / 'pyproject.toml').read_text()}\n[tool.mutmut]\n{words}\n")
    children = os.environ.get("MUTATION_CHILDREN", str(os.cpu_count()))
    command = (sys.executable, "-m", "mutmut", "run", "--max-children", children)
    with (folder / "said.txt").open("w") as said:
        done = subprocess.run(
            command,
            cwd=folder,
            env=os.environ | {"HYPOTHESIS_PROFILE": "mutation"},
            stdout=said,
            stderr=said,
            timeout=PATIENCE_S,
            check=False,
        )
    outcomes = list(_outcomes(folder))
    if done.returncode or not outcomes:
        raise SystemExit(f"mutmut ended with {done.returncode}: {(folder / 'said.txt').read_text()[-2_000:]}")
    return outcomes


def _outcomes(folder: Path) -> Iterator[Outcome]:
    from mutmut.mutation.diff_apply import get_diff_for_mutant

    with chdir(folder):
        for kept in sorted(Path("mutants").rglob("*.py.meta")):
            file = str(kept.relative_to("mutants")).removesuffix(".meta")
            codes: dict[str, int | None] = json.loads(kept.read_text())["exit_code_by_key"]
            if None in codes.values():
                raise SystemExit(f"{file}: not every mutant was tried")
            survivors = []
            for name, code in codes.items():
                if code not in _KILLED:
                    diff = get_diff_for_mutant(name, path=file).splitlines()[2:]
                    changed = tuple(f"{line[0]} {line[1:].strip()}" for line in diff if line[0] in "+-")
                    survivors.append(Mutant(f"{file} {_function(name)}", changed))
            yield Outcome(file, len(codes), survivors)


def _function(name: str) -> str:
    """`risk.hands.xǁHandǁentered__mutmut_7` changes `Hand.entered`, and `risk.tiers.x_tier_of__mutmut_1` `tier_of`."""
    word = name.rpartition(".")[2].rpartition("__mutmut_")[0]
    return word.removeprefix("xǁ").replace("ǁ", ".") if word.startswith("xǁ") else word.removeprefix("x_")


def justified() -> dict[Mutant, str]:
    """Blocks of lines: the place, what is made of what, and after an equals sign why nobody could notice."""
    found = {}
    for block in JUSTIFIED.read_text().split("\n\n"):
        lines = [line for line in block.splitlines() if line and not line.startswith("#")]
        if lines:
            reason = " ".join(line[2:] for line in lines if line.startswith("= "))
            changed = tuple(line for line in lines[1:] if line[0] in "+-")
            found[Mutant(lines[0], changed)] = reason
    return found


def main(words: Sequence[str]) -> int:
    """Run the parts that were named, or all of them."""
    reasons = justified()
    outcomes: list[Outcome] = []
    for name in words or PARTS:
        with tempfile.TemporaryDirectory(prefix="mutation-") as folder:
            outcomes += run(PARTS[name], Path(folder))
    unknown = 0
    for outcome in outcomes:
        for mutant in outcome.survivors:
            reason = reasons.get(mutant)
            unknown += reason is None
            _say(f"{mutant}\n= {reason or '?'}\n")
    for outcome in outcomes:
        _say(_line(outcome.file, outcome.mutants, len(outcome.survivors)))
    mutants = sum(outcome.mutants for outcome in outcomes)
    survivors = sum(len(outcome.survivors) for outcome in outcomes)
    _say(_line("together", mutants, survivors))
    if unknown:
        _say(f"{unknown} survivors are not justified in {JUSTIFIED.relative_to(ROOT)}")
    return int(unknown > 0 or survivors > mutants * (1 - ENOUGH))


def _line(file: str, mutants: int, survivors: int) -> str:
    share = 100 * (mutants - survivors) / mutants if mutants else 100
    return f"{file:<36} {mutants:>5} mutants {mutants - survivors:>5} killed {survivors:>4} survived {share:>6.1f} %"


def _say(text: str) -> None:
    sys.stdout.write(f"{text}\n")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
