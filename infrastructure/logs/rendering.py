"""A record as one JSON object on one line, or as a line of text for people with what does not fit in below it."""

import logging
from collections.abc import Mapping
from typing import Any, Literal

import msgspec
import structlog
from structlog.stdlib import ExtraAdder, ProcessorFormatter
from structlog.typing import EventDict, WrappedLogger

from infrastructure.logs.plain_values import Clean, moment, plain_fields, plain_line, plain_lines

Style = Literal["json", "text"]
_IDS = ("run_id", "request_id", "trace_id")
_FIRST = (*_IDS, "engine_time", "text")
_NOISE = ("_from_structlog", "context", "message", "asctime")  # what we or other handlers left in the record
_BLOCKS = ("exception", "details")  # texts of many lines
_NOT_FIELDS = frozenset(("time", "level", "component", "event", "text", "engine_time", "fact", *_IDS, *_BLOCKS))


def formatter(style: Style, clean: Clean) -> logging.Formatter:
    """What turns records, those with fields and those of other libraries alike, into lines."""
    return _Formatter(
        foreign_pre_chain=[ExtraAdder()],
        processors=[_Complete(clean), _as_json if style == "json" else _as_text],
    )


class _Formatter(ProcessorFormatter):
    """No record is lost because something in it is odd."""

    def format(self, record: logging.LogRecord) -> str:
        try:
            return super().format(record)
        except Exception as error:  # noqa: BLE001 - the log says so and goes on
            told = {"time": moment(record.created), "level": "error", "component": "log"}
            return _as_json(None, "", {**told, "event": f"a record could not be written ({type(error).__name__})"})


class _Complete:
    """Adds when, how important, by whom, and the ids; then everything is made plain."""

    def __init__(self, clean: Clean) -> None:
        self._clean = clean

    def __call__(self, _: WrappedLogger, __: str, fields: EventDict) -> EventDict:
        record: logging.LogRecord = fields.pop("_record")
        for name in _NOISE:
            fields.pop(name, None)
        ids = {**structlog.contextvars.get_contextvars(), **getattr(record, "context", {})}
        ids = {name: value for name, value in ids.items() if name not in fields}
        blocks: dict[str, str] = {name: str(fields.pop(name)) for name in _BLOCKS if fields.get(name)}
        clean = self._clean
        told: dict[str, Any] = {
            "time": moment(record.created),
            "level": record.levelname.lower(),
            "component": plain_line(fields.pop("component", record.name), clean),
            "event": plain_line(fields.pop("event", ""), clean),
        }
        first = {name: value for name, value in {**ids, **fields}.items() if name in _FIRST}
        rest = {name: value for name, value in fields.items() if name not in first}
        told |= {name: value for name, value in plain_fields(first | ids | rest, clean).items() if name not in told}
        return told | {name: plain_lines(text, clean) for name, text in blocks.items()}


def _as_json(_: WrappedLogger, __: str, fields: EventDict) -> str:
    return msgspec.json.encode(fields).decode()


def _as_text(_: WrappedLogger, __: str, fields: EventDict) -> str:
    words = [
        f"{fields['time']} {fields['level'].upper():<8} {fields['component']}:",
        fields.get("engine_time", ""),
        fields.get("text") or fields["event"],
        *(f"{name}={_shown(value)}" for name, value in fields.items() if name not in _NOT_FIELDS),
    ]
    ids = [f"{name}={fields[name]}" for name in _IDS[1:] if fields.get(name)]  # one file is one run, mostly
    below = [f"\n    {line}" for name in _BLOCKS for line in fields.get(name, ())]
    return " ".join(word for word in [*words, *ids] if word) + "".join(below)


def _shown(value: Any) -> str:
    if isinstance(value, Mapping | list):
        return msgspec.json.encode(value).decode()
    return f'"{value}"' if isinstance(value, str) and " " in value else str(value)
