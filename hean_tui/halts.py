"""How a halt ends: the command that lifts it, where a person can."""

from engine.gate import ACCOUNT_SCOPE
from risk.tiers import BY_NAME


def lifting_command(lift: str, tier: str | None) -> str | None:
    """What has to be typed, word for word; None where nobody lifts it, because the next day does."""
    if lift == "none":
        return None
    known = BY_NAME.get(tier or "")
    phrase = "TEXT" if known is None else f'"{known.phrase}"'
    return f"hean-tui unlock {ACCOUNT_SCOPE} --reason TEXT --phrase {phrase}"
