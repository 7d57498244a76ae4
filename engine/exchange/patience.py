"""How long we wait for an exchange before we draw which conclusion."""

import msgspec

from engine.clock import SECOND_NS

DAY_NS = 86_400 * SECOND_NS


class Patience(msgspec.Struct, frozen=True, kw_only=True):
    """All waiting times in one place, so that a simulation can draw them and a person can read them together."""

    sign_ns: int = SECOND_NS  # after its decision an order may still be handed over
    receive_ns: int = 2_500_000_000  # after signing, the exchange may still take it
    slack_ns: int = SECOND_NS  # by which two clocks may differ
    index_ns: int = 3 * SECOND_NS  # until what was taken can be found
    answer_ns: int = 2 * SECOND_NS  # for the first news of an order, and for the answer to a question
    between_ns: int = 2 * SECOND_NS  # two looks that have to agree
    alarm_ns: int = 60 * SECOND_NS  # an order may be unknown without an alarm
    retries_ns: tuple[int, ...] = (300_000_000, SECOND_NS, 2 * SECOND_NS, 4 * SECOND_NS, 8 * SECOND_NS)
    asks_apart_ns: int = 50_000_000  # on average
    asks_at_once: int = 10
    settle_ns: int = 250_000_000  # before books that moved while they were compared are compared again
    compare_ns: int = 30 * SECOND_NS  # between two comparisons of the books
    compare_unknown_ns: int = 10 * SECOND_NS  # the same while anything is unknown
    overlap_ns: int = 60 * SECOND_NS  # read again before the moment from which something may be missing
    history_ns: int = 3_600 * SECOND_NS  # the same at a start, and where the books differ
    keeps_ended_ns: int = DAY_NS  # for so long an exchange remembers an order that ended without a fill
    public_ns: int = 60 * SECOND_NS  # for market data at a start, before it is told as a problem
    protect_ns: int = 5 * SECOND_NS  # a position may be found naked before it is closed

    def fence_ns(self, decided_ns: int) -> int:
        """From here on the exchange itself would refuse an order decided then, and could not hide one it took."""
        return decided_ns + self.sign_ns + self.receive_ns + self.slack_ns + self.index_ns

    def retry_ns(self, tried: int) -> int:
        """How long to wait after so many tries; never less than the last step, and for ever."""
        return self.retries_ns[min(tried, len(self.retries_ns) - 1)]
