"""What a script expects of the snapshot: `PATH OP VALUE`, read once and judged when its moment comes."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from operator import eq, ge, gt, le, lt, ne
from typing import Any

from hean_tui.errors import BadValue
from hean_tui.numbers import read_number
from hean_tui.wording import one_of, quoted

_COMPARE: dict[str, Callable[[Any, Any], bool]] = {"==": eq, "!=": ne, "<": lt, "<=": le, ">": gt, ">=": ge}
OPERATORS = (*_COMPARE, "contains")
_STEP = re.compile(r"([A-Za-z_][A-Za-z0-9_-]*)((?:\[[^\]=]+=[^\]]*\])*)(?:\.|$)")
_SELECTOR = re.compile(r"\[([^\]=]+)=([^\]]*)\]")


@dataclass(frozen=True, slots=True)
class Step:
    """One part of a path: a name, and which elements of the list under it are meant."""

    name: str
    selectors: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Expectation:
    """Something that should hold."""

    text: str
    path: tuple[Step, ...]
    operator: str
    value: str


def read_expectation(path: str, operator: str, value: str) -> Expectation:
    """Read `positions[symbol=BTC/USDT:USDT].quantity == 0.01`."""
    if operator not in OPERATORS:
        raise BadValue(f"the comparison was {quoted(operator)}; it can be {one_of(OPERATORS)}")
    # Here, because it reads the engine's own files, and most runs have no script.
    from hean_tui.snapshot_shape import check_path, check_word

    steps = _read_path(path)
    words = check_path([(step.name, step.selectors) for step in steps])
    if operator in ("==", "!="):
        check_word(steps[-1].name, value, words)
    return Expectation(f"{path} {operator} {value}", steps, operator, value)


def evaluate(expectation: Expectation, snapshot: Mapping[str, Any]) -> tuple[bool, Any]:
    """Whether it holds, and what was found; None is what is unknown or not there."""
    found = _look(expectation.path, snapshot)
    if expectation.operator == "contains":
        return _contains(found, expectation.value), found
    return _holds(found, expectation.operator, expectation.value), found


def _read_path(text: str) -> tuple[Step, ...]:
    steps: list[Step] = []
    place = 0
    while match := _STEP.match(text, place):
        steps.append(Step(match[1], tuple(_SELECTOR.findall(match[2]))))
        place = match.end()
    if place < len(text) or not steps or text.endswith("."):
        raise BadValue(
            f"the path was {quoted(text)}; write it like engine.state, positions.count or "
            "positions[symbol=BTC/USDT:USDT].quantity"
        )
    return tuple(steps)


def _look(path: tuple[Step, ...], snapshot: Mapping[str, Any]) -> Any:
    found: Any = snapshot
    chosen: list[Any] | None = None
    for step in path:
        if step.name == "count" and isinstance(found if chosen is None else chosen, list | tuple | dict):
            found, chosen = len(found if chosen is None else chosen), None
            continue
        if chosen is not None:
            found, chosen = (chosen[0] if chosen else None), None
        found = found.get(step.name) if isinstance(found, Mapping) else None
        for key, wanted in step.selectors:
            among = found if chosen is None else chosen
            chosen = [item for item in among if _matches(item, key, wanted)] if isinstance(among, list | tuple) else []
    if chosen is not None:
        return chosen[0] if chosen else None
    return found


def _matches(item: Any, key: str, wanted: str) -> bool:
    return isinstance(item, Mapping) and key in item and _holds(item[key], "==", wanted)


def _holds(found: Any, operator: str, value: str) -> bool:
    left, right = _number(found), _number(value)
    if left is not None and right is not None:
        return _COMPARE[operator](left, right)
    if found is None or value == "null":
        # What is unknown is neither more nor less than anything.
        is_same = found is None and value == "null"
        return {"==": is_same, "!=": not is_same}.get(operator, False)
    return _COMPARE[operator](_text(found), value)


def _contains(found: Any, value: str) -> bool:
    if isinstance(found, Mapping):
        return value in found
    if isinstance(found, list | tuple):
        return any(_holds(item, "==", value) or (isinstance(item, str) and value in item) for item in found)
    return found is not None and value in _text(found)


def _number(value: Any) -> Decimal | None:
    if isinstance(value, bool) or value is None:
        return None
    try:
        return read_number(str(value))
    except BadValue:
        return None


def _text(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)
