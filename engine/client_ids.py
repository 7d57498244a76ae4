"""Names for our orders: unique for ever, made by us, and readable to a person on the exchange's site.

`H1` + account epoch (5), dash, number of the intent (7), dash, leg and generation (2) + strategy tag (2), dash, check
(3); Crockford's base 32, for example `H1k3q9z-0000a7f-A0mb-x4t`. Every character is allowed by the exchanges we know.
"""

from zlib import crc32

_ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz"
_PAIRS = tuple(high + low for high in _ALPHABET for low in _ALPHABET)
_NUMBERS = 32**7
SKIPPED = 1_000  # at each start that goes on


def base32(value: int, width: int) -> str:
    """The low digits of a number in Crockford's base 32."""
    return "".join(_ALPHABET[value >> 5 * place & 31] for place in range(width - 1, -1, -1))


def number_of(order_id: str) -> int:
    """The number in an id of ours."""
    number = 0
    for letter in order_id[8:15]:
        number = number << 5 | _ALPHABET.index(letter)
    return number


class ClientIds:
    """Makes one id after another for one account epoch."""

    __slots__ = ("_head", "_prefix", "_tags", "_thousand", "number")

    def __init__(self, epoch: int) -> None:
        self._prefix = f"H1{base32(epoch, 5)}-"
        self._tags: dict[str, str] = {}
        self._thousand = -1
        self._head = ""
        self.number = 0

    def next(self, strategy: str) -> str:
        """A new id that names the strategy."""
        self.number = number = self.number + 1
        if number >> 10 != self._thousand:
            self._begin_thousand(number)
        tag = self._tags.get(strategy)
        if tag is None:
            tag = self._tags[strategy] = f"-A0{base32(crc32(strategy.encode()), 2)}-"
        body = f"{self._head}{_PAIRS[number & 1023]}{tag}"
        check = crc32(body.encode())
        return f"{body}{_PAIRS[check & 1023]}{_ALPHABET[check >> 10 & 31]}"

    def skip(self) -> None:
        """Leave out numbers that an earlier run may have used without a row, as a kill may."""
        self.number += SKIPPED

    def _begin_thousand(self, number: int) -> None:
        """The next 1,024 ids begin with the same characters."""
        if number >= _NUMBERS:
            raise OverflowError(f"the account epoch has used up its {_NUMBERS} order numbers; start a new one")
        self._thousand = number >> 10
        self._head = f"{self._prefix}{base32(self._thousand, 5)}"
