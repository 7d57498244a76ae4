"""The secrets that this process was told, and how they are taken out of whatever it says or writes."""

from functools import lru_cache
from os.path import expanduser

from hean_tui.settings.flat_names import secret_values
from infrastructure.logs.redactor import Redactor


def redactor() -> Redactor:
    """What knows the secrets of now."""
    return _knowing(secret_values(), expanduser("~"))


def without_secrets(text: str) -> str:
    """For people: only what is secret is taken out."""
    return redactor().secrets(text)


@lru_cache(maxsize=1)
def _knowing(secrets: tuple[str, ...], home: str) -> Redactor:
    return Redactor(secrets, home=home)
