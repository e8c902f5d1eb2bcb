"""Kitsu, as every tool gets hold of it: one signed-in identity with its directory, its boards and its clock."""

import logging
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import Any, TypeVar

import anyio
from anyio import CapacityLimiter, to_thread

from kitsu_tools.tracker.boards import Boards
from kitsu_tools.tracker.cache import Cache
from kitsu_tools.tracker.changed import Changed
from kitsu_tools.tracker.clock import Clock, clock
from kitsu_tools.tracker.connection import Credentials, Network
from kitsu_tools.tracker.directory import Directory
from kitsu_tools.tracker.disk import Disk
from kitsu_tools.tracker.entity_names import EntityNames
from kitsu_tools.tracker.errors import KitsuError, Unreachable
from kitsu_tools.tracker.finder import Finder
from kitsu_tools.tracker.gather import gather, gather_both
from kitsu_tools.tracker.held_threads import HeldThreads
from kitsu_tools.tracker.indexer import Indexer
from kitsu_tools.tracker.links import Pages
from kitsu_tools.tracker.lookup import Lookup
from kitsu_tools.tracker.media import MOST_DECODED, Media
from kitsu_tools.tracker.model import Project
from kitsu_tools.tracker.reading import Reading
from kitsu_tools.tracker.review import TELL, Rooms
from kitsu_tools.tracker.session import KitsuSession
from kitsu_tools.tracker.statuses import Role
from kitsu_tools.tracker.visibility import Hidden, hidden_from

T = TypeVar("T")

logger = logging.getLogger(__name__)

KEPT = "kept"
"""The folder below the cache's own that no other program writes to."""
KEEP_SECONDS = 30.0
MOST_BOARD_BYTES = 150 * 2**20
"""Of the boards that are held; Big Feature's take 40 MB."""
OWN_TASKS_ONLY = frozenset({"user", "vendor"})
"""Roles that Zou lets comment only on tasks assigned to them."""


@dataclass(frozen=True, slots=True)
class Studio:
    """One Kitsu, and the operator's choices for all who ask through this server: one a process.

    `host` is its API's address, empty where none is configured; `status_roles` by short name or name in lower case;
    `page_hosts`: further addresses whose page links are this Kitsu's; `only`: names and ids of the productions that are
    there for this server, None: all; `folders`: where files that are published may lie; `event_host`: its event
    stream's address; `live`: whether that is listened to; `cache`: the folder in which what was read is kept for the
    next start; `decoding` is for the threads that decode, each of which may hold a large picture, whoever asked.
    """

    host: str = ""
    network: Network = field(default_factory=Network)
    status_roles: Mapping[str, Role] = field(default_factory=dict[str, Role])
    page_hosts: tuple[str, ...] = ()
    only: tuple[str, ...] | None = None
    folders: tuple[Path, ...] = ()
    event_host: str = ""
    live: bool = True
    cache: Path | None = None
    decoding: CapacityLimiter = field(default_factory=partial(CapacityLimiter, MOST_DECODED), compare=False)


@dataclass(frozen=True, slots=True)
class Caller:
    """Who asks: one a person or bot. `person` signs what is written; where it is empty, the host does."""

    credentials: Credentials
    person: str = ""
    default_project: str = ""
    time_zone: str = ""


class Kitsu:
    """A studio's Kitsu as one caller sees it. Nothing is shared between two of these: what one may see, the other may
    not.
    """

    def __init__(self, studio: Studio, caller: Caller) -> None:
        self.studio = studio
        # A credential goes to the studio's own address, whatever else its caller names.
        self.session = KitsuSession(replace(caller.credentials, host=studio.host), studio.network)
        self.directory = Directory(self.session, studio.status_roles, caller.default_project, studio.only)
        lookup = Lookup(self.session, self.directory, self.reading)
        self.pages = Pages(studio.host, studio.page_hosts)
        self.find = Finder(lookup, self.pages)
        self.media = Media(self.session, studio.decoding)
        self.threads = HeldThreads(self.session)
        self._time_zone = caller.time_zone
        self._cache = (
            Cache(Disk(studio.cache / KEPT), studio.host, self.directory) if studio.cache is not None else None
        )
        self.names = EntityNames(self.session, self.directory, self._cache)
        self.indexer = Indexer(self.session)
        self._boards: OrderedDict[str, Boards] = OrderedDict()
        self.vouched: Callable[[], bool] = lambda: False
        """Whether whoever hears Kitsu has told all that changed until now (`changed`)."""
        self.rooms: Rooms | None = None
        """Review rooms, where Kitsu's events are listened to."""

    async def reading(self, project: Project) -> Reading:
        """A production as it is now, for one question."""
        boards = self._boards.get(project.id)
        if boards is None or boards.project.name != project.name:
            boards = Boards(self.session, self.directory, project, self._is_vouched, self._cache)
            self._boards[project.id] = boards
        self._boards.move_to_end(project.id)
        await self._make_room()
        await boards.revalidate(project)
        return Reading(boards)

    async def _make_room(self) -> None:
        """Let go of the boards that were asked for longest ago, while all together are too large."""
        while len(self._boards) > 1 and sum(one.held.bytes for one in self._boards.values()) > MOST_BOARD_BYTES:
            _, oldest = self._boards.popitem(last=False)
            await oldest.keep()

    async def foresee(self) -> None:
        """Read ahead what is most likely to be asked for next: boards from disk, and by which role they are shown."""
        last = await self._cache.foresee() if self._cache is not None else ""
        project = await self.directory.open_project(last) if last else None
        if project is not None:
            await self.directory.role_on(project)

    async def keep(self) -> None:
        """Keep on disk what was read since, now and then, as packing a feature takes a fifth of a second; this runs as
        long as the identity does.
        """
        while self._cache is not None:
            await anyio.sleep(KEEP_SECONDS)
            await self.keep_now()

    async def keep_now(self) -> None:
        """Keep on disk what is held and was not kept yet."""
        if self._cache is None:
            return
        try:
            kept = [await one.keep() for one in (*self._boards.values(), self.names)]
        except KitsuError as error:
            logger.debug("nothing is kept: %s", error)
        else:
            if any(kept):
                await to_thread.run_sync(self._cache.disk.prune)

    async def write(
        self,
        method: str,
        path: str,
        body: Any,  # noqa: ANN401  JSON, or an Upload
        expect: int,
        told: Callable[[int], Awaitable[None]] | None = None,
    ) -> Any:  # noqa: ANN401  what Kitsu answers
        """As the session writes, but that a review room is told what is for one.

        Raises:
            LostAnswer: it may have taken effect.
            KitsuError: it certainly did not.
        """
        if method != TELL:
            return await self.session.write(method, path, body, expect, told)
        if self.rooms is None:
            raise Unreachable("Kitsu's events are not listened to.", left=False)
        return await self.rooms.tell(path, body)

    def changed(self, changed: Changed, project_id: str = "") -> None:
        """Somebody heard that this was changed in a production, or, where none is named, in whatever is held of any."""
        self.directory.forget(changed.reference)
        for one, boards in self._boards.items():
            if project_id in {"", one}:
                boards.told(changed)

    def _is_vouched(self) -> bool:
        return self.vouched()

    async def clock(self) -> Clock:
        """What today is for this identity."""
        return clock(self._time_zone, "" if self._time_zone else (await self.directory.me.get()).time_zone)

    async def beside_role(self, project: Project, work: Callable[[], Awaitable[T]]) -> T:
        """What `work` reads, while the role on the production is read too: nearly every answer tells what it hides."""
        done, _ = await gather_both(work, partial(self.directory.role_on, project))
        return done

    async def hidden(self, project: Project) -> Hidden:
        """What Zou does not show the signed-in identity of a production."""
        return hidden_from(await self.directory.role_on(project))

    async def may_write(self) -> bool:
        """False for a bot that can do nothing but read.

        Artists and vendors comment on their own tasks only, and a bot has none unless a production lets bots
        collaborate (seen on Zou 1.0.97).
        """
        me = await self.directory.me.get()
        if not me.is_bot or me.role not in OWN_TASKS_ONLY:
            return True
        projects = await self.directory.open_projects.get()
        if any(project.bots_collaborate for project in projects):
            return True
        roles = await gather(*[partial(self.directory.role_on, project) for project in projects])
        return not OWN_TASKS_ONLY.issuperset(roles)

    async def close(self) -> None:
        """Close the connections, and keep what was read; the credential stays valid."""
        await self.keep_now()
        await self.session.close()
