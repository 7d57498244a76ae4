"""Which strategies there are, what each can be told, and the parameters that one run gives them."""

from collections.abc import Mapping, Sequence
from typing import Any

from hean_tui.errors import UserError, WrongCommandLine, WrongConfiguration
from hean_tui.settings.assignments import Catalogue, typed_parameters
from hean_tui.settings.sources import COMMAND_LINE, LoadedSettings
from hean_tui.wording import quoted, way_out
from strategies.registry import STRATEGIES, check


def known_strategies() -> Catalogue:
    """What each strategy can be told, with its defaults."""
    return {name: defaults for name, (_, defaults) in STRATEGIES.items()}


def check_chosen(chosen: Sequence[str], catalogue: Catalogue, from_settings: bool) -> None:
    """Refuse a strategy that nobody wrote."""
    for name in chosen:
        if name not in catalogue:
            what = "The setting engine.strategies names" if from_settings else "--strategy was"
            error = WrongConfiguration if from_settings else WrongCommandLine
            raise error(f"{what} {quoted(name)}; {way_out(name, catalogue)}")


def parameters_of(chosen: Sequence[str], loaded: LoadedSettings, catalogue: Catalogue) -> dict[str, Mapping[str, Any]]:
    """The parameters of each chosen strategy that the settings name; those of the others are checked all the same.

    A value that makes no sense is a mistake of the command line if the strategy was told anything there.
    """
    found: dict[str, Mapping[str, Any]] = {name: {} for name in chosen}
    for name, given in loaded.settings.strategies.items():
        if name not in catalogue:
            raise WrongConfiguration(
                f"The settings hold parameters for a strategy {quoted(name)}; {way_out(name, catalogue)}"
            )
        try:
            typed = typed_parameters(given, catalogue[name], name)
            if typed:
                check(name, typed)
        except ValueError as error:
            raise _error_for(loaded, name)(_sentence(str(error))) from None
        if name in found:
            found[name] = typed
    for name in chosen:
        try:
            check(name, found[name])
        except ValueError as error:
            raise WrongCommandLine(_sentence(str(error))) from None  # it needs to be told something, and was not
    return found


def _error_for(loaded: LoadedSettings, name: str) -> type[UserError]:
    keys = [key for key in loaded.origins if key.startswith(f"strategies.{name}.")]
    is_ours = any(loaded.origin(key) == COMMAND_LINE for key in keys)
    return WrongCommandLine if is_ours else WrongConfiguration


def _sentence(text: str) -> str:
    # A strategy's name is written as it is, also at the beginning.
    begin = text[0] if text.partition(" ")[0] in STRATEGIES else text[0].upper()
    return begin + text[1:] + ("" if text.endswith(("?", ".")) else ".")
