"""Loggers whose records have fields, and the ids that go through everything that one request or decision causes."""

from contextlib import AbstractContextManager
from typing import Any

import structlog
from structlog.stdlib import BoundLogger, LoggerFactory, PositionalArgumentsFormatter, ProcessorFormatter

structlog.configure(
    processors=[
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.filter_by_level,
        PositionalArgumentsFormatter(),
        structlog.processors.format_exc_info,
        ProcessorFormatter.wrap_for_formatter,
    ],
    logger_factory=LoggerFactory(),
    wrapper_class=BoundLogger,
    cache_logger_on_first_use=False,  # a logger that was made before the log is opened must find it
)


def get_logger(name: str) -> BoundLogger:
    """A logger of this name; `log.info("gate closed", symbol=...)` writes the fields beside the event."""
    logger: BoundLogger = structlog.stdlib.get_logger(name)
    return logger


def bind(**ids: str) -> None:
    """Give all that is logged from here on in this thread or task these ids: `run_id`, `request_id`, `trace_id`."""
    structlog.contextvars.bind_contextvars(**ids)


def bound(**ids: str) -> AbstractContextManager[Any]:
    """The same while a block lasts."""
    return structlog.contextvars.bound_contextvars(**ids)
