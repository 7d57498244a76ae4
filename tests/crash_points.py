"""Which fault points of the real program a kill can be brought to, and what has to happen for it."""

from engine.faultpoints import POINTS

# Named in the design, and no way leads there on paper.
ELSEWHERE = {
    "send.partial": "the paper venue has no wire that could be cut in the midst of a request",
    "leg2.before": "no strategy trades in pairs yet",
}
_OFTEN = ("decision", "intent.", "send.", "response.", "ack.", "fill.", "terminal")


def reachable() -> list[str]:
    """Every point at which the real program can be killed over a paper account."""
    return [name for name in POINTS if name not in ELSEWHERE]


def latest_hit(name: str) -> int:
    """Up to which time of being there a kill may wait: as often as a round of load comes there for certain."""
    return 5 if name.startswith(_OFTEN) else 1


def needs_a_kill(name: str) -> bool:
    """Whether an operator has to use the kill switch for it."""
    return name.startswith("kill.")


def needs_a_halt(name: str) -> bool:
    """Whether a limit has to be broken for it."""
    return name.startswith("halt.")
