"""`python -m benchmarks.one NAME [--quick]`: one benchmark in a process of its own, its figures as a line of JSON."""

from __future__ import annotations

import argparse
import json

from benchmarks.catalogue import BENCHMARKS


def main() -> None:
    """Measure and print; nothing that another benchmark left behind can be in the way."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.one", description=__doc__)
    parser.add_argument("name", choices=[benchmark.name for benchmark in BENCHMARKS])
    parser.add_argument("--quick", action="store_true")
    given = parser.parse_args()
    chosen = next(benchmark for benchmark in BENCHMARKS if benchmark.name == given.name)
    print(json.dumps([figure.as_json() for figure in chosen.measure(quick=given.quick)]))


if __name__ == "__main__":
    main()
