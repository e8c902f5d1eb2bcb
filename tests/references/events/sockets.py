"""Somebody at Kitsu's event stream: what they hear, what they say, and how to be sure that nothing more comes."""

from __future__ import annotations

import contextlib
import threading
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import requests
import socketio  # pyright: ignore[reportMissingTypeStubs]  it has none

if TYPE_CHECKING:
    from collections.abc import Generator

    from kitsu_sandbox.lifecycle import Connection

NAMESPACE = "/events"
CLOSING = "main:test"
"""The event of `GET status/test-event`. Whatever was said before it comes before it."""
_SECONDS = 30

Heard = tuple[str, Any]


@dataclass
class Seat:
    """One connection: `heard` holds name and payload of every event, in order, since the last `take`."""

    client: Any
    heard: list[Heard] = field(default_factory=list[Heard])
    closing: threading.Event = field(default_factory=threading.Event)
    changed: threading.Condition = field(default_factory=threading.Condition)

    def say(self, name: str, *body: object) -> None:
        """Send an event and wait until the server has dealt with it."""
        said = body[0] if len(body) == 1 else body or None
        self.client.call(name, said, namespace=NAMESPACE, timeout=_SECONDS)

    def take(self) -> list[Heard]:
        """What was heard since the last time."""
        heard, self.heard = self.heard, []
        return heard

    def hear(self, name: str, payload: object = None) -> None:
        """Keep an event."""
        if name == CLOSING:
            self.closing.set()
            return
        with self.changed:
            self.heard.append((name, payload))
            self.changed.notify_all()


@contextlib.contextmanager
def seat(reach: Connection, token: str | None) -> Generator[Seat]:
    """Connect, with a token or without; disconnected when the block ends."""
    client: Any = socketio.Client(reconnection=False)
    taken = Seat(client)
    client.on("*", taken.hear, namespace=NAMESPACE)
    client.connect(reach.event_host, auth={"token": token} if token else None, namespaces=[NAMESPACE])
    try:
        yield taken
    finally:
        client.disconnect()


def settle(reach: Connection, *seats: Seat) -> None:
    """Wait until everybody has heard everything that was emitted before."""
    for one in seats:
        one.closing.clear()
    requests.get(f"{reach.host}/status/test-event", timeout=_SECONDS).raise_for_status()
    for one in seats:
        if not one.closing.wait(_SECONDS):
            message = "The event stream stands still."
            raise TimeoutError(message)
