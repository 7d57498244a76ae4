"""What was asked of `run` and of `backtest`: every option read, checked and in the type that is worked with."""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from hean_tui.data_folder import DataFolder

if TYPE_CHECKING:
    from hean_tui.script_file import ScriptStep
    from hean_tui.settings.sources import LoadedSettings

REALTIME = 1.0


@dataclass(frozen=True, slots=True, kw_only=True)
class RunRequest:
    """One run of the engine. What was not said on the command line is already filled from the settings."""

    loaded: "LoadedSettings"
    data_folder: DataFolder
    mode: Literal["paper"]
    feed: Literal["sim"]
    scenario: str
    symbols: tuple[str, ...]  # empty: all of the market
    strategies: tuple[str, ...]
    parameters: Mapping[str, Mapping[str, Any]]  # by strategy, in the types of its defaults
    overrides: Mapping[str, str]  # `--set`, dotted; already part of the settings
    capital: Decimal
    seed: int
    start_ns: int | None
    duration_ns: int | None
    speed: float  # 1.0 is real time, infinity is `max`
    script: tuple["ScriptStep", ...]
    script_path: Path | None
    status_file: Path | None
    headless: bool
    json: bool
    verbosity: int


@dataclass(frozen=True, slots=True)
class InputFile:
    """A data file, and the symbol it is for where that was said, in our words or in those of the file itself."""

    path: Path
    symbol: str | None = None
    own_name: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class BacktestRequest:
    """One backtest. None leaves a choice to the instrument or the kind of data."""

    loaded: "LoadedSettings"
    strategies: tuple[str, ...]
    parameters: Mapping[str, Mapping[str, Any]]
    overrides: Mapping[str, str]
    symbols: tuple[str, ...]  # those named, and those of `SYMBOL=FILE`; empty: those of a column `symbol`
    bars: tuple[InputFile, ...]
    spot_bars: tuple[InputFile, ...]
    mark_bars: tuple[InputFile, ...]
    funding: tuple[InputFile, ...]
    trades: tuple[InputFile, ...]
    book: tuple[InputFile, ...]
    from_ns: int | None
    to_ns: int | None
    capital: Decimal
    fee_maker: Decimal | None
    fee_taker: Decimal | None
    latency_ns: int | None
    slippage_bps: Decimal | None
    leverage: Decimal
    use_risk: bool
    ts: Literal["open", "close"]
    seed: int
    html: Path | None
    json: bool
    verbosity: int
