"""What people wrote on tasks, held from one question to the next: a thread is read again where it changed since.

Whoever writes, edits, pins, ticks, replies, takes a reply back, acknowledges, moves a comment or publishes with one
stamps it anew, and Zou lists the comments of a production by that, with how many there are; of one that was deleted
only the number tells (1.0.97). Nothing tells of a file that was attached or taken away by itself, nor of a preview that
was deleted: what is shown of those is read anew (`comments.with_files`).
"""

from collections import OrderedDict
from collections.abc import Awaitable, Callable, Hashable, Iterable, Sequence
from dataclasses import dataclass, field

import anyio

from kitsu_tools.tracker.board_rows import Record
from kitsu_tools.tracker.model import Project, Task
from kitsu_tools.tracker.newest import Newest, newest
from kitsu_tools.tracker.session import KitsuSession
from kitsu_tools.tracker.threads import Comment

MOST_COMMENTS = 20_000
FEW_THREADS = 6

Thread = Sequence[Comment]
ReadThreads = Callable[[Iterable[Task]], Awaitable[list[Thread | None]]]


@dataclass(slots=True)
class _Production:
    """Threads by task, the longest unasked first, as they were when these comments were the newest."""

    newest: Newest
    threads: OrderedDict[str, Thread] = field(default_factory=OrderedDict[str, Thread])

    @property
    def comments(self) -> int:
        return sum(map(len, self.threads.values()))

    def changed_by(self, now: Newest) -> set[str] | None:
        """The tasks that were written on since, by what are the newest comments now. None: they cannot be told."""
        task_of: dict[str, str] = {
            comment.id: task_id for task_id, thread in self.threads.items() for comment in thread
        }
        changed, made = set[str](), 0
        for row in self.newest.since(now.rows).values():
            changed |= {str(row["object_id"]), task_of.get(row["id"], "")}
            if row["id"] in task_of or row["id"] in self.newest.stamps:
                continue
            if row["object_id"] in self.threads or row["created_at"] >= self.newest.stamp:
                made += 1
            elif not _is_edited(row):
                return None
        is_all = self.newest.is_of_before(now) and now.total == self.newest.total + made
        return changed if is_all else None


class HeldThreads:
    """Of one identity, in all productions. `seen_as`: what decides which comments of a task it is shown."""

    def __init__(self, session: KitsuSession) -> None:
        self._session = session
        self._held: OrderedDict[Hashable, _Production] = OrderedDict()
        self._lock = anyio.Lock()

    def has(self, project: Project, seen_as: Hashable, tasks: Sequence[Task]) -> bool:
        """Whether all threads but a few are held."""
        held = self._held.get((project.id, seen_as))
        return held is not None and sum(one.id not in held.threads for one in tasks) <= FEW_THREADS

    async def read(
        self, project: Project, seen_as: Hashable, tasks: Sequence[Task], read: ReadThreads
    ) -> tuple[list[Thread], set[str]]:
        """The threads of these tasks as they are now, and the ids of the tasks whose thread was read for that."""
        key, path = (project.id, seen_as), f"data/projects/{project.id}/comments"
        async with self._lock:
            held = self._held.pop(key, None)
            now = await newest(self._session, path, project.id, held and held.newest)
            changed = None if held is None or now is None else held.changed_by(now)
            if held is None or changed is None:
                # Read before the threads are: what is written meanwhile counts as changed since.
                now = now or await newest(self._session, path, project.id)
                threads = OrderedDict[str, Thread]()
            else:
                threads = held.threads
                for one in changed:
                    threads.pop(one, None)
            missing = [one for one in tasks if one.id not in threads]
            found = dict(zip((one.id for one in missing), await read(missing), strict=True))
            threads.update({task_id: thread for task_id, thread in found.items() if thread is not None})
            for one in tasks:
                if one.id in threads:
                    threads.move_to_end(one.id)
            answer = [threads.get(one.id, ()) for one in tasks]
            if now is not None:
                self._held[key] = _Production(now, threads)
                self._make_room()
        return answer, set(found)

    def _make_room(self) -> None:
        """Let go of the threads that were asked for longest ago."""
        while (over := sum(one.comments for one in self._held.values()) - MOST_COMMENTS) > 0:
            oldest = next(iter(self._held.values()))
            while oldest.threads and over > 0:
                over -= len(oldest.threads.popitem(last=False)[1])
            if not oldest.threads:
                self._held.popitem(last=False)


def _is_edited(row: Record) -> bool:
    """Whether a comment shows that it was there before it was written to; else it may have been made with a date of
    before, as scripts do, and says nothing of how many there were.
    """
    return any(row.get(one) for one in ("editor_id", "replies", "acknowledgements", "previews", "pinned"))
