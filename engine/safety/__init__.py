"""What closes the gate by itself: health, rules, and the ladder from trading to safe idle."""
