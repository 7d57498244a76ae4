"""What a symbol's name says: which kind of instrument, and what it is made of."""

from dataclasses import dataclass

from hean_tui.errors import WrongCommandLine
from hean_tui.wording import quoted

_QUOTES = ("USDT", "USDC", "USD", "EUR", "BTC", "ETH")


@dataclass(frozen=True, slots=True)
class MarketName:
    """`BTC/USDT` taken apart; a settlement coin makes it a perpetual."""

    base: str
    quote: str
    settle: str

    @property
    def is_spot(self) -> bool:
        """Whether the coin itself is traded."""
        return not self.settle


def read_market(symbol: str) -> MarketName:
    """The parts of a symbol; perpetuals that are settled in the coin itself are refused, for their profit is no sum."""
    base, _, rest = symbol.partition("/")
    quote, _, settle = rest.partition(":")
    if settle and settle != quote:
        raise WrongCommandLine(
            f"{quoted(symbol)} is settled in {settle}; a backtest knows perpetuals that are settled in their quote "
            f"currency, such as {base}/{quote}:{quote}."
        )
    return MarketName(base, quote, settle)


def spot_of(symbol: str) -> str:
    """The spot market beside a perpetual; a spot market is its own."""
    return symbol.partition(":")[0]


def symbol_in_words(name: str) -> str:
    """A market as a file names it, in our words: `BTCUSDT` is taken for the perpetual `BTC/USDT:USDT`."""
    if "/" in name:
        return name
    letters = "".join(mark for mark in name.upper() if mark.isalnum())
    quote = next((each for each in _QUOTES if letters.endswith(each) and len(letters) > len(each)), None)
    if quote is None:
        raise WrongCommandLine(f"The file names {quoted(name)}; say which market that is with --symbol BTC/USDT:USDT.")
    return f"{letters.removesuffix(quote)}/{quote}:{quote}"
