"""The forms in which one secret travels: as it is, escaped, in hexadecimal, in base64, in a URL."""

import base64
import json
import re
from urllib.parse import quote, quote_plus, unquote, urlsplit

SHORTEST = 4  # what is shorter would mask ordinary words
_SHORTEST_CORE = 8  # of base64: less would be found by chance
_ESCAPE = re.compile("%[0-9A-F]{2}")


def secrets_in(value: str) -> list[str]:
    """A secret, and the password inside where it is an address such as that of a database."""
    found = [value]
    if "://" in value:
        try:
            password = urlsplit(value).password
        except ValueError:
            password = None
        if password:
            found += [password, unquote(password)]
    return [secret for secret in found if len(secret) >= SHORTEST]


def forms_of(secret: str) -> list[str]:
    """Every text that gives the secret away, each of them once, the longest first."""
    raw = secret.encode("utf-8", "surrogateescape")
    forms = {secret, *_escaped(secret), *_in_urls(secret, raw), raw.hex(), raw.hex().upper(), *_in_base64(raw)}
    return sorted((form for form in forms if len(form) >= SHORTEST), key=lambda form: (-len(form), form))


def _escaped(secret: str) -> list[str]:
    return [
        json.dumps(secret)[1:-1],
        json.dumps(secret, ensure_ascii=False)[1:-1],
        repr(secret)[1:-1],
        ascii(secret)[1:-1],
    ]


def _in_urls(secret: str, raw: bytes) -> list[str]:
    try:
        quoted = [quote(secret), quote(secret, safe=""), quote_plus(secret)]
    except UnicodeEncodeError:  # it is no text that could be in a URL
        quoted = []
    quoted.append("".join(f"%{byte:02X}" for byte in raw))
    return quoted + [_ESCAPE.sub(lambda found: found[0].lower(), text) for text in quoted]


def _in_base64(raw: bytes) -> list[str]:
    """By itself, and the part that is the same wherever the secret stands in something longer."""
    forms = []
    for encode in (base64.b64encode, base64.urlsafe_b64encode):
        forms.append(encode(raw).decode("ascii").rstrip("="))
        for offset in range(3):
            text = encode(bytes(offset) + raw).decode("ascii").rstrip("=")
            first = (offset * 8 + 5) // 6
            last = (offset + len(raw)) * 8 // 6
            if last - first >= _SHORTEST_CORE:
                forms.append(text[first:last])
    return forms
