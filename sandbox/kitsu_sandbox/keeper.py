"""Stop a sandbox when the process that runs it ends: `python -m kitsu_sandbox.keeper STATE`, a pipe on stdin."""

from __future__ import annotations

import sys
from pathlib import Path

from kitsu_sandbox.lifecycle import Sandbox

if __name__ == "__main__":
    sys.stdin.buffer.read()
    Sandbox(Path(sys.argv[1])).down()
