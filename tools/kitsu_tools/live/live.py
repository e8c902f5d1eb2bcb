"""Everything live of one identity: its stream, the feed that is made of it, and the lines that are read of the feed."""

import logging
import time

import anyio
from anyio.abc import TaskGroup

from kitsu_tools.live.acts import Act
from kitsu_tools.live.affected import affected
from kitsu_tools.live.events import Event, Gap
from kitsu_tools.live.feed import Feed
from kitsu_tools.live.history import MARGIN_SECONDS, Way, history_of
from kitsu_tools.live.lines import Lines
from kitsu_tools.live.naming import Naming
from kitsu_tools.live.rooms import ReviewRooms
from kitsu_tools.live.screens import Screens
from kitsu_tools.live.stream import Lost, State, Stream
from kitsu_tools.live.watches import Watches
from kitsu_tools.tracker.changed import Changed
from kitsu_tools.tracker.errors import KitsuError, NotConfigured, Unavailable
from kitsu_tools.tracker.kitsu import Kitsu
from kitsu_tools.tracker.review import Room, playlist_of

logger = logging.getLogger(__name__)

LONGEST_GAP_SECONDS = 7 * 86_400.0
MOST_GAPS = 20
OFF = "KITSU_LIVE is off"
WITHOUT = "Nothing is heard as it happens; all else works"


class Live:
    """What an identity hears. Nothing is connected before it is first needed; then it stays until its tasks end."""

    def __init__(self, kitsu: Kitsu, background: TaskGroup) -> None:
        self._kitsu = kitsu
        self._background = background
        self._started = False
        self._gaps: list[Gap] = []
        self._gap = anyio.Event()
        self.stream = Stream(kitsu.session, kitsu.directory, kitsu.studio.event_host, kitsu.studio.network)
        self.feed = Feed()
        self.naming = Naming(kitsu)
        self.lines = Lines(kitsu, self.naming)
        self.watches = Watches(self.feed, self.lines, background)
        self.screens = Screens(kitsu, self.naming)
        self.rooms = ReviewRooms(kitsu, self.stream, self.feed, self.screens)
        kitsu.rooms = self.rooms
        self.stream.listeners += [self.naming.hear, self.feed.hear, self._hear, self._look_again, self.rooms.hear]
        self._asked = self._vouched = False
        kitsu.vouched = self._vouches

    @property
    def is_on(self) -> bool:
        """Whether the operator lets the stream be listened to."""
        return self._kitsu.studio.live

    @property
    def began(self) -> float | None:
        """Since when it is listened, by Kitsu's clock; None before it is."""
        return self.stream.began

    @property
    def now(self) -> float:
        """Seconds since 1970 by Kitsu's clock."""
        return self.stream.at(time.monotonic())

    def start(self) -> None:
        """Begin to listen, if that is allowed and was not done before."""
        if self.is_on and not self._started:
            self._started = True
            self._background.start_soon(self._run)

    async def ready(self) -> State:
        """Begin to listen, and how it stands once it is connected, was refused, or took too long.

        Raises:
            NotConfigured: there is no Kitsu, or the operator lets nobody listen.
        """
        if missing := self._kitsu.session.credentials.missing:
            raise NotConfigured(missing)
        if not self.is_on:
            return State(OFF)
        self.start()
        return await self.stream.settled(self._kitsu.studio.network.connect_seconds)

    async def room(self, named: str) -> Room:
        """The review room of the playlist that a text names, listened to from now on.

        Raises:
            BadInput: there is no such playlist.
            Unavailable: nothing can be heard.
        """
        playlist = await playlist_of(self._kitsu, named)
        if why := (await self.ready()).why:
            raise Unavailable(f"Reviews are heard by Kitsu's event stream, which is not to be had: {why}.")
        return await self.rooms.open(playlist)

    def _vouches(self) -> bool:
        """Whether what is held is as Kitsu has it. Who asks again begins to listen; one answer comes sooner without."""
        if self._asked:
            self.start()
        self._asked = True
        if not self.stream.vouches:
            return False
        if not self._vouched:  # what changed before it was connected, nobody told
            self._vouched = True
            self._kitsu.changed(Changed(unsure=True))
            return False
        return True

    def _look_again(self, told: Event | Gap) -> None:
        """Have the next question read anew what this may have changed."""
        if isinstance(told, Gap):
            self._kitsu.changed(Changed(unsure=True))
        else:
            self._kitsu.changed(affected(told.name, told.payload), told.project_id)

    async def _run(self) -> None:
        async with anyio.create_task_group() as group:
            group.start_soon(self.stream.run)
            group.start_soon(self.feed.settle, lambda: self.now)
            group.start_soon(self._fill)
            group.start_soon(self.rooms.run)

    def _hear(self, told: Event | Gap) -> None:
        if isinstance(told, Gap):
            if len(self._gaps) >= MOST_GAPS:  # so many before one was filled are filled as one
                told = Gap(self._gaps.pop().start, told.end, told.why)
            self._gaps.append(told)
            self._gap.set()

    async def _fill(self) -> None:
        """Read of Kitsu's history what happened while nothing was heard, gap by gap."""
        while True:
            while self._gaps:
                gap = self._gaps.pop(0)
                try:
                    await self._fill_one(gap)
                except KitsuError as error:
                    self.feed.add(gap, f"not filled: {error}", [])
                except Exception:  # what follows is to be heard all the same
                    logger.exception("a gap could not be filled")
                    self.feed.add(gap, "not filled: Kitsu's history could not be understood", [])
            self._gap = anyio.Event()
            await self._gap.wait()

    async def _fill_one(self, gap: Gap) -> None:
        start, end = max(gap.start, gap.end - LONGEST_GAP_SECONDS) - MARGIN_SECONDS, gap.end + MARGIN_SECONDS
        ways: dict[Way, int] = {}
        acts = list[Act]()
        for project in await self._kitsu.directory.open_projects.get():
            history = await history_of(self._kitsu, project, start, end)
            ways[history.way] = ways.get(history.way, 0) + 1
            acts += history.acts
        acts.sort(key=lambda one: one.at)
        self.feed.add(gap, _filled(ways), acts)


async def examined(kitsu: Kitsu) -> tuple[bool, str]:
    """Whether events arrive, or need not, and a sentence about it: how they come, or why they do not."""
    if not kitsu.studio.live:
        return True, "not listened to, by KITSU_LIVE"
    found = False, ""
    async with anyio.create_task_group() as group:
        live = Live(kitsu, group)
        try:
            state = await live.ready()
            found = (
                not state.why,
                await _how(live.stream) if not state.why else f"not connected: {state.why}. {WITHOUT}",
            )
        except (KitsuError, Lost) as error:
            found = False, f"{error}. {WITHOUT}"
        group.cancel_scope.cancel()
    return found


async def _how(stream: Stream) -> str:
    milliseconds = await stream.tested() * 1000
    polled = "polls, as something on the way lets no WebSocket through" if stream.state.transport == "polling" else ""
    return f"connected by {polled or 'WebSocket'}; an event asked for took {milliseconds:.0f} ms"


def _filled(ways: dict[Way, int]) -> str:
    said = {
        "log": "filled from Kitsu's log",
        "news": "filled with the comments that Kitsu's news tell; nothing else is known of it",
        "nothing": "not filled: your role may read neither Kitsu's log nor its news",
    }
    return "; ".join(said[way] for way in ("log", "news", "nothing") if way in ways) or "no production is yours to read"
