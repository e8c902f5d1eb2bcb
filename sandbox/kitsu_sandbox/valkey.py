"""The sandbox's Valkey, which Zou keeps its caches, sessions and event queue in."""

from __future__ import annotations

import os
import socket
from typing import TYPE_CHECKING

from kitsu_sandbox import processes
from kitsu_sandbox.errors import SandboxError
from kitsu_sandbox.ports import LOOPBACK

if TYPE_CHECKING:
    from pathlib import Path

NAME = "valkey"


def start(program: Path, state: Path, port: int, password: str) -> None:
    """Start Valkey, kept in memory only, and wait until it answers."""
    if processes.running(state, NAME) is None:
        folder = state / NAME
        folder.mkdir(exist_ok=True)
        settings = folder / "valkey.conf"
        settings.touch(0o600)
        # Its process title would hide the path that tells our process from a stranger's.
        settings.write_text(
            f'bind {LOOPBACK}\nport {port}\nrequirepass {password}\ndir "{folder}"\n'
            'save ""\nappendonly no\nset-proc-title no\n'
        )
        processes.start(state, NAME, [program, settings], environment=os.environ)
    processes.wait_until(lambda: _answers(port, password), state, NAME, seconds=20)


def flush(port: int, password: str) -> None:
    """Forget everything: Zou's caches speak of the database as it was."""
    answer = _ask(port, password, "FLUSHALL")
    if not answer.endswith("+OK\r\n"):
        raise SandboxError(f"The sandbox's Valkey refused to forget: {answer.strip()}")


def _answers(port: int, password: str) -> bool:
    try:
        return _ask(port, password, "PING").endswith("+PONG\r\n")
    except OSError:
        return False


def _ask(port: int, password: str, command: str) -> str:
    with socket.create_connection((LOOPBACK, port), timeout=5) as connection, connection.makefile("rwb") as stream:
        stream.write(f"AUTH {password}\r\n{command}\r\n".encode())
        stream.flush()
        return (stream.readline() + stream.readline()).decode()
