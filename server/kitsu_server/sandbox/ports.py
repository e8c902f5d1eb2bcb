"""Loopback ports: chosen free at the first start, remembered, chosen again when somebody else took one."""

from __future__ import annotations

import json
import socket
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

LOOPBACK = "127.0.0.1"


@dataclass(frozen=True)
class Ports:
    """Where the three servers of one sandbox listen."""

    postgres: int
    valkey: int
    web: int


def remembered(file: Path) -> Ports | None:
    """The ports noted in `file`, or None when there is no readable note."""
    try:
        return Ports(**json.loads(file.read_text()))
    except (OSError, ValueError, TypeError):
        return None


def choose(file: Path, running: set[str]) -> Ports:
    """Keep the noted ports that are free or held by our own servers (`running`), replace the others, note them all."""
    noted = remembered(file)
    known: dict[str, int] = asdict(noted) if noted else {}
    kept = {name: port for name, port in known.items() if name in running or is_free(port)}
    ports = Ports(**{name: kept.get(name) or _free_port() for name in ("postgres", "valkey", "web")})
    if ports != noted:
        fresh = file.with_suffix(".new")
        fresh.write_text(json.dumps(asdict(ports)))
        fresh.replace(file)
    return ports


def is_free(port: int) -> bool:
    """Whether a server could listen on the loopback port now."""
    with socket.socket() as probe:
        # As the servers do: a port in TIME_WAIT after our own last run counts as free.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((LOOPBACK, port))
        except OSError:
            return False
        return True


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind((LOOPBACK, 0))
        return int(probe.getsockname()[1])
