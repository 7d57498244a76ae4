"""Market history from parquet, feather and CSV files, streamed in validated batches."""

from infrastructure.history.columns import Bars, Book, Columns, Funding, Trades
from infrastructure.history.faults import BadHistory
from infrastructure.history.history import History, Stats, open_history

__all__ = ["BadHistory", "Bars", "Book", "Columns", "Funding", "History", "Stats", "Trades", "open_history"]
