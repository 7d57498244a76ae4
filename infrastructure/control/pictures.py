"""The engine's newest picture as it goes over the wire: encoded once, however many ask for it, and with its age."""

from collections.abc import Callable, Iterable
from typing import Any

import msgspec

from engine.facade import EngineFacade
from engine.snapshot import to_json_object

_SECOND_NS = 1_000_000_000


class Pictures:
    """Looks at the engine when it is asked, and from time to time, so that it knows since when nothing has moved."""

    def __init__(self, facade: EngineFacade, now_ns: Callable[[], int]) -> None:
        self._facade = facade
        self._now_ns = now_ns
        self._newest = facade.latest()
        self._since_ns = now_ns()
        self._encoded: dict[str, msgspec.Raw] = {}

    def age_s(self) -> float:
        """How long the picture has been the same one: an engine that does not move draws no new ones."""
        latest = self._facade.latest()
        if latest is not self._newest:
            self._newest, self._since_ns = latest, self._now_ns()
            self._encoded.clear()
        return (self._now_ns() - self._since_ns) / _SECOND_NS

    def facts(self, parts: Iterable[str]) -> dict[str, Any]:
        """Parts of the newest picture, and how old it is."""
        age_s = self.age_s()
        return {"age_s": round(age_s, 2), "snapshot": {part: self._part(part) for part in parts}}

    def _part(self, part: str) -> msgspec.Raw:
        encoded = self._encoded.get(part)
        if encoded is None:
            text = msgspec.json.encode(to_json_object(getattr(self._newest, part), part))
            encoded = self._encoded[part] = msgspec.Raw(text)
        return encoded
