"""Where settings come from, later wins: defaults, TOML files, HEAN__ variables, flat names, `--set`."""

import os
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from pydantic import ValidationError
from pydantic_settings import EnvSettingsSource, SettingsError, TomlConfigSettingsSource

from hean_tui.errors import UserError, WrongCommandLine, WrongConfiguration
from hean_tui.settings import flat_names
from hean_tui.settings.complaints import Complaint, complaints_of
from hean_tui.settings.model import ENV_PREFIX, Settings
from hean_tui.wording import quoted

DEFAULT = "default"
COMMAND_LINE = "--set"
LARGEST_FILE = 1_000_000
_MOST_COMPLAINTS = 8


@dataclass(frozen=True, slots=True)
class LoadedSettings:
    """The settings that hold, and for each dotted key that is not a default where it came from."""

    settings: Settings
    origins: Mapping[str, str]
    files: tuple[Path, ...]
    notices: tuple[str, ...]

    def origin(self, key: str) -> str:
        """Where the value of a dotted key came from."""
        return self.origins.get(key, DEFAULT)


def default_file(environ: Mapping[str, str]) -> Path:
    """The settings file that is read when none is named and it is there."""
    home = environ.get("XDG_CONFIG_HOME", "")
    # The XDG rules say that a relative path there is invalid and is to be ignored.
    folder = Path(home if home.startswith("/") else os.path.expanduser("~/.config"))
    return folder / "hean-tui" / "config.toml"


def files_to_read(named: Sequence[str], environ: Mapping[str, str]) -> tuple[Path, ...]:
    """The files somebody named, else the one in its usual place, if it is there."""
    if named:
        return tuple(Path(name) for name in named)
    usual = default_file(environ)
    return (usual,) if usual.is_file() else ()


def load_settings(named_files: Sequence[str] = (), assignments: Mapping[str, str] | None = None) -> LoadedSettings:
    """Read every source, merge them, and refuse what is unknown or impossible in the words of its source."""
    files = files_to_read(named_files, os.environ)
    layers = [(str(path), read_file(path)) for path in files]
    layers += [("environment", _read_environment())]
    layers += [("flat name", nested(flat_names.settings_from(os.environ)))]
    layers += [(COMMAND_LINE, nested(assignments or {}))]
    merged: dict[str, Any] = {}
    origins: dict[str, str] = {}
    for label, layer in layers:
        _merge(merged, layer)
        origins.update({key: _origin(label, key) for key in leaves(layer)})
    try:
        settings = Settings(**merged)
    except ValidationError as error:
        raise _refusal(complaints_of(error), origins, leaves(merged)) from None
    notice = flat_names.notice(os.environ)
    return LoadedSettings(settings, origins, files, (notice,) if notice else ())


def read_file(path: Path) -> dict[str, Any]:
    """One TOML file as nested tables."""
    name = quoted(path)
    try:
        if not path.exists():
            raise WrongConfiguration(f"The settings file {name} is not there; hean-tui config init writes one.")
        if not path.is_file():
            raise WrongConfiguration(f"The settings file {name} is not a file.")
        if path.stat().st_size > LARGEST_FILE:
            raise WrongConfiguration(f"The settings file {name} is larger than {LARGEST_FILE} bytes.")
        return TomlConfigSettingsSource(Settings, toml_file=path)()
    except tomllib.TOMLDecodeError as error:
        raise WrongConfiguration(f"The settings file {name} is not TOML: {_first_line(error)}.") from None
    except UnicodeDecodeError as error:
        raise WrongConfiguration(f"The settings file {name} is not UTF-8 text at byte {error.start}.") from None
    except SettingsError as error:
        raise WrongConfiguration(f"The settings file {name} could not be read: {_first_line(error)}.") from None
    except OSError as error:
        raise WrongConfiguration(f"The settings file {name} could not be read: {error.strerror}.") from None


def nested(dotted: Mapping[str, str]) -> dict[str, Any]:
    """`{"risk.max_leverage": "3"}` as tables."""
    tables: dict[str, Any] = {}
    for key, value in dotted.items():
        *path, last = key.split(".")
        table = tables
        for name in path:
            table = table.setdefault(name, {})
        table[last] = value
    return tables


def leaves(tables: Mapping[str, Any], prefix: str = "") -> dict[str, Any]:
    """Nested tables as dotted keys."""
    flat: dict[str, Any] = {}
    for name, value in tables.items():
        if isinstance(value, Mapping) and value:
            flat |= leaves(value, f"{prefix}{name}.")
        else:
            flat[f"{prefix}{name}"] = value
    return flat


def _read_environment() -> dict[str, Any]:
    # The source looks for the names it knows; a name it does not know would be passed over in silence.
    known = {*Settings.model_fields}
    for name in sorted(os.environ):
        section = name[len(ENV_PREFIX) :].lower().partition("__")[0]
        if name.upper().startswith(ENV_PREFIX) and section not in known:
            complaint = Complaint((section,), "unknown", os.environ[name])
            raise WrongConfiguration(complaint.sentence(f"the environment variable {name}"))
    try:
        return EnvSettingsSource(Settings)()
    except SettingsError as error:
        raise WrongConfiguration(f"A variable {ENV_PREFIX}... could not be read: {_first_line(error)}.") from None


def _merge(onto: dict[str, Any], layer: Mapping[str, Any]) -> None:
    for key, value in layer.items():
        if isinstance(value, Mapping) and isinstance(onto.get(key), dict):
            _merge(onto[key], value)
        else:
            onto[key] = dict(value) if isinstance(value, Mapping) else value


def _origin(label: str, key: str) -> str:
    if label == "environment":
        return f"environment {ENV_PREFIX}{key.upper().replace('.', '__')}"
    if label == "flat name":
        return f"environment {flat_names.flat_name_of(key)}"
    return label


def _refusal(complaints: Sequence[Complaint], origins: Mapping[str, str], written: Mapping[str, Any]) -> UserError:
    sentences = []
    error: type[UserError] = WrongConfiguration
    for complaint in complaints[:_MOST_COMPLAINTS]:
        origin = next((origins[key] for key in origins if complaint.concerns(key)), "the settings")
        if origin == COMMAND_LINE:
            error = WrongCommandLine
        # What stood there, not what a reader made of it: "5%" and not 0.05.
        said = written.get(complaint.key)
        is_one_value = isinstance(said, str | int | float)
        sentences.append((replace(complaint, value=said) if is_one_value else complaint).sentence(origin))
    return error(*sentences)


def _first_line(error: Exception) -> str:
    text = str(error).splitlines()[0] if str(error) else type(error).__name__
    return text.rstrip(".")
