"""Rules about the files themselves: portable locks, no trace of one machine, small files with honest names."""

import ast
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parents[1]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
PACKAGES: list[str] = PROJECT["tool"]["hatch"]["build"]["targets"]["wheel"]["packages"]
LOCKS = ("run", "dev")

MAX_LINES = 400
EMPTY_NAMES = {"base", "common", "helper", "helpers", "manager", "misc", "util", "utils"}
# Written in two halves, so that this file keeps the rules it states.
REGISTRY_HOSTS = tuple(
    a + b for a, b in [("pypi.", "org"), ("python", "hosted.org"), ("npmjs.", "org"), ("npmjs.", "com")]
)
MACHINE_PATH = re.compile(r"(?<![\w.~])/(?:work|root|home/\w+|Users/\w+)\b")


def repository_files() -> list[Path]:
    """The files that are, or are about to be, under version control."""
    command = ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z"]
    try:
        listed = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout
    except (OSError, subprocess.CalledProcessError):
        pytest.skip("this copy is not a git working copy")
    return [file for name in sorted(listed.split("\0")) if name and (file := ROOT / name).is_file()]


def python_files() -> list[Path]:
    return [file for file in repository_files() if file.suffix == ".py"]


def text_lines() -> list[tuple[str, int, str]]:
    """Every line of every text file, with its place."""
    lines = []
    for file in repository_files():
        try:
            text = file.read_text(encoding="utf-8")
        except UnicodeDecodeError:
            continue
        lines += [(str(file.relative_to(ROOT)), number, line) for number, line in enumerate(text.splitlines(), 1)]
    return lines


def locked(name: str) -> dict[tuple[str, str], str]:
    """The requirements of a lock file, by name and marker, each with the hashes that follow it."""
    text = (ROOT / "requirements" / f"{name}.lock").read_text(encoding="utf-8")
    entries = re.findall(r"^(?!#|\s)(\S.*?)\s*\\?\n((?:\s+.*\n?)*)", text, flags=re.MULTILINE)
    requirements = [(Requirement(head.rstrip(" \\")), tail) for head, tail in entries]
    return {(str(found), canonicalize_name(found.name)): tail for found, tail in requirements}


@pytest.mark.parametrize("name", LOCKS)
def test_every_locked_requirement_is_pinned_and_hashed(name: str) -> None:
    """What is installed is what was locked, to the byte, from whichever index it came."""
    entries = locked(name)
    assert len(entries) > 10
    for (requirement, _), hashes in entries.items():
        assert [pin.operator for pin in Requirement(requirement).specifier] == ["=="], requirement
        assert "--hash=sha256:" in hashes, requirement


@pytest.mark.parametrize("name", LOCKS)
def test_a_lock_names_no_index_and_no_address(name: str) -> None:
    """A lock says what, never from where: that is the business of the machine that installs."""
    text = (ROOT / "requirements" / f"{name}.lock").read_text(encoding="utf-8")
    assert re.findall(r"^\s*-(?!-hash=).*$|https?:|file:| @ ", text, flags=re.MULTILINE) == []


def test_the_locks_answer_what_the_project_asks_for() -> None:
    """A dependency that was added or moved in pyproject.toml has been locked again."""
    groups = PROJECT["dependency-groups"]
    runtime = PROJECT["project"]["dependencies"] + groups["build"]
    developer = runtime + [entry for entry in groups["dev"] if isinstance(entry, str)]
    for name, wanted in (("run", runtime), ("dev", developer)):
        pins = [Requirement(requirement) for requirement, _ in locked(name)]
        for text in wanted:
            want = Requirement(text)
            versions = [
                pin.version
                for found in pins
                if canonicalize_name(found.name) == canonicalize_name(want.name)
                for pin in found.specifier
            ]
            assert versions, f"{text} is not in requirements/{name}.lock: run make lock"
            assert all(want.specifier.contains(version) for version in versions), f"{text} was locked at {versions}"


def test_developers_run_what_users_run() -> None:
    """The developer's lock holds every requirement of the user's at the same version."""
    assert set(locked("run")) <= set(locked("dev"))


def test_every_package_is_shipped_typed_and_layered() -> None:
    """A new package cannot be forgotten: what lies at the top level is built, type-checked and held to the layers."""
    beside = {"benchmarks", "docs", "tests"}
    there = {file.parent.name for file in ROOT.glob("*/__init__.py")} - beside
    assert there == set(PACKAGES)
    assert there == set(PROJECT["tool"]["importlinter"]["root_packages"])
    assert there == set(PROJECT["tool"]["mypy"]["files"]) - beside


def test_imports_are_declared() -> None:
    """The program imports only what it declares, so that it runs in an environment without the developer's tools."""
    declared = {
        canonicalize_name(Requirement(text).name).replace("-", "_")
        for text in (
            *PROJECT["project"]["dependencies"],
            *(text for extra in PROJECT["project"]["optional-dependencies"].values() for text in extra),
        )
    }
    allowed = declared | set(PACKAGES) | set(sys.stdlib_module_names)
    for file in python_files():
        if file.relative_to(ROOT).parts[0] not in PACKAGES:
            continue
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            names += [node.module or ""] if isinstance(node, ast.ImportFrom) else []
            for name in names:
                assert name.partition(".")[0] in allowed, (
                    f"{file.relative_to(ROOT)} imports {name}, which is not declared"
                )


def test_no_file_names_a_registry_or_a_place_on_one_machine() -> None:
    """The project works wherever it is put, with whatever index that machine is set up for."""
    for place, number, line in text_lines():
        assert not any(host in line for host in REGISTRY_HOSTS), f"{place}:{number} names a registry: {line.strip()}"
        assert not MACHINE_PATH.search(line), f"{place}:{number} names a place on one machine: {line.strip()}"


def test_python_files_can_be_read_in_one_sitting() -> None:
    """A file that grows past the limit has a second idea in it."""
    lengths = {
        str(file.relative_to(ROOT)): len(file.read_text(encoding="utf-8").splitlines()) for file in python_files()
    }
    assert {name: length for name, length in lengths.items() if length > MAX_LINES} == {}


def test_files_are_named_after_what_they_hold() -> None:
    """A name that fits anything says nothing."""
    parts = [(file, part) for file in python_files() for part in (*file.parent.relative_to(ROOT).parts, file.stem)]
    assert [str(file.relative_to(ROOT)) for file, part in parts if set(part.split("_")) & EMPTY_NAMES] == []


def test_generators_are_seeded() -> None:
    """No generator is made without a seed: the linter bans the global draws, and this the nameless ones."""
    for file in python_files():
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and not node.args and not node.keywords:
                called = ast.unparse(node.func).rpartition(".")[2]
                assert called not in {"Random", "default_rng"}, f"{file.relative_to(ROOT)}:{node.lineno} has no seed"


def test_every_test_says_what_is_true() -> None:
    """A test's docstring is the promise it keeps; its name is only the scenario."""
    for file in python_files():
        if not file.name.startswith("test_"):
            continue
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.name.startswith("test_"):
                assert ast.get_docstring(node), f"{file.relative_to(ROOT)}: {node.name} has no docstring"
