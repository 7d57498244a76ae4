"""The simulated exchange: one matching engine for backtest, paper and the exchange that other programs talk to."""
