"""The figures this project promises, measured side by side in one run on the sandbox's Big Feature: `make bench`.

Times are ratios to something measured in the same run, because machines differ; a missed figure makes the command fail.
Run it on a machine that does nothing else.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

import anyio

from bench.faulted import faulted_writes
from bench.measures import everything
from kitsu_sandbox.lifecycle import Sandbox

if TYPE_CHECKING:
    from bench.figures import Figure


def main() -> int:
    """Measure, print a line a figure, and return 1 if any is missed."""
    parser = argparse.ArgumentParser(prog="make bench", description=__doc__)
    parser.add_argument("only", nargs="?", choices=["measures", "faulted"], help="what alone to measure")
    parser.add_argument("--state", type=Path, help="a sandbox to use again; by default a new one is made and removed")
    options = parser.parse_args()
    figures = [] if options.only == "faulted" else _measured(options.state)
    figures += [] if options.only == "measures" else faulted_writes()
    for figure in figures:
        sys.stdout.write(f"{figure}\n")
    missed = [figure for figure in figures if not figure.reached]
    sys.stdout.write(f"{len(figures) - len(missed)} of {len(figures)} reached\n")
    return 1 if missed else 0


def _measured(state: Path | None) -> list[Figure]:
    """What is measured on Big Feature."""
    with tempfile.TemporaryDirectory(prefix="kitsu-bench-") as folder:
        sandbox = Sandbox(state or Path(folder))
        with sandbox.running(_say) as connection:
            sandbox.seed(big=True, say=_say)
            return anyio.run(everything, connection)


def _say(line: str) -> None:
    sys.stderr.write(f"{line}\n")


if __name__ == "__main__":
    sys.exit(main())
