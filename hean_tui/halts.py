"""How a halt and a kill end: the commands that lift them, where a person can."""

from engine.gate import ACCOUNT_SCOPE
from risk.tiers import BY_NAME

# What opens again what a kill has closed; it survives every restart, and no key does it.
UNLOCK_KILL = 'hean-tui unlock kill --reason TEXT --phrase "RESET KILL"'


def lifting_command(lift: str, tier: str | None) -> str | None:
    """What has to be typed, word for word; None where nobody lifts it, because the next day does."""
    if lift == "none":
        return None
    known = BY_NAME.get(tier or "")
    phrase = "TEXT" if known is None else f'"{known.phrase}"'
    return f"hean-tui unlock {ACCOUNT_SCOPE} --reason TEXT --phrase {phrase}"
