"""The parts of `hean-tui backtest`: its data, its run, its figures and how they are told."""
