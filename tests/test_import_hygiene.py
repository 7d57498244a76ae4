"""What each part imports when it really runs, which the static import contracts cannot see."""

import json
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
PACKAGES: list[str] = PROJECT["tool"]["hatch"]["build"]["targets"]["wheel"]["packages"]
HEADLESS = [package for package in PACKAGES if package != "hean_tui"]
PROBE = """
import importlib, json, sys
for name in json.loads(sys.argv[1]):
    importlib.import_module(name)
print(json.dumps(sorted({module.partition(".")[0] for module in sys.modules})))
"""


def packages_loaded_by(*modules: str) -> set[str]:
    """The top-level packages in `sys.modules` of a fresh interpreter that imported these modules."""
    command = [sys.executable, "-c", PROBE, json.dumps(modules)]
    finished = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert finished.returncode == 0, finished.stderr
    return set(json.loads(finished.stdout))


def modules_of(package: str) -> list[str]:
    """Every module of a package, in a fixed order."""
    files = sorted((ROOT / package).rglob("*.py"))
    names = [".".join(file.relative_to(ROOT).with_suffix("").parts) for file in files]
    return [name.removesuffix(".__init__") for name in names if not name.endswith(".__main__")]


def test_the_command_line_imports_nothing_heavy() -> None:
    """`hean-tui --help` answers at once: exchanges, numbers and the screen wait until they are needed."""
    heavy = {"ccxt", "numpy", "pandas", "pyarrow", "pybit", "structlog", "textual"}
    assert packages_loaded_by("hean_tui.cli") & heavy == set()


@pytest.mark.parametrize("package", HEADLESS)
def test_a_headless_package_runs_without_a_screen(package: str) -> None:
    """No module below the surfaces brings in Textual, not even through something it imports."""
    modules = modules_of(package)
    assert modules, f"the package {package} was not found in {ROOT.name}"
    assert "textual" not in packages_loaded_by(*modules)
