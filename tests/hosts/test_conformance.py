"""The MCP conformance suite against our server, for both eras of the protocol: what fails is known, with a reason.

`conformance.toml` is what fails: a line for every scenario and check (* stands for any), the reason behind it. A
failure that it does not name fails here, and so does a line that names no failure any more.
"""

from __future__ import annotations

import json
import os
import re
import socket
import subprocess
import sys
import time
import tomllib
from contextlib import contextmanager
from fnmatch import fnmatchcase
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from hosts.claude_home import PATIENCE_SECONDS, PROGRAMS
from kitsu_sandbox import ports

if TYPE_CHECKING:
    from collections.abc import Generator

    from hosts.claude_home import Server

KNOWN = tomllib.loads(Path(__file__).with_name("conformance.toml").read_text(encoding="utf-8"))
FAILED = {"FAILURE", "WARNING"}
AT_LEAST = {"2025-11-25": 45, "2026-07-28": 110}
"""Checks that succeed: a suite that tried nothing would have no failures either."""


@pytest.mark.parametrize("revision", AT_LEAST)
def test_only_the_known_checks_of_the_suite_fail(revision: str, server: Server, tmp_path: Path) -> None:
    with _serving(server, tmp_path / "server.log") as url:
        checks = _checks(revision, url, tmp_path / "checks")
    failures = {name: said for name, status, said in checks if status in FAILED}
    known: dict[str, str] = KNOWN[revision]
    new = [f"{name}: {said}" for name, said in failures.items() if not any(fnmatchcase(name, one) for one in known)]
    mended = [one for one in known if not any(fnmatchcase(name, one) for name in failures)]
    assert (new, mended) == ([], [])
    assert sum(status == "SUCCESS" for _, status, _ in checks) >= AT_LEAST[revision]


def test_every_known_failure_has_a_reason() -> None:
    assert KNOWN.keys() == AT_LEAST.keys()
    assert all(len(reason) > len("Why?") for known in KNOWN.values() for reason in known.values())


def _checks(revision: str, url: str, into: Path) -> list[tuple[str, str, str]]:
    """Every check the revision asks for: `scenario/check`, its status, and what was wrong."""
    command = [PROGRAMS / "conformance", "server", "--url", url, "--requirements", revision, "--output-dir", into]
    path = f"{PROGRAMS}:{os.environ['PATH']}"
    done = subprocess.run(
        command, env=os.environ | {"PATH": path}, capture_output=True, text=True, timeout=PATIENCE_SECONDS, check=False
    )
    assert "=== SUMMARY ===" in done.stdout, done.stdout + done.stderr
    found: list[tuple[str, str, str]] = []
    for file in sorted(into.glob("*/checks.json")):
        # server-ping-2026-11-22T03-29-10-614Z
        scenario = re.sub(r"^server-|-\d{4}-\d\d-\d\dT[\dZ-]+$", "", file.parent.name)
        checks: list[dict[str, Any]] = json.loads(file.read_text(encoding="utf-8"))
        found += [(f"{scenario}/{one['id']}", one["status"], one.get("errorMessage", "")) for one in checks]
    return found


@contextmanager
def _serving(server: Server, log: Path) -> Generator[str]:
    """The server's address while it serves as streamable HTTP."""
    [port] = ports.free(1)
    script = Path(__file__).with_name("serve_http.py")
    with (
        log.open("w") as noted,
        subprocess.Popen(
            [sys.executable, script, str(port)], env=os.environ | server.env, stdout=noted, stderr=noted
        ) as process,
    ):
        try:
            _wait_for(port, process, log)
            yield f"http://127.0.0.1:{port}/mcp"
        finally:
            process.terminate()
            process.wait(PATIENCE_SECONDS)


def _wait_for(port: int, process: subprocess.Popen[bytes], log: Path) -> None:
    deadline = time.monotonic() + PATIENCE_SECONDS
    while time.monotonic() < deadline and process.poll() is None:
        with socket.socket() as one:
            if one.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.05)
    raise TimeoutError(f"The server did not come up:\n{log.read_text()}")
