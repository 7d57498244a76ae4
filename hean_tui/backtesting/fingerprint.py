"""What a result came from: the code, and everything that was asked for."""

import json
from collections.abc import Iterable
from dataclasses import fields
from hashlib import sha256
from pathlib import Path
from typing import Any

from hean_tui import __version__
from hean_tui.requests import BacktestRequest
from infrastructure.history import Stats

_PACKAGES = ("engine", "strategies", "risk", "analytics", "infrastructure", "hean_tui")
_NOT_ASKED = ("loaded", "html", "json", "verbosity", "overrides")


def code_version() -> str:
    """The version and a hash of all sources, so that two results can be told apart that claim the same version."""
    root = Path(__file__).resolve().parents[2]
    digest = sha256()
    for package in _PACKAGES:
        for file in sorted((root / package).rglob("*.py")):
            digest.update(file.relative_to(root).as_posix().encode())
            digest.update(file.read_bytes())
    return f"{__version__}+{digest.hexdigest()[:16]}"


def hash_of_files(stats: Iterable[Stats]) -> str:
    """The hash of a single file, or one over the hashes of several."""
    hashes = list(dict.fromkeys(each.sha256 for each in stats))
    return hashes[0] if len(hashes) == 1 else sha256("".join(hashes).encode()).hexdigest()


def hash_of_request(request: BacktestRequest, data_sha256: str) -> str:
    """Equal for equal settings on equal data, wherever the files lie."""
    asked: dict[str, Any] = {
        field.name: getattr(request, field.name) for field in fields(request) if field.name not in _NOT_ASKED
    }
    for kind in ("bars", "spot_bars", "mark_bars", "funding", "trades", "book"):
        asked[kind] = [file.symbol or file.own_name for file in asked[kind]]
    asked["parameters"] = {
        name: {key: _content(value) for key, value in given.items()} for name, given in request.parameters.items()
    }
    asked["risk"] = request.loaded.settings.risk.model_dump() if request.use_risk else None
    asked["data"] = data_sha256
    return sha256(json.dumps(asked, sort_keys=True, default=str).encode()).hexdigest()


def _content(value: Any) -> str:
    """A parameter that names a file stands for what is in it."""
    path = Path(str(value))
    if isinstance(value, str) and "." in value and path.is_file():
        return sha256(path.read_bytes()).hexdigest()
    return str(value)
