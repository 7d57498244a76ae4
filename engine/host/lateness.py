"""How late the engine gets to what is due: a histogram of bounded size."""

_BUCKETS = 96  # four for each doubling, from one microsecond up


class Lateness:
    """Delays, counted in buckets a fifth of their value wide at the most."""

    __slots__ = ("_counts", "worst_ns")

    def __init__(self) -> None:
        self._counts = [0] * _BUCKETS
        self.worst_ns = 0

    def add(self, late_ns: int) -> None:
        """Note one delay."""
        if late_ns > self.worst_ns:
            self.worst_ns = late_ns
        us = max(1, late_ns // 1_000)
        power = us.bit_length() - 1
        quarter = ((us << 2) >> power) & 3
        self._counts[min(_BUCKETS - 1, power * 4 + quarter)] += 1

    @property
    def noted(self) -> int:
        """How many delays were noted."""
        return sum(self._counts)

    def quantile_ms(self, share: float) -> float:
        """The delay that this share of all stayed below: the upper end of its bucket."""
        wanted = share * self.noted
        seen = 0
        for index, count in enumerate(self._counts):
            seen += count
            if count and seen >= wanted:
                power, quarter = divmod(index, 4)
                return (1 << power) * (5 + quarter) / 4 / 1_000
        return 0.0
