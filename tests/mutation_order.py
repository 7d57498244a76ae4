"""Quick tests first, while one break after the other is tried: most of them are noticed by many tests."""

import json
from pathlib import Path

import pytest

_TIMES = Path("mutmut-stats.json")  # there once all tests have run on the code as it is


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Sort by how long each took then."""
    if _TIMES.is_file():
        taken_s = json.loads(_TIMES.read_text())["duration_by_test"]
        items.sort(key=lambda item: taken_s.get(item.nodeid, 0.0))
