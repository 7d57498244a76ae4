"""`python -m benchmarks [NAME ..] [--quick]`: measure the project, print the tables, write the JSON."""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from benchmarks.catalogue import BENCHMARKS, Benchmark
from benchmarks.figures import Figure
from benchmarks.table import Measured, as_json, as_text

ROOT: Final = Path(__file__).resolve().parents[1]
LATEST: Final = ROOT / "benchmarks" / "latest.json"
PATIENCE_S: Final = 900.0


def main(arguments: Sequence[str] | None = None) -> int:
    """0 when everything was measured and, unless it was a quick look, every limit was met."""
    given = _parser().parse_args(arguments)
    known = [benchmark.name for benchmark in BENCHMARKS]
    for name in given.names:
        if name not in known:
            print(f"there is no benchmark {name!r}; there are {', '.join(known)}.", file=sys.stderr)
            return 2
    measured: list[Measured] = []
    failures: list[str] = []
    for benchmark in BENCHMARKS:
        if given.names and benchmark.name not in given.names:
            continue
        try:
            one = _measured(benchmark, quick=given.quick)
        except (subprocess.SubprocessError, ValueError) as error:
            failures.append(f"{benchmark.name} did not come to its end: {error}")
            continue
        measured.append(one)
        print(as_text(one), flush=True)
    told = as_json(measured)
    output = given.output or (None if given.quick or given.names else LATEST)
    if output is not None:
        output.write_text(json.dumps(told, indent=1) + "\n", encoding="utf-8")
    for sentence in failures:
        print(sentence, file=sys.stderr)
    return 1 if failures or not (given.quick or told["limits_met"]) else 0


def _measured(benchmark: Benchmark, *, quick: bool) -> Measured:
    command = [sys.executable, "-m", "benchmarks.one", benchmark.name, *(["--quick"] if quick else [])]
    # Where Python may not keep what it compiled, every start compiles again, and nobody lives like that.
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    began = time.perf_counter()
    done = subprocess.run(
        command, cwd=ROOT, env=environment, check=True, stdout=subprocess.PIPE, text=True, timeout=PATIENCE_S
    )
    took_s = time.perf_counter() - began
    return Measured(benchmark, [Figure.from_json(told) for told in json.loads(done.stdout.splitlines()[-1])], took_s)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("names", nargs="*", metavar="NAME", help="only these; else all, and benchmarks/latest.json")
    parser.add_argument("--quick", action="store_true", help="a short look, too short to judge limits by")
    parser.add_argument("--output", type=Path, help="write the JSON here")
    return parser


if __name__ == "__main__":
    sys.exit(main())
