"""`python -m benchmarks.peers`: install the peers, measure them side by side, print the table, write the JSON."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence
from pathlib import Path

from benchmarks.dataset import SEED, load_bars, load_ticks
from benchmarks.peers.entries import Entry, present
from benchmarks.peers.environments import CACHE, ROOT, PeerUnavailable, interpreter
from benchmarks.peers.runs import bouts_of, measure
from benchmarks.peers.table import as_json, as_text


def main(arguments: Sequence[str] | None = None) -> int:
    """0 when everyone came to the end and made the same trades."""
    given = _parser().parse_args(arguments)
    entries, failures = present(), []
    if given.only:
        entries = [entry for entry in entries if any(word in entry.name for word in given.only)]
    if not entries:
        print(f"no peer has {' or '.join(given.only)} in its name; leave --only out to see them all.", file=sys.stderr)
        return 2
    pythons: dict[Entry, Path] = {}
    renewed: set[str | None] = set()
    for entry in entries:
        try:
            pythons[entry] = interpreter(entry, fresh=given.fresh and entry.environment not in renewed)
            renewed.add(entry.environment)
        except PeerUnavailable as failure:
            failures.append(str(failure))
    bouts = bouts_of(list(pythons), given.seed, given.rows)
    for bout in bouts:  # made here and once, so that every peer reads the same file
        (load_ticks if bout.case.dataset == "ticks" else load_bars)(given.seed, bout.case.rows)
    failures += measure(bouts, pythons, given.repeats)
    print(as_text(bouts))
    output = given.output or (ROOT / "benchmarks" / "peers.json" if _is_whole(given) else CACHE / "part.json")
    output.write_text(json.dumps(as_json(bouts), indent=1) + "\n")
    for sentence in failures:
        print(sentence, file=sys.stderr)
    return 1 if failures or not all(bout.same_trades for bout in bouts) else 0


def _is_whole(given: argparse.Namespace) -> bool:
    return given.rows is None and not given.only and given.seed == SEED


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.peers", description=__doc__)
    parser.add_argument("--repeats", type=int, default=5, help="runs of each case, of which the median counts")
    parser.add_argument("--rows", type=int, help="fewer rows, for a quick look")
    parser.add_argument("--seed", type=int, default=SEED, help="another market")
    parser.add_argument("--only", action="append", metavar="NAME", help="only peers with this in their name")
    parser.add_argument("--fresh", action="store_true", help="install the peers anew, at their newest versions")
    parser.add_argument("--output", type=Path, help="where the JSON goes; else benchmarks/peers.json for whole runs")
    return parser


if __name__ == "__main__":
    sys.exit(main())
