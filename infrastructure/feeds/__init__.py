"""Recorded history as the engine's own events, in the order of time."""

from infrastructure.feeds.bars import bar_events, lone_bar_events
from infrastructure.feeds.books import book_events
from infrastructure.feeds.marks import MarkBar, mark_events, with_marks
from infrastructure.feeds.merge import alongside, in_order_of_time
from infrastructure.feeds.names import names_in
from infrastructure.feeds.points import funding_events, trade_events
from infrastructure.feeds.source import Source, watched

__all__ = [
    "MarkBar",
    "Source",
    "alongside",
    "bar_events",
    "book_events",
    "funding_events",
    "in_order_of_time",
    "lone_bar_events",
    "mark_events",
    "names_in",
    "trade_events",
    "watched",
    "with_marks",
]
