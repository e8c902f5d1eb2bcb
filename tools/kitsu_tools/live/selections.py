"""What people hand over from Kitsu's own menu: tasks that they selected there.

Of all that a browser sends, only the ids of tasks are kept. Everything else is whatever the sender likes: who it was
counts where Kitsu said it of the sender's own session, and what the tasks are is asked of Kitsu for each answer.
"""

import time
from collections import deque
from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

import anyio

from kitsu_tools.tracker.by_ids import records_by
from kitsu_tools.tracker.errors import BadInput, NotPermitted
from kitsu_tools.tracker.kitsu import Kitsu
from kitsu_tools.tracker.session import KitsuSession

MOST_HELD = 20
MOST_TASKS = 1_000
REPEAT_SECONDS = 60.0
FRESH_SECONDS = 60.0
OFF = (
    "This server takes no selections. Its operator can set KITSU_ACTIONS=true and run "
    "`mcp-server-kitsu actions install`."
)


@dataclass(frozen=True, slots=True)
class Selection:
    """Tasks that somebody selected, by id. `person` is who, by full name, where Kitsu said so; else empty.

    `withheld`: how many more they sent that they may not see themselves. `came`: by the monotonic clock.
    """

    number: int
    task_ids: tuple[str, ...]
    person: str
    withheld: int
    at: datetime
    came: float


class Selections:
    """The newest selections of one identity.

    `closed`: why none can come, empty while they can. `agent`: what the host of the agent that gets them calls itself;
    `given`: the number of the newest that it was shown; `watched`: what is called when one came, by who wants it.
    """

    def __init__(self) -> None:
        self.closed = OFF
        self.agent = ""
        self.given = 0
        self.held = deque[Selection](maxlen=MOST_HELD)
        self.watched = dict[Hashable, Callable[[], None]]()
        self._came = anyio.Event()

    def take(self, task_ids: Sequence[str], person: str = "", withheld: int = 0) -> tuple[Selection, bool]:
        """Hold a selection. The newest instead, and False, where that is the same and a moment old: a tab that is
        loaded again sends its form again.
        """
        newest, now, sent = self.held[-1] if self.held else None, time.monotonic(), (tuple(task_ids), person)
        if newest and now - newest.came < REPEAT_SECONDS and sent == (newest.task_ids, newest.person):
            return newest, False
        taken = Selection(newest.number + 1 if newest else 1, *sent, withheld, datetime.now(UTC), now)
        self.held.append(taken)
        self._came.set()
        self._came = anyio.Event()
        for tell in list(self.watched.values()):
            tell()
        return taken, True

    def numbered(self, number: int) -> Selection | None:
        """The one with this number, the newest for 0; None where there is none yet.

        Raises:
            BadInput: there is none with this number.
        """
        found = next((one for one in reversed(self.held) if number in {0, one.number}), None)
        if found is None and number:
            there = ", ".join(str(one.number) for one in self.held) or "none"
            raise BadInput(f"There is no selection {number}. There are: {there}.")
        return found

    async def following(self, seconds: float) -> Selection | None:
        """The next one after what the agent was shown: it may have come a moment ago. None when time is up."""
        until = time.monotonic() + seconds
        while True:
            now = time.monotonic()
            fresh = (one for one in self.held if one.number > self.given and now - one.came < FRESH_SECONDS)
            if (found := next(fresh, None)) is not None:
                return found
            with anyio.move_on_after(until - now) as waiting:
                await self._came.wait()
            if waiting.cancelled_caught:
                return None


@dataclass(frozen=True, slots=True)
class SeenTask:
    """A task as it is now: its address, and its status by short name."""

    id: str
    address: str
    status: str


async def ids_seen(session: KitsuSession, task_ids: Sequence[str]) -> set[str]:
    """Those of these that are tasks which a session may see."""
    return {one["id"] for one in await records_by(session, "data/tasks", "id", task_ids)}


async def seen(kitsu: Kitsu, task_ids: Sequence[str]) -> tuple[list[SeenTask], list[str]]:
    """Tasks as an identity sees them, in the order of their ids here, and the ids of what it does not see as a task."""
    there = await ids_seen(kitsu.session, task_ids)
    find = await kitsu.find.for_many([one for one in task_ids if one in there])
    statuses = await kitsu.directory.statuses.get()
    tasks, unseen = list[SeenTask](), list[str]()
    for task_id in task_ids:
        try:
            found = await find.task(task_id) if task_id in there else None
        except (BadInput, NotPermitted):  # of an entity that has no address here, or of a production left meanwhile
            found = None
        if found is None:
            unseen.append(task_id)
            continue
        status = statuses.get(found.task.status_id)
        tasks.append(SeenTask(task_id, found.address, status.short_name if status else "?"))
    return tasks, unseen
