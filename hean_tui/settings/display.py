"""Settings on paper: each value with where it came from, secrets masked, and the file that `config init` writes."""

import json
from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import Any

from engine.money import ZERO, plain
from hean_tui.settings.complaints import is_secret
from hean_tui.settings.flat_names import masked, names_present
from hean_tui.settings.model import Settings, sections
from hean_tui.settings.section import Section
from hean_tui.settings.sources import LoadedSettings


def rows(loaded: LoadedSettings) -> list[tuple[str, Any, str]]:
    """(dotted key, value as JSON has it, where it came from), in the order of the file."""
    found = []
    for name in sections():
        section: Section = getattr(loaded.settings, name)
        found += [(f"{name}.{key}", getattr(section, key)) for key in type(section).model_fields]
    for strategy, parameters in sorted(loaded.settings.strategies.items()):
        found += [(f"strategies.{strategy}.{key}", value) for key, value in sorted(parameters.items())]
    return [(key, _shown(key, value), loaded.origin(key)) for key, value in found]


def as_json(loaded: LoadedSettings, environ: Mapping[str, str]) -> str:
    """What `config show --json` prints."""
    return json.dumps(
        {
            "settings": {key: {"value": value, "from": origin} for key, value, origin in rows(loaded)},
            "files": [str(path) for path in loaded.files],
            "environment": {
                flat.name: {"value": flat.shown, "read_by": flat.read_by} for flat in names_present(environ)
            },
        },
        indent=2,
    )


def as_lines(loaded: LoadedSettings, environ: Mapping[str, str]) -> list[str]:
    """What `config show` prints: three columns, and the flat names that are set below them."""
    lines = _columns([(key, _word(value), origin) for key, value, origin in rows(loaded)])
    present = names_present(environ)
    if present:
        lines += ["", *_columns([(flat.name, flat.shown, f"read by {flat.read_by}") for flat in present])]
    return lines


def as_toml(answers: Mapping[str, str] | None = None) -> str:
    """The file `config init` writes: every setting with its sentence, at its default or the answer given."""
    chosen = answers or {}
    lines = [
        "# hean-tui settings. What stands here holds over the defaults; HEAN__ variables and --set hold over this."
    ]
    for name, section in sections().items():
        lines += ["", f"# {section.__doc__}", f"[{name}]"]
        for key, field in section.model_fields.items():
            written = chosen.get(f"{name}.{key}")
            value = field.default if written is None else section(**{key: written}).model_dump()[key]
            lines += [f"# {field.description}", f"{key} = {_toml(value)}" if value is not None else f"# {key} ="]
    lines += [
        "",
        f"# {Settings.model_fields['strategies'].description}",
        "# [strategies.ema_cross]",
        "# fast = 10",
    ]
    return "\n".join(lines) + "\n"


def default_text(key: str) -> str:
    """The default of a setting, as a person would write it."""
    section, _, name = key.partition(".")
    default = sections()[section].model_fields[name].default
    is_part = isinstance(default, Decimal) and ZERO < default < 1
    return f"{plain(default * 100)}%" if is_part else str(_word(_shown(key, default)))


def _columns(table: Iterable[tuple[str, str, str]]) -> list[str]:
    filled = list(table)
    first, second = (max(len(row[column]) for row in filled) for column in (0, 1))
    return [f"{key:<{first}}  {value:<{second}}  {origin}".rstrip() for key, value, origin in filled]


def _shown(key: str, value: Any) -> Any:
    if is_secret(key.rpartition(".")[2]):
        return masked(str(value))
    if isinstance(value, Decimal):
        return plain(value)
    return list(value) if isinstance(value, tuple) else value


def _word(value: Any) -> str:
    if value is None:
        return "-"
    if isinstance(value, list):
        return ", ".join(value) or "-"
    if isinstance(value, bool):
        return "true" if value else "false"
    return "".join(letter if letter.isprintable() else "?" for letter in str(value)) or "-"


def _toml(value: Any) -> str:
    if isinstance(value, Decimal):
        return plain(value)
    # For texts, numbers, truths and flat lists of texts JSON and TOML write the same.
    return json.dumps(list(value) if isinstance(value, tuple) else value, ensure_ascii=False)
