"""What the snapshot's structs say a path may name: fields, elements of lists, and the words some fields are made of."""

from collections.abc import Collection, Mapping, Sequence
from functools import cache
from types import UnionType
from typing import Any, Union, get_args, get_origin, get_type_hints

import msgspec

from engine.orders import Status
from engine.snapshot import SCREEN_ONLY, EngineView, OrderView, Snapshot
from engine.states import State
from hean_tui.errors import BadValue
from hean_tui.wording import one_of, quoted, way_out

Part = tuple[str, Sequence[tuple[str, str]]]  # a name, and the `[key=value]` behind it
_COUNT = "count"
_WORDS: Mapping[tuple[type, str], Collection[str]] = {
    (EngineView, "state"): tuple(State),
    (OrderView, "status"): tuple(Status),
}


def roots() -> tuple[str, ...]:
    """What a path may begin with."""
    return tuple(_fields(Snapshot))


def check_path(path: Sequence[Part]) -> Collection[str]:
    """Refuse names that no snapshot has; give the words the found value is one of, none where it can be anything."""
    kind: Any = Snapshot
    words: Collection[str] = ()
    place = "the snapshot"
    is_one = True  # of a list, that an element of it was chosen
    for name, selectors in path:
        element = _element(kind)
        if name == _COUNT and (element is not None or not is_one):
            kind, words, place, is_one = int, (), "a count", True
            continue
        kind, words = _step(kind, name, place)
        place, is_one = name, True
        for key, wanted in selectors:
            if is_one:
                kind, is_one = _element_to_choose(kind, name), False
            _, known = _step(kind, key, f"{name}[]")
            check_word(key, wanted, known)
    return words


def check_word(name: str, value: str, known: Collection[str]) -> None:
    """Refuse a word that a field never is; null is what is unknown."""
    if known and value not in known and value != "null":
        raise BadValue(f"{name} is never {quoted(value)}; {way_out(value, known)}")


def _step(kind: Any, name: str, place: str) -> tuple[Any, Collection[str]]:
    if _is_struct(kind):
        fields = _fields(kind)
        if name not in fields:
            otherwise = f"it has {one_of(fields, 'and')}."
            raise BadValue(f"{place} has no {quoted(name)}; {way_out(name, fields, otherwise)}")
        return fields[name], _WORDS.get((kind, name), ())
    if get_origin(kind) is dict:
        return get_args(kind)[1], ()
    element = _element(kind)
    if element is not None:
        key = next(iter(_fields(element)), "") if _is_struct(element) else ""
        choose = f"choose one of them, such as {place}[{key}=...].{name}, or count them" if key else "count them"
        raise BadValue(f"{place} is a list and has no {quoted(name)}; {choose} with {place}.count")
    raise BadValue(f"{place} has no {quoted(name)}, it is a single value")


def _element_to_choose(kind: Any, name: str) -> Any:
    element = _element(kind)
    if element is None or not _is_struct(element):
        raise BadValue(f"{name} is no list to choose from with [key=value]")
    return element


def _element(kind: Any) -> Any:
    """What a list is made of; None for what is no list or table."""
    if get_origin(kind) in (tuple, list):
        return get_args(kind)[0]
    return get_args(kind)[1] if get_origin(kind) is dict else None


@cache
def _fields(struct: Any) -> dict[str, Any]:
    hints = get_type_hints(struct)
    return {name: _known(hints[name]) for name in struct.__struct_fields__ if name not in SCREEN_ONLY}


def _known(kind: Any) -> Any:
    """The type without `| None`."""
    if get_origin(kind) in (Union, UnionType):
        return next(each for each in get_args(kind) if each is not type(None))
    return kind


def _is_struct(kind: Any) -> bool:
    return isinstance(kind, type) and issubclass(kind, msgspec.Struct)
