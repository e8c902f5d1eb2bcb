"""Somebody in a review: a second person at Kitsu's event stream, as its player says and hears it."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import anyio

from references.events.sockets import Seat, seat
from support.api import ask

if TYPE_CHECKING:
    from collections.abc import Callable, Generator

    from kitsu_sandbox.lifecycle import Connection
    from support.client import Agent

ROOM = "preview-room:"
DAILIES = "Salt Harbour/Dailies week 12"


@dataclass
class Reviewer:
    """Who sits in the room of a playlist. `playlist` is Kitsu's record of it."""

    seat: Seat
    playlist: dict[str, Any]
    id: str

    def says(self, event: str, *more: object, **body: Any) -> None:
        """Tell the room something, and wait until Kitsu has dealt with it."""
        self.seat.say(ROOM + event, {"playlist_id": self.playlist["id"]} | body, *more)

    def shows(self, **state: Any) -> None:
        """Move everybody's screen."""
        self.says("room-updated", **{"user_id": self.id, "local_id": "a window", "current_frame": 1} | state)

    def heard(self, event: str, holds: Callable[[Any], bool] = lambda _: True) -> Any:
        """The first such message, waited for."""

        def found() -> list[Any]:
            return [body for body in self.bodies(event) if holds(body)]

        with self.seat.changed:
            assert self.seat.changed.wait_for(found, 20), (event, self.seat.heard)
        return found()[0]

    def bodies(self, event: str) -> list[Any]:
        """What was heard by this name."""
        return [body for name, body in self.seat.heard if name == ROOM + event]

    @property
    def names(self) -> list[str]:
        """What was heard in rooms since the last `take`, in order."""
        return [name.removeprefix(ROOM) for name, _ in self.seat.heard if name.startswith(ROOM)]


async def until(client: Agent, holds: Callable[[dict[str, Any]], bool], playlist: str = DAILIES) -> dict[str, Any]:
    """The room as an agent sees it, once something is so of it: asked again whenever something happens there."""
    since = ""
    with anyio.fail_after(30):
        while not holds(room := await client.ask("get_review_room", playlist=playlist)):
            since = (await client.ask("follow_review", playlist=playlist, since=since, seconds=1))["since"]
    return room


@contextmanager
def reviewer(kitsu: Connection, role: str = "supervisor", playlist: str = "Dailies week 12") -> Generator[Reviewer]:
    """Somebody with this role, who has the playlist open and is not in its review yet."""

    def get(path: str, role: str = "admin") -> Any:
        return ask(kitsu.host, path, kitsu.token(role)).body

    project = next(one for one in get("data/projects/open") if one["name"] == "Salt Harbour")
    lists = get(f"data/projects/{project['id']}/playlists")
    record = get(f"data/playlists/{next(one['id'] for one in lists if one['name'] == playlist)}")
    with seat(kitsu, kitsu.token(role)) as taken:
        one = Reviewer(taken, record, get("auth/authenticated", role)["user"]["id"])
        one.says("open-playlist")
        yield one
