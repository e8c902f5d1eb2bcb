"""Runs an MCP server and notes what a host and it say to each other: `python wire_tap.py LOG COMMAND ARGUMENT…`.

LOG gets a JSON line for each message: {"from": "host" or "server", "said": the message}.
"""

from __future__ import annotations

import json
import subprocess
import sys
import threading
from pathlib import Path
from typing import IO


def main(log: Path, command: list[str]) -> int:
    """Run the server until it ends; it ends when the host closes its input."""
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as server, log.open("a") as noted:
        if server.stdin is None or server.stdout is None:
            raise RuntimeError("asked for pipes, got none")
        heard = threading.Thread(target=_pass_on, args=(sys.stdin.buffer, server.stdin, "host", noted), daemon=True)
        heard.start()
        _pass_on(server.stdout, sys.stdout.buffer, "server", noted)
        return server.wait()


def _pass_on(source: IO[bytes], target: IO[bytes], speaker: str, noted: IO[str]) -> None:
    for line in source:
        noted.write(json.dumps({"from": speaker, "said": json.loads(line)}) + "\n")
        noted.flush()
        target.write(line)
        target.flush()
    target.close()


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]), sys.argv[2:]))
