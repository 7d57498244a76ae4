"""From the words of `hean-tui run` to a checked `RunRequest`: command line first, then gates, settings and files."""

import math
import os
from collections.abc import Callable, Collection, Mapping
from pathlib import Path
from typing import Any

from hean_tui.commands.global_options import GlobalOptions
from hean_tui.commands.reading import each, existing_file, option, read_speed, replaceable_file, required, word
from hean_tui.data_folder import DataFolder, locate_root, open_data_folder, open_fresh_folder
from hean_tui.errors import WrongCommandLine, WrongConfiguration
from hean_tui.live_gate import MODES, refuse_modes_without_an_exchange
from hean_tui.numbers import read_amount, read_seed
from hean_tui.requests import RunRequest
from hean_tui.script_file import read_script
from hean_tui.settings.assignments import read_assignments
from hean_tui.settings.sources import load_settings
from hean_tui.strategy_parameters import check_chosen, known_strategies, parameters_of
from hean_tui.symbols import read_strategy_name, read_symbol, symbol_way_out
from hean_tui.telling import tell
from hean_tui.times import read_instant, read_positive_duration
from hean_tui.wording import closest, quoted, way_out

_USUAL_SCENARIO = "normal"
_SCENARIO = "sim.scenario"
_EXCHANGES = ("bybit", "ccxt")


def read_run_request(common: GlobalOptions, given: Mapping[str, Any]) -> RunRequest:
    """Check everything that can be checked before the engine exists; the data folder is opened last."""
    mode = word("--mode", given["mode"], MODES)
    symbols = each("--symbol", given["symbol"], read_symbol)
    strategies = each("--strategy", given["strategy"], read_strategy_name)
    capital = option("--capital", given["capital"], read_amount)
    seed = option("--seed", given["seed"], read_seed)
    start_ns = option("--start", given["start"], read_instant)
    duration_ns = option("--duration", given["duration"], read_positive_duration)
    speed = required("--speed", given["speed"], read_speed)
    catalogue = known_strategies()
    check_chosen(strategies, catalogue, from_settings=False)
    _refuse_mistyped_feed(given["feed"])
    refuse_modes_without_an_exchange(mode, os.environ)
    _refuse_other_feeds(given["feed"])

    usual = () if strategies else load_settings(common.config).settings.engine.strategies
    overrides = read_assignments(given["assignments"] or (), strategies or usual, catalogue)
    loaded = load_settings(common.config, overrides)
    tell(*loaded.notices)
    settings = loaded.settings
    check_chosen(strategies or settings.engine.strategies, catalogue, from_settings=not strategies)
    chosen = strategies or settings.engine.strategies
    script_path = option("--script", given["script"], Path)
    traded = _traded(symbols, settings.engine.symbols)
    script = read_script(existing_file("--script", script_path), traded or _listed()) if script_path else ()
    status_file = option("--status-file", given["status_file"], Path)
    return RunRequest(
        loaded=loaded,
        mode="paper",
        feed="sim",
        scenario=_scenario(given["scenario"], settings.sim.scenario),
        symbols=traded,
        strategies=chosen,
        parameters=parameters_of(chosen, loaded, catalogue),
        overrides=overrides,
        capital=settings.engine.capital if capital is None else capital,
        seed=settings.sim.seed if seed is None else seed,
        start_ns=start_ns,
        duration_ns=duration_ns,
        speed=speed,
        script=script,
        script_path=script_path,
        status_file=replaceable_file("--status-file", status_file) if status_file else None,
        headless=given["headless"],
        json=common.json,
        verbosity=common.verbosity,
        data_folder=_open_folder(common, speed),
    )


def _traded(named: tuple[str, ...], usual: tuple[str, ...]) -> tuple[str, ...]:
    """The symbols of this run; empty is all that the market lists."""
    for symbol in named or usual:
        _check_known(symbol, _listed(), "--symbol" if named else "", "engine.symbols", symbol_way_out)
    return named or usual


def _listed() -> tuple[str, ...]:
    """What the built-in market trades; only asked where it matters, for it costs the reading of numpy."""
    from engine.simulation.world.listing import LISTING

    return tuple(instrument.symbol for instrument in LISTING)


def _scenario(named: str | None, usual: str) -> str:
    name = usual if named is None else named
    if name == _USUAL_SCENARIO:
        return name
    from engine.simulation.world.scenarios import SCENARIOS

    _check_known(name, [scenario.name for scenario in SCENARIOS], "--scenario" if named is not None else "", _SCENARIO)
    return name


def _check_known(
    name: str,
    known: Collection[str],
    option_name: str,
    setting: str,
    out: Callable[[str, Collection[str]], str] = way_out,
) -> None:
    """Refuse an unknown name as a mistake of the command line, or of the settings where no option was given."""
    if name in known:
        return
    if option_name:
        raise WrongCommandLine(f"{option_name} was {quoted(name)}; {out(name, known)}")
    raise WrongConfiguration(f"The setting {setting} was {quoted(name)}; {out(name, known)}")


def _open_folder(common: GlobalOptions, speed: float) -> DataFolder:
    # At full speed a folder of its own, so that equal commands are equal runs.
    if math.isinf(speed) and common.data_dir is None:
        return open_fresh_folder()
    return open_data_folder(locate_root(common.data_dir, os.environ))


def _refuse_mistyped_feed(feed: str) -> None:
    near = closest(feed, ("sim", *_EXCHANGES))
    if near not in (None, feed) and not Path(feed).exists():
        raise WrongCommandLine(f"--feed was {quoted(feed)}; did you mean {near}?")


def _refuse_other_feeds(feed: str) -> None:
    if feed == "sim":
        return
    if feed.partition(":")[0] in _EXCHANGES:
        raise WrongConfiguration(
            f"The feed {quoted(feed)} needs an exchange, and this version has the built-in market alone: --feed sim."
        )
    raise WrongConfiguration(
        f"The feed {quoted(feed)} would be a file, and this version runs on the built-in market alone: --feed sim; "
        "hean-tui backtest reads files."
    )
