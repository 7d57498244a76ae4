"""What an account is told in words: the numbers, and the way out."""

from decimal import Decimal

import msgspec
import pytest

from engine.instruments import Instrument
from hean_tui.feasibility_table import as_lines
from risk.feasibility import Feasibility, feasibility
from risk.feasibility_words import percent_text, symbol_sentence, tier_sentence, verdict_sentence
from risk.limits import Limits
from tests.test_feasibility_account import BTC, BTC_PRICE, BTC_SPOT, SERVER, coin

D = Decimal
MARKETS = [(BTC, BTC_PRICE), (BTC_SPOT, BTC_PRICE)]


def account(
    balance: str, *markets: tuple[Instrument, Decimal | None], server: str = "6", **limits: Decimal | None
) -> Feasibility:
    """One account, in front of the two markets of BTC if no others are named."""
    return feasibility(D(balance), markets or MARKETS, Limits(**limits), D(server))  # type: ignore[arg-type]


def named(instrument: Instrument, symbol: str) -> Instrument:
    return msgspec.structs.replace(instrument, symbol=symbol)


@pytest.mark.parametrize(
    ("percent", "text"),
    [
        ("0", "0.00"),
        ("0.00009", "<0.0001"),
        ("0.0001", "0.0001"),
        ("0.01444", "0.0144"),
        ("0.0999", "0.0999"),
        ("0.1", "0.10"),
        ("93.754", "93.75"),
        ("2500", "2,500.00"),
    ],
)
def test_parts_are_told_with_the_places_that_matter(percent: str, text: str) -> None:
    """What is something is never told as nothing."""
    assert percent_text(D(percent)) == text


# --- the verdict


def test_an_account_that_can_trade_nothing_is_told_what_it_would_take() -> None:
    """The first symbol that would be in reach."""
    assert verdict_sentence(account("3")) == (
        "With 3.00 USDT nothing can be traded; BTC/USDT asks for an account of 53.68."
    )


def test_an_account_under_the_smallest_tier_is_told_that_honestly() -> None:
    """75 of 80 are 93.75 %, 6 of 80 are 7.50 %; 500 is the tier, and at 6 of 2 % the server would ask for 300."""
    told = account("80")
    assert verdict_sentence(told) == (
        "With 80.00 USDT hardly anything makes sense: 1 of 2 symbols could be traded, but HALT at a loss of 75.00 is "
        "93.75 % of the account and the server takes 7.50 % of it a month; 500.00 USDT would be in proportion."
    )
    assert tier_sentence(told) == (
        "The account is under the smallest tier, which begins at 500.00 USDT; the Sniper's levels hold."
    )
    assert tier_sentence(account("500")) is None


def test_only_what_is_out_of_proportion_is_named() -> None:
    """A cheap server under the smallest tier, and a dear one above it: 30 are 2 % of 1,500."""
    assert verdict_sentence(account("499", server="1")) == (
        "With 499.00 USDT hardly anything makes sense: 1 of 2 symbols could be traded, but HALT at a loss of 75.00 is "
        "15.03 % of the account; 500.00 USDT would be in proportion."
    )
    assert verdict_sentence(account("1000", server="30")) == (
        "With 1,000.00 USDT hardly anything makes sense: 2 of 2 symbols could be traded, but the server takes "
        "3.00 % of it a month; 1,500.00 USDT would be in proportion."
    )


def test_an_account_that_can_trade_some_is_told_what_the_others_ask_for() -> None:
    """The nearest first, three at most."""
    assert verdict_sentence(account("612")) == (
        "With 612.00 USDT 1 of 2 symbols can be traded; BTC/USDT:USDT asks for an account of 880.00."
    )
    others = [(named(BTC, f"{name}/USDT:USDT"), D(price)) for name, price in (("A", 92_000), ("B", 90_000))]
    assert verdict_sentence(account("612", *MARKETS, *others)) == (
        "With 612.00 USDT 1 of 4 symbols can be traded; BTC/USDT:USDT asks for an account of 880.00, "
        "B/USDT:USDT for one of 900.00, A/USDT:USDT for one of 920.00."
    )
    others.append((named(BTC, "C/USDT:USDT"), D(94_000)))
    assert verdict_sentence(account("612", *MARKETS, *others)).endswith("for one of 920.00, 1 more for larger ones.")


def test_an_account_that_can_trade_all_is_told_so() -> None:
    """And nothing else."""
    assert verdict_sentence(account("25000")) == "With 25,000.00 USDT all 2 symbols can be traded."


def test_where_no_account_helps_the_reason_is_named() -> None:
    """A limit, a price that nobody knows, a tier that allows less than the one below, and no symbol at all."""
    some = "With 2,000.00 USDT 1 of 2 symbols can be traded; what is left"
    piece = (coin(min_quantity=7), D(100))  # loses 35: 2 % of 1,750, and 1.5 % of 2,333.34
    assert verdict_sentence(account("2000", max_position_size=D(50))) == f"{some} is above the limit of a position."
    assert verdict_sentence(account("2000", (BTC, BTC_PRICE), (BTC_SPOT, None))) == f"{some} has no price yet."
    assert verdict_sentence(account("2000", (BTC_SPOT, BTC_PRICE), piece, risk_per_trade=D("0.02"))) == (
        f"{some} loses more at the stop than a trade of this tier may."
    )
    empty = feasibility(D(2000), [], Limits(), SERVER)
    assert verdict_sentence(empty) == "With 2,000.00 USDT nothing can be traded; no symbol was chosen."


# --- one symbol


def test_a_symbol_that_fits_tells_its_size() -> None:
    """Without a stop there is none to tell."""
    told = account("25000")
    assert symbol_sentence(told, told.symbols[0]) == (
        "The smallest trade of BTC/USDT:USDT, 0.001 BTC for 88.00 USDT, fits; the risk of a trade buys 0.028."
    )
    told = account("25000", default_stop=None)
    assert symbol_sentence(told, told.symbols[0]) == (
        "The smallest trade of BTC/USDT:USDT, 0.001 BTC for 88.00 USDT, fits."
    )


def test_a_symbol_that_risks_too_much_tells_two_ways_out() -> None:
    """4.40 of 612 are 0.72 %; 3.06 of 88 are 3.477 %, and a stop must not be farther."""
    told = account("612")
    assert symbol_sentence(told, told.symbols[0]) == (
        "The smallest trade of BTC/USDT:USDT, 0.001 BTC for 88.00 USDT, loses 0.72 % of the account at the stop, and a "
        "trade may lose 0.50 %; it takes an account of 880.00 or a stop within 3.47 % of the price."
    )


def test_where_a_larger_account_would_not_help_only_the_stop_is_told() -> None:
    """35 of 2,000 are 1.75 %, and a Hunter's trade may lose 1.5 %: 30, which are 4.28 % of 700."""
    told = account("2000", (coin(min_quantity=7), D(100)), risk_per_trade=D("0.02"))
    assert symbol_sentence(told, told.symbols[0]).endswith(
        "loses 1.75 % of the account at the stop, and a trade may lose 1.50 %; "
        "it takes a stop within 4.28 % of the price."
    )


def test_a_symbol_that_cannot_be_paid_for_tells_what_it_needs() -> None:
    """A third of 88 and the fees."""
    told = account("3")
    assert symbol_sentence(told, told.symbols[0]) == (
        "The smallest trade of BTC/USDT:USDT, 0.001 BTC for 88.00 USDT, needs 29.43 with its fees; "
        "it takes an account of 880.00."
    )


def test_a_symbol_above_a_limit_names_the_limit() -> None:
    """The person's own, or the exchange's."""
    told = account("2000", max_position_size=D(50))
    assert symbol_sentence(told, told.symbols[0]).endswith(
        "is above max_position_size, 50.00; that would have to be raised."
    )
    told = account("2000", (coin(min_quantity=5, most=4), D(100)))
    assert symbol_sentence(told, told.symbols[0]) == (
        "The smallest trade of OAK/USDT:USDT, 5 OAK for 500.00 USDT, is above the largest that the exchange takes."
    )


def test_a_symbol_without_a_price_says_so() -> None:
    """Instead of guessing."""
    told = account("2000", (BTC, None))
    assert symbol_sentence(told, told.symbols[0]) == ("BTC/USDT:USDT has no price yet, so nothing can be said of it.")


# --- the table


def test_the_table_stands_as_it_is_drawn_here() -> None:
    """Every column of a symbol that is too risky, of one that fits, and of one without a price."""
    assert as_lines(account("612", *MARKETS, (named(BTC, "X/USDT:USDT"), None))) == [
        "account   612.00 USDT, Sniper",
        "levels    10 / 25 / 50 / 75 lost are 1.63 / 4.08 / 8.17 / 12.25 % of it",
        "a trade   risks 0.50 % (3.06), stop 5 % away, leverage 3 at most",
        "server    6.00 a month are 0.98 % of it, also idle",
        "",
        "symbol        smallest worth needs  lot % stop % fees %      size   from",
        "BTC/USDT:USDT    0.001 88.00 29.43  14.38   0.72 0.0158 over risk 880.00",
        "BTC/USDT      0.000061  5.37  5.38 0.0144 0.0439 0.0018  0.000695  53.68",
        "X/USDT:USDT          -     -     -      -      -      -  no price      -",
        "",
        "With 612.00 USDT 1 of 3 symbols can be traded; BTC/USDT:USDT asks for an",
        "account of 880.00.",
    ]


def test_without_a_stop_the_table_has_no_sizes() -> None:
    """And says that none is set."""
    lines = as_lines(account("612", default_stop=None))
    assert lines[2] == "a trade   risks 0.50 % (3.06), no stop is set, leverage 3 at most"
    assert lines[6].split() == ["BTC/USDT:USDT", "0.001", "88.00", "29.43", "14.38", "-", "0.0158", "-", "29.44"]
