"""Keeps libraries quiet: what they say below a warning is theirs, and may hold headers, keys and addresses."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager

OURS = frozenset(("hean_tui", "engine", "infrastructure", "strategies", "risk", "tilt", "analytics"))
TALKATIVE = ("aiohttp", "aiosqlite", "asyncio", "ccxt", "httpx", "pybit", "requests", "urllib3", "websockets")


def is_worth_writing(record: logging.LogRecord) -> bool:
    """Ours at any level, everybody else's from a warning up, however they set their own loggers."""
    return record.levelno >= logging.WARNING or record.name.partition(".")[0] in OURS


@contextmanager
def quiet_libraries() -> Iterator[None]:
    """The loggers of libraries say nothing below a warning, and Python's warnings go to the log, not to the screen."""
    before = {name: logging.getLogger(name).level for name in TALKATIVE}
    for name in TALKATIVE:
        logging.getLogger(name).setLevel(logging.WARNING)
    logging.captureWarnings(True)
    try:
        yield
    finally:
        logging.captureWarnings(False)
        for name, level in before.items():
            logging.getLogger(name).setLevel(level)
