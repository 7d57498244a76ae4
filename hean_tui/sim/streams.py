"""Seeded randomness, one stream a concern: another draw of one leaves all the others as they were."""

from random import Random

CONCERNS = ("plan", "market", "net", "exchange", "disk", "clock", "operator", "schedule", "process")
_MS = 1_000_000
_TOGETHER = 0.3  # of all delays are whole milliseconds, so that things happen at the same instant


class Streams:
    """The streams of one run. Texts seed them, which is the same in every process."""

    __slots__ = CONCERNS

    def __init__(self, seed: int) -> None:
        self.plan = Random(f"{seed} plan")
        self.market = Random(f"{seed} market")
        self.net = Random(f"{seed} net")
        self.exchange = Random(f"{seed} exchange")
        self.disk = Random(f"{seed} disk")
        self.clock = Random(f"{seed} clock")
        self.operator = Random(f"{seed} operator")
        self.schedule = Random(f"{seed} schedule")
        self.process = Random(f"{seed} process")


def delay_ns(stream: Random, low_ns: int, high_ns: int) -> int:
    """A delay between two; most are near the lower, as on real links, and some fall together."""
    share = stream.random()
    drawn = low_ns + int((high_ns - low_ns) * share * share * share)
    if stream.random() < _TOGETHER:
        return max(_MS, drawn // _MS * _MS)
    return drawn
