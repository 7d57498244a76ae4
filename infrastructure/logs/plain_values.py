"""What a record may hold: plain values of bounded size, without secrets and without letters nobody can see."""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from decimal import Decimal
from functools import lru_cache
from typing import Any

from infrastructure.logs.lookalikes import MASK, is_secret_name

TEXT_MAX = 8_000
ITEMS_MAX = 100
LINES_MAX = 200
_DEPTH_MAX = 4

Clean = Callable[[str], str]


def plain_fields(fields: Mapping[str, Any], clean: Clean) -> dict[str, Any]:
    """All fields of a record; what stands under the name of a secret is masked unseen."""
    return _mapping(fields, clean, 0)


def plain_line(text: object, clean: Clean) -> str:
    """One line: breaks are spaces, and what would steer a terminal is a question mark."""
    told = clean(_told(text)[:TEXT_MAX])  # first as it is: a secret may hold what is made plain next
    return told if told.isprintable() and "  " not in told else clean(_printable(" ".join(told.split())))


def plain_lines(text: str, clean: Clean) -> list[str]:
    """The last lines of a long text, such as where something failed, each of them plain."""
    lines = clean(text).splitlines()[-LINES_MAX:]
    return [clean(_printable(line.expandtabs(4).rstrip())[:TEXT_MAX]) for line in lines]


def moment(seconds: float) -> str:
    """A time of day in UTC, to the microsecond."""
    return f"{datetime.fromtimestamp(seconds, UTC):%Y-%m-%dT%H:%M:%S.%f}Z"


def _plain(value: Any, clean: Clean, depth: int) -> Any:
    if value is None or isinstance(value, bool | float):
        return value
    if isinstance(value, int):
        return int(value) if abs(value) < 2**63 else str(value)
    if isinstance(value, str):
        return plain_line(str(value), clean)
    if isinstance(value, Decimal):
        return f"{value:f}"
    if depth < _DEPTH_MAX:
        if isinstance(value, Mapping):
            return _mapping(value, clean, depth + 1)
        if isinstance(value, list | tuple):
            return [_plain(each, clean, depth + 1) for each in value[:ITEMS_MAX]]
    return plain_line(value, clean)


def _mapping(fields: Mapping[Any, Any], clean: Clean, depth: int) -> dict[str, Any]:
    return {
        _name(str(name), clean): MASK if is_secret_name(str(name)) else _plain(value, clean, depth)
        for name, value in list(fields.items())[:ITEMS_MAX]
    }


@lru_cache(maxsize=1024)
def _name(name: str, clean: Clean) -> str:
    """The names of fields are few and come again and again."""
    return plain_line(name, clean)


def _told(value: object) -> str:
    """Even the words of a thing may fail."""
    try:
        return str(value)
    except Exception as error:  # noqa: BLE001 - whatever it raises, the record is written
        return f"{type(value).__name__} without words ({type(error).__name__})"


def _printable(text: str) -> str:
    return text if text.isprintable() else "".join(letter if letter.isprintable() else "?" for letter in text)
