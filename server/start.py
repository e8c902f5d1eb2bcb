"""Starts the server for a host that runs it from this source, as a plugin: `uv run --script start.py`.

A server that cannot start answers the host with the reason, which it shows the person; of a command that merely ends,
hosts say "connection closed". No host waits for ever: in time it hears that packages are being installed. Any Python
from 3.9 on runs this, so that it can say, too, that there is none for the server.
"""

# /// script
# requires-python = ">=3.9"
# ///

from __future__ import annotations

import contextlib
import json
import os
import subprocess
import sys
from typing import Any, NoReturn

import installation

HOST_WAITS_SECONDS = 30.0
"""Of Claude Code 2.1.330, unless MCP_TIMEOUT (ms) says otherwise, and of Codex 0.169.0."""
OURS = 0.4
"""Of that time: Claude Code starts a server that answered with an error once more within it."""


def main() -> NoReturn:
    """Become the server, or tell the host why not."""
    try:
        if not installation.PLACE.is_absolute():
            refuse(f"UV_PROJECT_ENVIRONMENT must be a whole path, or unset. It is: {installation.PLACE}")
        if not installation.is_complete() and (problem := wait_for_installation()):
            refuse(problem)
        become_server()
    except OSError as error:
        refuse(f"The server cannot start: {error}")
    except KeyboardInterrupt:
        sys.exit(130)


def wait_for_installation() -> str:
    """Why there is no server in time, or "". The installation goes on, whatever becomes of this process."""
    limit = os.environ.get("MCP_TIMEOUT", "")
    seconds = OURS * (int(limit) / 1000 if limit.isdecimal() else HOST_WAITS_SECONDS)
    installing = subprocess.Popen(
        [sys.executable, "-I", installation.__file__],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,  # not the host's, which may wait for its end
        start_new_session=True,
        creationflags=subprocess.CREATE_NO_WINDOW if sys.platform == "win32" else 0,
    )
    try:
        said, _ = installing.communicate(timeout=seconds)
    except subprocess.TimeoutExpired:
        now = "The server's packages are being installed, as at the first start and after an update."
        return f"{now} Reconnect in a minute. {installation.last_failure()}"
    if installing.returncode == 0:
        return ""
    return said.decode("utf-8", "replace") or "The installation of the server's packages broke off. Reconnect."


def become_server() -> NoReturn:
    """Leave stdin, where the host's first words wait, and stdout to the server."""
    if sys.platform != "win32":
        os.execve(installation.SERVER, [installation.SERVER], installation.ENVIRONMENT)  # noqa: S606
    server = subprocess.Popen([installation.SERVER], env=installation.ENVIRONMENT)
    while True:
        with contextlib.suppress(KeyboardInterrupt):  # the console tells the server, too
            sys.exit(server.wait())


def refuse(reason: str) -> NoReturn:
    """Answer every request with the reason, in one line, until the host has heard enough."""
    reason = " ".join("".join(one if one.isprintable() else " " for one in reason).split())[:900]
    sys.stderr.write(f"{reason}\n")
    for line in sys.stdin.buffer:
        with contextlib.suppress(ValueError, RecursionError, TypeError, KeyError, OSError):  # no request, or no reader
            message: dict[str, Any] = json.loads(line)
            number, method = message["id"], message["method"]
            if type(number) in (int, str) and not str(method).startswith("notifications/"):
                answer = {"jsonrpc": "2.0", "id": number, "error": {"code": -32000, "message": reason}}
                os.write(sys.stdout.fileno(), json.dumps(answer).encode() + b"\n")
    sys.exit(1)


if __name__ == "__main__":
    main()
