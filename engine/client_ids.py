"""Names for our orders: unique for ever, made by us, and readable to a person on the exchange's site.

`H1` + account epoch (5), dash, number of the intent (7), dash, leg and generation (2) + strategy tag (2), dash, check
(3); Crockford's base 32, for example `H1k3q9z-0000a7f-A0mb-x4t`. Every character is allowed by the exchanges we know.
"""

from zlib import crc32

_ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz"
_PAIRS = tuple(high + low for high in _ALPHABET for low in _ALPHABET)
_NUMBERS = 32**7


def base32(value: int, width: int) -> str:
    """The low digits of a number in Crockford's base 32."""
    return "".join(_ALPHABET[value >> 5 * place & 31] for place in range(width - 1, -1, -1))


class ClientIds:
    """Makes one id after another for one account epoch."""

    __slots__ = ("_prefix", "_tags", "number")

    def __init__(self, epoch: int) -> None:
        self._prefix = f"H1{base32(epoch, 5)}-"
        self._tags: dict[str, str] = {}
        self.number = 0

    def next(self, strategy: str) -> str:
        """A new id that names the strategy."""
        self.number = number = self.number + 1
        if number >= _NUMBERS:
            raise OverflowError(f"the account epoch has used up its {_NUMBERS} order numbers; start a new one")
        tag = self._tags.get(strategy)
        if tag is None:
            tag = self._tags[strategy] = f"-A0{base32(crc32(strategy.encode()), 2)}-"
        digits = (
            _ALPHABET[number >> 30] + _PAIRS[number >> 20 & 1023] + _PAIRS[number >> 10 & 1023] + _PAIRS[number & 1023]
        )
        body = self._prefix + digits + tag
        check = crc32(body.encode())
        return body + _PAIRS[check & 1023] + _ALPHABET[check >> 10 & 31]
