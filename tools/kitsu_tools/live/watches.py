"""Whoever wants to be told that something changed, of a production, of a task, or of what people hand over: that, and
no more. Nobody is told of what its identity may not know of.
"""

import logging
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass

import anyio
from anyio.abc import TaskGroup

from kitsu_tools.live.acts import Act
from kitsu_tools.live.feed import Feed
from kitsu_tools.live.lines import Lines, entity_of
from kitsu_tools.tracker.errors import BadInput, KitsuError, NotFound, NotPermitted

logger = logging.getLogger(__name__)

MOST_WATCHES = 200
JOINED_SECONDS = 1.0
"""What changes again so soon is told once more at the end of it."""
AGAIN_SECONDS = 30.0
TELL_SECONDS = 5.0


@dataclass(frozen=True, slots=True, eq=False)
class Watch:
    """Of a production by id, of these ids in it (a task and its entity; none: all), or of what stands in no production.

    `tell` is called after a change; `may` fails where the identity may not see it any more.
    """

    tell: Callable[[], Awaitable[None]]
    may: Callable[[], Awaitable[object]]
    project_id: str = ""
    ids: frozenset[str] = frozenset()

    def is_of(self, act: Act) -> bool:
        """Whether this changed what is watched."""
        return act.project_id == self.project_id and (
            not self.ids or (act.fact("task_id") or entity_of(act)) in self.ids
        )


class Watches:
    """Those of one identity."""

    def __init__(self, feed: Feed, lines: Lines, background: TaskGroup) -> None:
        self._feed = feed
        self._lines = lines
        self._background = background
        self._held: set[Watch] = set()
        self._due: set[Watch] = set()
        self._changed = anyio.Event()
        self._read_to: int | None = None

    def add(self, watch: Watch) -> Callable[[], None]:
        """Begin to watch; what is returned ends it.

        Raises:
            BadInput: there are too many.
        """
        if len(self._held) >= MOST_WATCHES:
            raise BadInput(f"{MOST_WATCHES} things are watched already, and no more can be. Unsubscribe from some.")
        self._held.add(watch)
        if self._read_to is None:
            self._read_to = self._feed.last
            self._background.start_soon(self._follow, self._feed.last)
            self._background.start_soon(self._tell)
        return lambda: self._held.discard(watch)

    def now(self, watch: Watch) -> None:
        """Note that it changed."""
        self._due.add(watch)
        self._changed.set()

    async def _follow(self, read_to: int) -> None:
        """Read on in the feed, and note what it makes due."""
        while True:
            await self._feed.more(read_to)
            heard = self._feed.after(read_to)
            try:
                if heard.gaps or heard.forgotten:
                    await self._after_gap()
                projects = {one.project_id for one in self._held}
                acts = [one for one in heard.acts if one.project_id in projects]
                acts = [act for act in acts if any(one.is_of(act) for one in self._held)]
                for act in await self._lines.shown(acts):
                    for one in filter(lambda one, act=act: one.is_of(act), self._held):
                        self.now(one)
            except KitsuError as error:
                logger.info("what changed cannot be told yet: %s", error)
                await anyio.sleep(AGAIN_SECONDS)
                continue
            except Exception:  # what follows is to be told all the same
                logger.exception("what changed could not be told")
            read_to = heard.until
            await anyio.sleep(JOINED_SECONDS)

    async def _after_gap(self) -> None:
        """All may have changed: told of what the identity still sees."""
        for one in [one for one in self._held if one.project_id]:
            with suppress(BadInput, NotFound, NotPermitted):  # it is gone, or not for this identity any more
                await one.may()
                self.now(one)

    async def _tell(self) -> None:
        while True:
            self._changed = anyio.Event()
            due, self._due = self._due & self._held, set()
            for one in due:
                with anyio.move_on_after(TELL_SECONDS):
                    try:
                        await one.tell()
                    except Exception:  # whoever cannot be told must not keep it from others
                        logger.exception("a change could not be told")
            if not self._due:
                await self._changed.wait()
