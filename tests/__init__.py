"""The tests: one file for each thing that is tested, one sentence for each promise."""
