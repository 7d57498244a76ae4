"""The end of a headless run, for people."""

from decimal import Decimal

from engine.money import plain
from engine.snapshot import Snapshot, iso


def summary(latest: Snapshot) -> str:
    """A few lines that say where the run ended."""
    account, counts = latest.account, latest.counts
    lines = [
        f"{latest.engine.mode} on {latest.engine.feed}, {latest.engine.state} at {iso(latest.engine.time or 0)}",
        f"equity      {_money(account.equity)}",
        f"realised    {_money(account.realised)}   fees {_money(account.fees)}   funding {_money(account.funding)}",
        f"drawdown    {_money(account.drawdown)}",
        f"events      {counts.events:,}   errors {counts.errors:,}",
        f"signals     {counts.signals:,}   orders {counts.orders:,}   fills {counts.fills:,}",
        f"refused     {counts.denied:,} by the gate, {counts.rejected:,} by the venue",
    ]
    lines += [
        f"position    {position.side} {plain(position.quantity)} {position.symbol} at {position.entry_price:.8g}"
        for position in latest.positions
    ]
    lines.append(f"state hash  {latest.state_hash}")
    return "\n".join(lines) + "\n"


def _money(value: Decimal | None) -> str:
    return "-" if value is None else f"{value:,.2f}"
