"""What an account of a given size could trade under the settings, at the first prices of the built-in market."""

from collections.abc import Sequence
from decimal import Decimal

from hean_tui.doctor.fact import Fact, fine, worth_a_look
from hean_tui.errors import UserError
from hean_tui.settings.model import Settings
from hean_tui.settings.sources import load_settings
from risk.feasibility import Feasibility, Verdict, feasibility
from risk.feasibility_words import verdict_sentence


def feasibility_at_first(named_files: Sequence[str], capital: Decimal | None) -> Feasibility | None:
    """For this capital, else for that of the settings; None where they cannot be read, which is a fact of its own."""
    try:
        settings = load_settings(named_files).settings
    except UserError:
        return None
    return feasibility_of_settings(settings, settings.engine.capital if capital is None else capital)


def feasibility_of_settings(settings: Settings, capital: Decimal) -> Feasibility:
    """The symbols that a run under these settings would trade."""
    from engine.simulation.world.coins import COINS
    from engine.simulation.world.listing import LISTING

    first = {coin.name: Decimal(repr(coin.price)) for coin in COINS}
    chosen = settings.engine.symbols
    traded = [instrument for instrument in LISTING if not chosen or instrument.symbol in chosen]
    return feasibility(
        capital,
        [(instrument, first.get(instrument.base)) for instrument in traded],
        settings.risk.limits(),
        settings.engine.server_cost_per_month,
    )


def capital_facts(told: Feasibility | None) -> list[Fact]:
    """The verdict; the table says the rest."""
    if told is None:
        return []
    make = fine if told.verdict in (Verdict.ALL, Verdict.SOME) else worth_a_look
    return [make("capital", verdict_sentence(told))]
