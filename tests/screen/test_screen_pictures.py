"""The pictures in the documentation show the garden as it is."""

import importlib.util
import sys
from pathlib import Path
from types import ModuleType

import pytest

ROOT = Path(__file__).resolve().parents[2]


def _script() -> ModuleType:
    spec = importlib.util.spec_from_file_location("pictures", ROOT / "docs" / "pictures.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.mark.skipif(sys.version_info[:2] != (3, 11), reason="the pictures are taken on Python 3.11")
async def test_every_picture_is_what_the_script_draws_now() -> None:
    """After a change of the garden: `python docs/pictures.py`."""
    script = _script()
    kept = {file.stem: file.read_text(encoding="utf-8") for file in script.IMAGES.glob("*.svg")}
    assert sorted(kept) == sorted(script.PICTURES)
    for name in script.PICTURES:
        assert kept[name] == await script.drawn(name) + "\n", f"docs/images/{name}.svg: run python docs/pictures.py"


def test_the_pictures_fetch_nothing() -> None:
    """No address but that of the SVG language itself."""
    for file in (ROOT / "docs" / "images").glob("*.svg"):
        assert "http" not in file.read_text(encoding="utf-8").replace("http://www.w3.org/2000/svg", "")
