"""The terms of the paper venue, the same wherever one is made."""

from decimal import Decimal

from engine.simulation.venue import Latency

ORDER_LATENCY_NS = 50_000_000
FEED_LATENCY_NS = 20_000_000
LEVERAGE = Decimal(10)  # that the venue allows; ours is the gate's to decide


def latency(order_ns: int = ORDER_LATENCY_NS, feed_ns: int = FEED_LATENCY_NS) -> Latency:
    """What is decided on data that is a feed's delay old reaches the venue that much later: one delay, charged once."""
    return Latency(entry_ns=order_ns + feed_ns, report_ns=feed_ns)


LATENCY = latency()
