"""`key=value` on the command line and `set KEY VALUE` in a script: which setting is meant, and is it possible."""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from pydantic import ValidationError

from hean_tui.errors import BadValue, WrongCommandLine
from hean_tui.numbers import read_number, whole
from hean_tui.settings.complaints import complaints_of
from hean_tui.settings.model import known_keys, sections
from hean_tui.wording import quoted, way_out

# What each strategy can be told, with its default: the type of the default is the type of the parameter.
Catalogue = Mapping[str, Mapping[str, Any]]
_LARGEST = 10**15


def read_assignments(texts: Sequence[str], strategies: Sequence[str], catalogue: Catalogue) -> dict[str, str]:
    """Every `--set key=value` as a dotted setting, a strategy's parameters under `strategies.NAME.`."""
    found: dict[str, str] = {}
    for text in texts:
        key, equals, value = text.partition("=")
        if not equals or not key.strip():
            raise WrongCommandLine(f"--set was {quoted(text)}; write it as key=value, such as risk.max_leverage=2.")
        found |= dict.fromkeys(_meant_by(key.strip(), strategies, catalogue), value.strip())
    return found


def check_setting(key: str, value: str) -> None:
    """Refuse what cannot be changed while the engine runs, and values that make no sense."""
    limits = [known for known in known_keys() if known.startswith("risk.")]
    if key not in limits:
        raise BadValue(f"only limits can be changed while the engine runs; {way_out(key, limits)}")
    check_value(key, value)


def check_value(key: str, value: str) -> None:
    """Refuse a value that a known setting cannot have."""
    section, _, name = key.partition(".")
    try:
        sections()[section](**{name: value})
    except ValidationError as error:
        raise BadValue(f"{key} was {quoted(value)}; {complaints_of(error)[0].advice}") from None


def typed_parameters(given: Mapping[str, Any], defaults: Mapping[str, Any], strategy: str) -> dict[str, Any]:
    """A strategy's parameters in the types of its defaults; an unknown name is refused with a suggestion."""
    typed: dict[str, Any] = {}
    for name, value in given.items():
        if name not in defaults:
            otherwise = "" if defaults else "it takes no parameters."
            raise BadValue(f"{strategy} has no parameter {quoted(name)}; {way_out(name, defaults, otherwise)}")
        try:
            typed[name] = _like(defaults[name], value)
        except BadValue as error:
            raise BadValue(f"the parameter {name} of {strategy} was {quoted(value)}; {error}") from None
    return typed


def _meant_by(key: str, strategies: Sequence[str], catalogue: Catalogue) -> tuple[str, ...]:
    if key in known_keys():
        return (key,)
    head, _, tail = key.removeprefix("strategies.").partition(".")
    if tail and head in catalogue and tail in catalogue[head]:
        return (f"strategies.{head}.{tail}",)
    meant = tuple(f"strategies.{name}.{key}" for name in strategies if key in catalogue.get(name, {}))
    if meant:
        return meant
    parameters = [name for strategy in strategies for name in catalogue.get(strategy, {})]
    others = [f"{strategy}.{name}" for strategy, names in catalogue.items() for name in names]
    # `max_leverage` alone is what people remember of `risk.max_leverage`.
    tails = {dotted.rpartition(".")[2]: dotted for dotted in known_keys()}
    near = tails.get(key)
    advice = f"did you mean {near}?" if near else way_out(key, [*parameters, *known_keys(), *others], _list_them())
    raise WrongCommandLine(f"--set {quoted(key)} names no setting; {advice}")


def _list_them() -> str:
    return "hean-tui config show lists them."


def _like(default: Any, value: Any) -> Any:
    text = str(value).strip()
    if isinstance(default, bool):
        if text.lower() not in ("true", "false"):
            raise BadValue("write true or false")
        return text.lower() == "true"
    if isinstance(default, int):
        return whole(at_least=-_LARGEST, at_most=_LARGEST)(text)
    if isinstance(default, float):
        return float(read_number(text))
    if isinstance(default, Decimal):
        return read_number(text)
    if default is None:
        # No default says nothing of the type; what reads as a number is one.
        try:
            return read_number(text)
        except BadValue:
            return text
    return text
