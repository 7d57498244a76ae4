"""Every setting, with its default, its bounds and a sentence that says what it does."""

from decimal import Decimal
from math import isfinite
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field
from pydantic_settings import BaseSettings, NoDecode, PydanticBaseSettingsSource, SettingsConfigDict

from hean_tui.errors import BadValue
from hean_tui.numbers import LARGEST_AMOUNT
from hean_tui.settings.kill import KillSettings
from hean_tui.settings.risk import RiskSettings
from hean_tui.settings.section import Section
from hean_tui.symbols import read_strategy_name, read_symbol

ENV_PREFIX = "HEAN__"


def _words(value: Any) -> Any:
    return tuple(word.strip() for word in value.split(",") if word.strip()) if isinstance(value, str) else value


def _parameter(value: Any) -> Any:
    if isinstance(value, bool | int | Decimal | str) or (isinstance(value, float) and isfinite(value)):
        return value
    raise BadValue("a parameter is a number, a text, true or false")


Symbol = Annotated[str, BeforeValidator(lambda value: read_symbol(value) if isinstance(value, str) else value)]
StrategyName = Annotated[
    str, BeforeValidator(lambda value: read_strategy_name(value) if isinstance(value, str) else value)
]
Parameter = Annotated[bool | int | Decimal | str, BeforeValidator(_parameter)]


class EngineSettings(Section):
    """What the engine starts with."""

    capital: Decimal = Field(
        Decimal(10_000), gt=0, le=LARGEST_AMOUNT, description="The paper account's first deposit, in USDT."
    )
    strategies: Annotated[tuple[StrategyName, ...], NoDecode, BeforeValidator(_words)] = Field(
        ("impulse",), description="The strategies that run when no --strategy is given."
    )
    symbols: Annotated[tuple[Symbol, ...], NoDecode, BeforeValidator(_words)] = Field(
        (), description="The symbols that are traded when no --symbol is given; empty means all of the market."
    )
    server_cost_per_month: Decimal = Field(
        Decimal(6),
        ge=0,
        le=LARGEST_AMOUNT,
        description="What the machine costs that this runs on, in USDT; told as a part of the account.",
    )
    event_max_queue_size: int = Field(
        10_000, ge=16, le=10_000_000, description="How many events may wait for one slow listener."
    )
    tape: bool = Field(
        True, description="In real time, what the market tells is kept beside the journal: two weeks, or 2 GiB."
    )


class SimSettings(Section):
    """The built-in market and the venue on it."""

    seed: int = Field(7, ge=0, lt=2**63, description="Everything random comes from this number.")
    scenario: str = Field("normal", max_length=64, description="The weather of the market, such as crash.")
    order_latency_ms: Decimal = Field(
        Decimal(50), ge=0, le=60_000, description="How long an order takes to reach the venue."
    )
    feed_latency_ms: Decimal = Field(
        Decimal(20), ge=0, le=60_000, description="How long market data takes to reach the engine."
    )


class ScreenSettings(Section):
    """How the garden looks."""

    theme: Literal["sumi", "washi"] = Field("sumi", description="sumi is dark, washi is light.")
    symbols: Literal["block", "braille", "ascii"] = Field("block", description="What curves are drawn with.")
    quiet: bool = Field(False, description="No animation at all.")
    on_hangup: Literal["manage", "detach", "stop"] = Field(
        "manage",
        description="When the terminal is gone: manage takes no new risk, detach trades on, stop ends the run.",
    )


class LogSettings(Section):
    """The log file in the data folder."""

    level: Literal["debug", "info", "warning", "error"] = Field("info", description="What is worth writing down.")
    format: Literal["json", "text"] = Field("json", description="json is one object a line; text is for people.")
    max_bytes: int = Field(2_000_000, ge=10_000, le=10**9, description="A file that grows past this is set aside.")
    backups: int = Field(4, ge=1, le=100, description="How many files set aside are kept.")


class Settings(BaseSettings):
    """All of it."""

    model_config = SettingsConfigDict(
        extra="forbid", frozen=True, env_prefix=ENV_PREFIX, env_nested_delimiter="__", case_sensitive=False
    )

    risk: RiskSettings = RiskSettings()
    kill: KillSettings = KillSettings()
    engine: EngineSettings = EngineSettings()
    sim: SimSettings = SimSettings()
    screen: ScreenSettings = ScreenSettings()
    log: LogSettings = LogSettings()
    strategies: dict[StrategyName, dict[str, Parameter]] = Field(
        default_factory=dict, description="Parameters of a strategy, one table for each: [strategies.ema_cross]."
    )

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Only what `sources.py` hands in: it asks each source by itself, to know where a value came from."""
        return (init_settings,)


def sections() -> dict[str, type[Section]]:
    """The tables with fixed keys, by name."""
    return {
        name: field.annotation
        for name, field in Settings.model_fields.items()
        if isinstance(field.annotation, type) and issubclass(field.annotation, Section)
    }


def known_keys() -> tuple[str, ...]:
    """Every fixed key, dotted: `risk.max_leverage`."""
    return tuple(f"{name}.{key}" for name, section in sections().items() for key in section.model_fields)
