"""What looks like a secret or an address, whoever it belongs to: it has no place in a file that gets passed around."""

import re
from functools import lru_cache
from ipaddress import ip_address

MASK = "********"
ADDRESS = "[address]"
_NAME = (
    r"x-bapi-(?:api-key|sign)|api[_-]?(?:key|secret)|(?:[a-z]+[_-])?token|(?:[a-z]+[_-])?secret(?:[_-]?key)?"
    r"|passw(?:or)?d|passphrase|authorization|signature|private[_-]?key|(?:set-)?cookie"
)
_SECRET_NAME = re.compile(_NAME, re.IGNORECASE)
_NAMED = re.compile(
    rf"\b({_NAME})(\W{{0,3}}[:=]\s*[\"']?(?:(?:bearer|basic|digest)\s+)?)([^\s\"',;&)}}\]]+)", re.IGNORECASE
)
_BEARER = re.compile(r"\b(bearer\s+)([\w.~+/=-]{8,})", re.IGNORECASE)
_USER_IN_URL = re.compile(r"(\w://)[^\s/@]{0,200}@")
_PEM = re.compile(r"-----BEGIN ([A-Z ]*PRIVATE KEY)-----.*?(?:-----END \1-----|$)", re.DOTALL)
_IPV4 = re.compile(r"(?<![\w.])(?:\d{1,3}\.){3}\d{1,3}(?![\w.]*\w)")
_IPV6 = re.compile(r"(?<![\w:])(?:[0-9a-f]{0,4}:){2,7}[0-9a-f]{0,4}(?![\w:])", re.IGNORECASE)


# What a text must hold before it is worth a look; looking itself costs ten times as much.
_HINTS = ("key", "token", "secret", "passw", "passp", "auth", "sign", "cookie")


@lru_cache(maxsize=1024)
def is_secret_name(name: str) -> bool:
    """Whether what stands under this name is never shown."""
    return _SECRET_NAME.fullmatch(name) is not None


def without_lookalikes(text: str) -> str:
    """The text without values of secret names, credentials in URLs, private keys, and addresses of other machines."""
    if "-----BEGIN" in text:
        text = _PEM.sub(MASK, text)
    colons = text.count(":")
    lowered = text.lower()
    if (colons or "=" in text) and any(hint in lowered for hint in _HINTS):
        text = _NAMED.sub(rf"\1\2{MASK}", text)
    if "bearer" in lowered:
        text = _BEARER.sub(rf"\1{MASK}", text)
    if "://" in text:
        text = _USER_IN_URL.sub(rf"\1{MASK}@", text)
    if text.count(".") > 2:
        text = _IPV4.sub(_address, text)
    return _IPV6.sub(_address, text) if colons > 1 else text


def _address(found: re.Match[str]) -> str:
    """An address of this machine tells nobody anything; a time of day is none at all."""
    try:
        address = ip_address(found[0])
    except ValueError:
        return found[0]
    return found[0] if address.is_loopback or address.is_unspecified else ADDRESS
