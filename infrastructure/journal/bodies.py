"""Bodies of rows as canonical JSON: the same value is the same bytes, on any machine and in any process.

Keys are sorted, there are no spaces, decimals are strings with every digit they had, text is UTF-8 in Unicode's NFC
form. What has no such form (NaN, infinity, half a surrogate pair) is refused.
"""

import unicodedata
from collections.abc import Mapping
from decimal import Decimal
from math import isfinite
from typing import Any

import msgspec

from infrastructure.journal.faults import UnfitRow

_ENCODE = msgspec.json.Encoder(order="sorted").encode
_DECODE = msgspec.json.Decoder().decode


def canonical(body: object) -> bytes:
    """The one form of a body, or UnfitRow."""
    try:
        encoded = _ENCODE(body)
    except (TypeError, ValueError, OverflowError, RecursionError, msgspec.MsgspecError) as error:
        raise UnfitRow(f"The body of a row cannot be written: {error}.") from None
    if b"null" in encoded or b"NaN" in encoded or b'Infinity"' in encoded:
        _refuse_what_is_no_number(msgspec.to_builtins(body, builtin_types=(Decimal,)))
    return encoded if encoded.isascii() else _ENCODE(_composed(_DECODE(encoded)))


def plain_body(body: bytes) -> Any:
    """What a body says, as plain lists, dictionaries, texts and numbers; decimals stay texts."""
    return _DECODE(body)


def _refuse_what_is_no_number(part: object) -> None:
    # The encoder makes null of a float that is no number; read back, that would be a different fact.
    if isinstance(part, float | Decimal):
        if not (isfinite(part) if isinstance(part, float) else part.is_finite()):
            raise UnfitRow(f"The body of a row held {part}, which is no number; nothing was written.")
    elif isinstance(part, Mapping):
        for key, value in part.items():
            _refuse_what_is_no_number(key)
            _refuse_what_is_no_number(value)
    elif isinstance(part, list | tuple | set | frozenset):
        for value in part:
            _refuse_what_is_no_number(value)


def _composed(part: Any) -> Any:
    if isinstance(part, str):
        return unicodedata.normalize("NFC", part)
    if isinstance(part, list):
        return [_composed(value) for value in part]
    if isinstance(part, dict):
        composed = {unicodedata.normalize("NFC", key): _composed(value) for key, value in part.items()}
        if len(composed) != len(part):
            raise UnfitRow("The body of a row had two keys that are the same text in another spelling.")
        return composed
    return part
