"""The strategies by name."""

from collections.abc import Callable, Mapping
from difflib import get_close_matches
from typing import Any

from engine.strategy import Strategy
from strategies.buy_and_hold import BuyAndHold
from strategies.ema_cross import EmaCross, TickEmaCross
from strategies.impulse import Impulse
from strategies.scripted import Scripted, orders_file

Builder = Callable[[str, tuple[str, ...], Mapping[str, Any]], Strategy]


def _ema_cross(name: str, symbols: tuple[str, ...], parameters: Mapping[str, Any]) -> Strategy:
    over = parameters.get("on", "bar")
    if over not in ("bar", "tick"):
        raise ValueError(f"ema_cross works on 'bar' or 'tick'; it was {over!r}")
    return (TickEmaCross if over == "tick" else EmaCross)(name, symbols, parameters)


STRATEGIES: dict[str, tuple[Builder, Mapping[str, Any]]] = {
    "buy_and_hold": (BuyAndHold, BuyAndHold.defaults),
    "ema_cross": (_ema_cross, EmaCross.defaults),
    "impulse": (Impulse, Impulse.defaults),
    "scripted": (Scripted, Scripted.defaults),
}


def names() -> tuple[str, ...]:
    """All strategies there are."""
    return tuple(STRATEGIES)


def build(name: str, symbols: tuple[str, ...], parameters: Mapping[str, Any]) -> Strategy:
    """A strategy with its parameters; a ValueError with one sentence where a name or a value is wrong."""
    builder, defaults = _known(name)
    for key in parameters:
        if key not in defaults:
            near = get_close_matches(key, defaults, n=1)
            hint = f"did you mean {near[0]!r}?" if near else f"it has {', '.join(defaults) or 'none'}"
            raise ValueError(f"{name} has no parameter {key!r}; {hint}")
    try:
        return builder(name, symbols, parameters)
    except (TypeError, ArithmeticError) as error:
        raise ValueError(f"a parameter of {name} has a value that makes no sense: {error}") from error


def check(name: str, parameters: Mapping[str, Any]) -> None:
    """Refuse parameters that make no sense before there is a market; a list of orders is read when there is one."""
    builder, _ = _known(name)
    if builder is Scripted:
        orders_file(parameters)
    else:
        build(name, (), parameters)


def _known(name: str) -> tuple[Builder, Mapping[str, Any]]:
    known = STRATEGIES.get(name)
    if known is None:
        near = get_close_matches(name, STRATEGIES, n=1)
        hint = f"did you mean {near[0]!r}?" if near else f"there are {', '.join(STRATEGIES)}"
        raise ValueError(f"there is no strategy {name!r}; {hint}")
    return known
