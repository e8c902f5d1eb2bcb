"""Review rooms of one identity: what is told in those that are listened to, and telling them something.

To hear a room and to be listed in its review are two things (references/review-rooms.md): rooms are opened to hear
them, and only `join`, which a person said yes to, lists the identity. What a room is told, Zou tells its sender back,
and that is the one evidence that it was heard.
"""

import time
from collections import Counter, OrderedDict
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, cast
from uuid import uuid4

import anyio

from kitsu_tools.live.acts import ROOM, Act
from kitsu_tools.live.events import Event, Gap
from kitsu_tools.live.feed import Feed
from kitsu_tools.live.screens import Screens
from kitsu_tools.live.stream import Stream
from kitsu_tools.tracker.errors import BadInput, KitsuError, LostAnswer
from kitsu_tools.tracker.kitsu import Kitsu
from kitsu_tools.tracker.review import Playlist, Room, Screen, number, record, text

ANSWER_SECONDS = 5.0
TOGETHER_SECONDS = 0.5
"""What is shown and drawn within this time is one line: a dragged playhead tells five a second."""
MOST_ROOMS = 20
MOST_CHARACTERS = 100_000
"""Of one message: what has more is no player's."""
PEOPLE, STATE = f"{ROOM}room-people-updated", f"{ROOM}room-updated"
DRAWN: Mapping[str, str] = {
    f"{ROOM}add-annotation": "drew",
    f"{ROOM}update-annotation": "changed",
    f"{ROOM}remove-annotation": "removed",
}
VIEWS: Mapping[str, str] = {f"{ROOM}panzoom-changed": "zoom", f"{ROOM}comparison-panzoom-changed": "comparison zoom"}
VERSION = f"{ROOM}change-version"
_NEVER_SENT = {"people", "only_newcomer", "project_id"}


@dataclass(frozen=True, slots=True)
class _Waiting:
    """Somebody who waits for a message; `heard` is set once it came."""

    is_it: Callable[[str, Mapping[str, Any]], bool]
    heard: anyio.Event


class ReviewRooms:
    """The rooms that are listened to. `run` it beside the stream, and have that tell it what it hears."""

    def __init__(self, kitsu: Kitsu, stream: Stream, feed: Feed, screens: Screens) -> None:
        self._kitsu = kitsu
        self._stream = stream
        self._feed = feed
        self._screens = screens
        self._rooms = OrderedDict[str, Room]()
        self._waiting: list[_Waiting] = []
        self._told: dict[str, Screen] = {}
        self._pending: dict[str, Counter[tuple[str, str, str]]] = {}
        self._wake = anyio.Event()
        self._window = str(uuid4())
        self._number = 0
        stream.entering, stream.leaving = self._enter, self._leave

    def room(self, playlist_id: str, /) -> Room | None:
        """A room that is listened to."""
        return self._rooms.get(playlist_id)

    def joined(self, named: str, /) -> Room | None:
        """A review that we are in, by its playlist's id or name, as it was when we joined: that may be gone since."""
        mine = (one for one in self._rooms.values() if one.joined)
        of = ((one, {one.playlist.id, one.playlist.name, one.playlist.address}) for one in mine)
        return next((one for one, names in of if named.strip() in names), None)

    async def open(self, playlist: Playlist) -> Room:
        """Listen to a room from now on, and who is in the review, if Kitsu says so in time.

        Raises:
            Unreachable: no events are heard.
        """
        room = self._rooms.get(playlist.id) or Room(playlist, heard_after=self._feed.last)
        if room.playlist.id not in self._rooms:
            await self._make_way()
            self._rooms[playlist.id] = room
            self._stream.rooms[playlist.id] = playlist.project.id
        room.playlist = playlist
        self._rooms.move_to_end(playlist.id)
        if room.people is None:
            await self._say_and_hear(
                "open-playlist", {"playlist_id": playlist.id}, lambda name, body: name == PEOPLE and _of(room, body)
            )
        return room

    async def says(self, playlist_id: str, /) -> str:
        """What the room shows, in a few words; empty where that was not told."""
        room = self._rooms.get(playlist_id)
        screen = room.screen if room else None
        return (await self._screens.seen(room.playlist.project, screen)).says if room and screen else ""

    async def tell(self, event: str, body: Mapping[str, Any], /) -> None:
        """Tell a room that is listened to something, once, and wait until it is heard back.

        A new state is laid over what the room shows at that moment, as every state must be whole. `mark` of the body
        goes into the room's `repeated` once it is heard; `on` is what has to be on screen: a preview, perhaps a frame.

        Raises:
            LostAnswer: it was not heard back.
            KitsuError: nothing was sent.
        """
        room = self._rooms.get(text(body.get("playlist_id")))
        if room is None:
            raise BadInput("The room of this playlist is not listened to any more.")
        me = (await self._kitsu.directory.me.get()).id
        kept = {key: value for key, value in body.items() if key not in {"mark", "on"}}
        whole, is_it = self._message(room, event, kept, me)
        preview_id, frame = body.get("on") or (None, None)
        shown = room.screen or Screen()
        if preview_id is not None and (shown.preview_id != preview_id or frame not in {None, shown.frame}):
            raise BadInput("The room shows something else by now, so it was not told.")
        if event == "leave":
            room.joined = False
        if not await self._say_and_hear(event, whole, is_it):
            if event == "join":  # the yes was for a review that says so
                with suppress(KitsuError):
                    await self._stream.say(f"{ROOM}leave", {"playlist_id": room.playlist.id})
            raise LostAnswer("The room did not tell it back, so whether anybody there heard it is unknown.")
        room.repeated.add(text(body.get("mark")))
        if event == "join":
            room.joined = True

    def hear(self, told: Event | Gap) -> None:
        """A listener of the stream."""
        if isinstance(told, Gap):
            for room in self._rooms.values():
                room.sure = False
            return
        room = self._rooms.get(text(told.payload.get("playlist_id"))) if told.name.startswith(ROOM) else None
        if room is None:
            return
        if len(repr(told.payload)) <= MOST_CHARACTERS:
            self._take(room, told)
        for one in [one for one in self._waiting if one.is_it(told.name, told.payload)]:
            one.heard.set()

    async def run(self) -> None:
        """Put what was shown and drawn together, and come back into reviews we were taken off, until cancelled."""
        while True:
            await self._wake.wait()
            self._wake = anyio.Event()
            await anyio.sleep(TOGETHER_SECONDS)
            for playlist_id in list(self._pending):
                self._flush(self._rooms.get(playlist_id), self._pending.pop(playlist_id))
            for room in list(self._rooms.values()):
                with suppress(KitsuError):  # not connected: once it is, rooms are entered anew
                    await self._come_back(room)

    def _take(self, room: Room, told: Event) -> None:
        body, name = told.payload, told.name
        data = record(body.get("data"))
        if name == PEOPLE:
            self._take_people(room, told)
        elif name == STATE:
            room.state, room.told_at, room.sure = {**body}, told.at, True
            self._later(room, "shown")
        elif name in VIEWS:
            room.views[VIEWS[name]] = (number(data.get("x")), number(data.get("y")), number(data.get("zoom")))
            self._later(room, VIEWS[name], text(data.get("user_id")))
        elif name in DRAWN:
            self._later(room, DRAWN[name], text(data.get("user_id")))
        elif name == VERSION:
            self._later(room, "version")

    def _take_people(self, room: Room, told: Event) -> None:
        people = tuple(one for one in _listed(told.payload) if isinstance(one, str))
        before, room.people = room.people, people
        if before is not None:
            came = [one for one in people if one not in before]
            went = [one for one in before if one not in people]
            if came or went:
                self._tell_feed(room, told.at, PEOPLE, came=came, went=went)
        if not people and not room.joined:  # the last one takes the state along
            room.state = None
            room.views.clear()
        self._wake.set()

    def _later(self, room: Room, what: str, by: str = "") -> None:
        screen = room.screen or Screen()
        self._pending.setdefault(room.playlist.id, Counter())[what, by, screen.preview_id] += 1
        self._wake.set()

    def _flush(self, room: Room | None, pending: Counter[tuple[str, str, str]]) -> None:
        if room is None:
            return
        screen, now = room.screen or Screen(), self._stream.at(time.monotonic())
        for (what, by, preview_id), count in pending.items():
            if what == "shown":
                if self._told.get(room.playlist.id) != screen:
                    self._told[room.playlist.id] = screen
                    self._tell_feed(room, now, STATE, screen=screen)
                continue
            known = by if by in (room.people or ()) else ""
            seen = screen if screen.preview_id == preview_id else Screen(preview_id=preview_id)
            view = room.views.get(what)
            self._tell_feed(room, now, VERSION, screen=seen, done=what, view=view, count=count, by=known)

    def _tell_feed(self, room: Room, at: float, name: str, **facts: object) -> None:
        facts |= {"playlist_id": room.playlist.id}
        self._feed.put(Act(at, room.playlist.project.id, last=at, names={name}, facts=facts))

    def _message(
        self, room: Room, event: str, body: dict[str, Any], me: str
    ) -> tuple[dict[str, Any], Callable[[str, Mapping[str, Any]], bool]]:
        """What goes, and what it is told back by."""
        name = f"{ROOM}{event}"
        if event in {"join", "leave"}:
            if event == "join" and room.joined and room.state is not None:
                body |= self._whole(room, {})
            last = STATE if event == "join" else PEOPLE  # each tells who is there
            return (
                body,
                lambda heard, told: heard == last and _of(room, told) and (me in _listed(told)) == (last == STATE),
            )
        if not room.joined:
            raise BadInput("You are not in this review (any more): join_review first.")
        if name == STATE:
            if room.state is None:
                raise BadInput("What this room shows was not told yet, and a new state has to be whole.")
            self._number = max(int(time.time() * 1000), self._number + 1, _number_of(room.state) + 1)
            mark = f"{self._window}#{self._number}"
            whole = self._whole(room, body) | {"user_id": me, "local_id": mark}
            return whole, lambda heard, told: heard == STATE and told.get("local_id") == mark
        data = {key: value for key, value in body.items() if key != "playlist_id"}
        mark = str(uuid4()) if name in VIEWS else self._window
        whole = {"playlist_id": room.playlist.id, "data": {"local_id": mark, "user_id": me, **data}}
        return whole, lambda heard, told: heard == name and told.get("data") == whole["data"]

    def _whole(self, room: Room, changed: Mapping[str, Any]) -> dict[str, Any]:
        kept = {key: value for key, value in (room.state or {}).items() if key not in _NEVER_SENT}
        return {**kept, **changed, "playlist_id": room.playlist.id}

    async def _say_and_hear(
        self, event: str, body: Mapping[str, Any], is_it: Callable[[str, Mapping[str, Any]], bool]
    ) -> bool:
        """Whether it was told back in time."""
        waiting = _Waiting(is_it, anyio.Event())
        self._waiting.append(waiting)
        try:
            await self._stream.say(f"{ROOM}{event}", body)
            with anyio.move_on_after(ANSWER_SECONDS):
                await waiting.heard.wait()
            return waiting.heard.is_set()
        finally:
            self._waiting.remove(waiting)

    async def _enter(self) -> None:
        """After a new connection, which is in no room: into those that are listened to, and the reviews we are in."""
        for room in list(self._rooms.values()):
            room.people = None
            await self._stream.say(f"{ROOM}open-playlist", {"playlist_id": room.playlist.id})
            if room.joined:
                await self._stream.say(f"{ROOM}join", self._whole(room, {}))

    async def _leave(self) -> None:
        """Before the connection is closed: nobody shall see somebody in the review who is gone."""
        for room in self._rooms.values():
            if room.joined:
                await self._stream.say(f"{ROOM}leave", {"playlist_id": room.playlist.id}, waits=True)

    async def _come_back(self, room: Room) -> None:
        """Zou takes an identity off a review when any connection of it closes, whatever others it has (1.0.97)."""
        if room.joined and room.people is not None and (await self._kitsu.directory.me.get()).id not in room.people:
            await self._stream.say(f"{ROOM}join", self._whole(room, {}))

    async def _make_way(self) -> None:
        """Listen no more to the room that was asked for longest ago, where there are too many."""
        if len(self._rooms) < MOST_ROOMS:
            return
        oldest = next((one for one in self._rooms.values() if not one.joined and not one.followers), None)
        if oldest is None:
            raise BadInput(f"This server is in {MOST_ROOMS} reviews or follows them: leave one first.")
        await self._stream.say(f"{ROOM}close-playlist", {"playlist_id": oldest.playlist.id})
        for held in (self._rooms, self._stream.rooms, self._told, self._pending):
            held.pop(oldest.playlist.id, None)


def _of(room: Room, body: Mapping[str, Any]) -> bool:
    return body.get("playlist_id") == room.playlist.id


def _listed(body: Mapping[str, Any]) -> list[Any]:
    people = body.get("people")
    return cast("list[Any]", people) if isinstance(people, list) else []


def _number_of(state: Mapping[str, Any]) -> int:
    """By which Kitsu's player drops what is older than what it shows: it stands behind `#` in `local_id`
    (src/lib/players/roomSync.js of cgwire/kitsu).
    """
    return int(number(text(state.get("local_id")).partition("#")[2]) or 0)
