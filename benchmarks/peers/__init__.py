"""The same EMA crossing strategy over the same data in other engines and in this one, side by side in one run.

`python -m benchmarks.peers` makes an environment for each peer under `.peers/`, runs every case three times
in turn, checks that all made the same trades, prints a table and writes `benchmarks/peers.json`. Every runner
is a module that measures one case and prints one line of JSON (`benchmarks.peers.outcome`).

The strategy: two exponential averages of the price, alpha = 2 / (n + 1), seeded with the first value; no
signal until `slow` values were seen; long while fast > slow, else short; a position is 0.001, so the first
order is 0.001 and every flip 0.002, at the market; taker fee 0.0004. Importing, loading, converting and
compiling are never in the time measured.
"""
