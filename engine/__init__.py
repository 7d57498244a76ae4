"""Facts and machinery: the deterministic kernel that knows no strategy, exchange, database or screen."""
