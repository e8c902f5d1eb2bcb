"""`make references`: write every generated part of the references anew, from a sandbox Kitsu and the locked gazu."""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

from kitsu_sandbox.lifecycle import Sandbox
from references.parts import FILES, PARTS


def main() -> None:
    """Say for every part whether it changed."""
    with tempfile.TemporaryDirectory(prefix="kitsu-references-") as folder:
        sandbox = Sandbox(Path(folder))
        with sandbox.running():
            for one in (*PARTS, *FILES):
                changed = one.write(one.made(sandbox))
                sys.stdout.write(f"{'changed  ' if changed else 'unchanged'} {one}\n")


if __name__ == "__main__":
    main()
