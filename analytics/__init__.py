"""What happened, read and never written: performance, round trips, curves and features."""
