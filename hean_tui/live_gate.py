"""Why this start may not trade with money: one sentence for each condition that is missing."""

from collections.abc import Mapping

from hean_tui.errors import SafetyGateClosed
from hean_tui.wording import quoted

PHRASE = "I_UNDERSTAND_LIVE_TRADING"
MODES = ("paper", "demo", "testnet", "live")


def refuse_modes_without_an_exchange(mode: str, environ: Mapping[str, str]) -> None:
    """Paper passes; everything that would need an exchange is refused."""
    if mode == "live":
        raise SafetyGateClosed(*missing_for_live(environ))
    if mode != "paper":
        raise SafetyGateClosed(f"The mode {mode} needs an exchange, and this version trades on paper alone.")


def missing_for_live(environ: Mapping[str, str]) -> tuple[str, ...]:
    """What live trading lacks, in the order of its conditions; in this version the last is always missing."""
    sentences = []
    for name, wanted in (("DRY_RUN", "false"), ("LIVE_CONFIRM", "YES"), ("CONFIRM_PHRASE", PHRASE)):
        value = environ.get(name)
        if value != wanted:
            was = "is not set" if not value else f"was {quoted(value)}"
            sentences.append(f"Live trading needs {name}={wanted}; {name} {was}.")
    return (*sentences, "Live trading is not part of this version: its preflight has no exchange to look at.")
