"""The flat environment names that operators already have, and which of them somebody reads."""

import os
from collections.abc import Mapping
from dataclasses import dataclass

from hean_tui.wording import one_of

# The flat name, and the setting it stands for.
SETTINGS = {
    "MAX_POSITION_SIZE": "risk.max_position_size",
    "MAX_LEVERAGE": "risk.max_leverage",
    "DAILY_DRAWDOWN_LIMIT": "risk.daily_drawdown_limit",
    "EVENT_MAX_QUEUE_SIZE": "engine.event_max_queue_size",
    "LOG_LEVEL": "log.level",
}
# Read by the live gate alone, from the environment alone: a file cannot leave them switched on.
LIVE_GATE = ("DRY_RUN", "LIVE_CONFIRM", "CONFIRM_PHRASE")
NOT_READ_YET = (
    "EXCHANGE",
    "API_KEY",
    "API_SECRET",
    "REDIS_URL",
    "DATABASE_URL",
    "EVENT_BATCH_SIZE",
    "ML_MODEL_PATH",
    "ML_INFERENCE_TIMEOUT",
    "PROMETHEUS_PORT",
)
SECRET = ("API_KEY", "API_SECRET", "REDIS_URL", "DATABASE_URL")


@dataclass(frozen=True, slots=True)
class FlatName:
    """A flat name that is set, as it may be shown."""

    name: str
    shown: str
    read_by: str


def settings_from(environ: Mapping[str, str]) -> dict[str, str]:
    """The settings that flat names give, dotted."""
    return {key: _cleaned(key, environ[name]) for name, key in SETTINGS.items() if environ.get(name, "").strip()}


def flat_name_of(key: str) -> str:
    """The flat name that stands for a setting."""
    return next(name for name, dotted in SETTINGS.items() if dotted == key)


def names_present(environ: Mapping[str, str]) -> tuple[FlatName, ...]:
    """All flat names that are set, with secrets masked."""
    readers = dict.fromkeys(NOT_READ_YET, "nothing yet") | dict.fromkeys(LIVE_GATE, "the live gate") | SETTINGS
    return tuple(
        FlatName(name, masked(environ[name]) if name in SECRET else environ[name], readers[name])
        for name in sorted(readers)
        if environ.get(name)
    )


def notice(environ: Mapping[str, str]) -> str | None:
    """The one sentence about names that are set and that nothing reads yet."""
    names = [name for name in NOT_READ_YET if environ.get(name)]
    if not names:
        return None
    verb = "is set and nothing reads it" if len(names) == 1 else "are set and nothing reads them"
    return f"{one_of(names, 'and')} {verb} yet."


def secret_values(environ: Mapping[str, str] | None = None) -> tuple[str, ...]:
    """What must never be written down: the values of the secret names."""
    source = os.environ if environ is None else environ
    return tuple(source[name] for name in SECRET if len(source.get(name, "")) >= 4)


def masked(value: str) -> str:
    """The same few stars for every secret, so that not even its length is told."""
    return "********" if value else ""


def _cleaned(key: str, value: str) -> str:
    # LOG_LEVEL=INFO is how everybody writes it.
    return value.strip().lower() if key == "log.level" else value.strip()
