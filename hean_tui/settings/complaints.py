"""What validation found wrong, said the way a person would."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

from pydantic import ValidationError

from hean_tui.settings.flat_names import masked
from hean_tui.settings.model import Settings, sections
from hean_tui.wording import quoted, way_out

_SECRET_WORDS = ("key", "secret", "token", "password", "passphrase")
_NUMBER, _WHOLE, _TRUTH = "write a plain number such as 0.5 or 1000", "write a whole number", "write true or false"
_ADVICE = {
    "extra_forbidden": "unknown",
    "finite_number": _NUMBER,
    "decimal_parsing": _NUMBER,
    "decimal_type": _NUMBER,
    "float_parsing": _NUMBER,
    "float_type": _NUMBER,
    "int_parsing": _WHOLE,
    "int_parsing_size": _WHOLE,
    "int_type": _WHOLE,
    "int_from_float": _WHOLE,
    "bool_parsing": _TRUTH,
    "bool_type": _TRUTH,
    "string_type": "write a text in quotes",
    "tuple_type": "write a list of texts",
}
_TABLES = ("model_type", "model_attributes_type", "dict_type")


@dataclass(frozen=True, slots=True)
class Complaint:
    """One wrong place: where, the way out (or `unknown`), and what stood there."""

    path: tuple[str, ...]
    advice: str
    value: object

    @property
    def key(self) -> str:
        """The dotted key."""
        return ".".join(self.path)

    def concerns(self, key: str) -> bool:
        """Whether this is about a dotted key, or the table it is in."""
        return key == self.key or key.startswith(f"{self.key}.")

    def sentence(self, origin: str) -> str:
        """The whole sentence, with the place the value came from."""
        if self.advice == "unknown":
            parent, known = _siblings(self.path)
            word = self.path[-1]
            what = f"The setting {quoted(self.key)} in {origin} is unknown"
            return f"{what}; {way_out(word, known, f'{parent} has {_listed(known)}.')}"
        shown = masked("x") if is_secret(self.path[-1]) else self.value
        stop = "" if self.advice.endswith("?") else "."
        return f"The setting {self.key} was {quoted(_plain(shown))} in {origin}; {self.advice}{stop}"


def is_secret(name: str) -> bool:
    """Whether a value under this name must not be shown."""
    return bool(set(name.lower().split("_")) & set(_SECRET_WORDS))


def complaints_of(error: ValidationError) -> list[Complaint]:
    """All that was wrong, in the order in which it was found."""
    return [_complaint(dict(detail)) for detail in error.errors(include_url=False)]


def _complaint(detail: Mapping[str, Any]) -> Complaint:
    path = tuple(str(part) for part in detail["loc"] if not (isinstance(part, str) and part == "[key]"))
    if path and path[-1].isdigit():
        path = path[:-1]
    return Complaint(path, _advice(detail["type"], detail["msg"]), detail.get("input"))


def _advice(kind: str, message: str) -> str:
    if kind in _ADVICE:
        return _ADVICE[kind]
    if kind in _TABLES:
        return "it is a table with keys of its own"
    if kind == "value_error":
        return message.removeprefix("Value error, ")
    return message.replace("Input should", "it has to", 1).replace("'", "")


def _siblings(path: tuple[str, ...]) -> tuple[str, Collection[str]]:
    if len(path) == 1:
        return "The file", tuple(Settings.model_fields)
    section = sections().get(path[0])
    return f"[{path[0]}]", tuple(section.model_fields) if section else ()


def _listed(known: Collection[str]) -> str:
    return ", ".join(known) if known else "no keys"


def _plain(value: object) -> object:
    return value if isinstance(value, str | int | float) else f"{value}"
