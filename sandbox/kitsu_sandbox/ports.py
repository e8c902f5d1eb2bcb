"""Loopback ports: chosen free at the first start, remembered, chosen again when somebody else took one."""

from __future__ import annotations

import itertools
import json
import random
import socket
from dataclasses import asdict, dataclass
from pathlib import Path

from kitsu_sandbox.errors import SandboxError

LOOPBACK = "127.0.0.1"
_OUTGOING = Path("/proc/sys/net/ipv4/ip_local_port_range")
_COUNT = 12_768


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
    """Keep the noted ports that are free or held by our own servers (`running`), replace the others, note them all.

    Raises:
        SandboxError: no port is free.
    """
    noted = remembered(file)
    known: dict[str, int] = asdict(noted) if noted else {}
    kept = {name: port for name, port in known.items() if name in running or is_free(port)}
    fresh = free(3)
    ports = Ports(**{name: kept.get(name) or fresh.pop() for name in ("postgres", "valkey", "web")})
    if ports != noted:
        noting = file.with_suffix(".new")
        noting.write_text(json.dumps(asdict(ports)))
        noting.replace(file)
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


def free(count: int) -> list[int]:
    """So many different loopback ports that a server could listen on, and that no outgoing connection is given.

    Raises:
        SandboxError: there are not so many.
    """
    drawn_from = range(first_outgoing() - _COUNT, first_outgoing())
    found = list(itertools.islice(filter(is_free, random.sample(drawn_from, len(drawn_from))), count))
    if len(found) < count:
        message = f"No loopback port from {drawn_from.start} to {drawn_from.stop - 1} is free."
        raise SandboxError(message)
    return found


def first_outgoing() -> int:
    """The lowest port that an outgoing connection is given: that can be any client's by the time a server that was
    promised it comes to listen.

    By default 32768 on Linux and 49152 on macOS; also taken for it where a system gives out nearly all that there are.
    """
    try:
        lowest = int(_OUTGOING.read_text().split()[0])
    except (OSError, ValueError, IndexError):
        return 32_768
    return min(lowest, 32_768) if lowest > _COUNT + 1024 else 32_768
