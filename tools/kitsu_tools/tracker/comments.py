"""Comments of many tasks, in few requests, hidden from a role as Zou hides them in the thread of each task."""

from collections.abc import Iterable, Mapping, Sequence, Set
from dataclasses import dataclass, replace
from functools import partial

import anyio

from kitsu_tools.tracker.by_ids import records_by
from kitsu_tools.tracker.errors import NotFound, NotPermitted
from kitsu_tools.tracker.gather import gather
from kitsu_tools.tracker.held_threads import FEW_THREADS
from kitsu_tools.tracker.kitsu import Kitsu
from kitsu_tools.tracker.last_changed import ROWS, last_changed
from kitsu_tools.tracker.model import Ids, Project, Task, decoded
from kitsu_tools.tracker.people import team_roles
from kitsu_tools.tracker.threads import Comment, thread_of

MOST_THREADS = 40
MOST_THREADS_OF_PART = 300
"""Tasks that are read each by itself, 15 ms each on Zou 1.0.97, besides `FEW_THREADS` in any case: of a whole
production, and of a part of one, which costs what `last_changed` costs at most.
"""
THREADS_AT_ONCE = 8
FEW_ROWS = (1_000,)
_BY_TASK_ALONE = frozenset({"vendor", "client"})
"""Roles to which `data/projects/…/comments` is closed (Zou 1.0.97)."""


@dataclass(frozen=True, slots=True)
class Said:
    """A comment of a task. Where it came with the whole production's, `previews` are the ids of what was posted with
    it, and `files` those of its attachments: what stands in the comment itself otherwise, but for one that was `held`.
    """

    task: Task
    comment: Comment
    previews: Ids = ()
    files: Ids = ()
    held: bool = False


@dataclass(frozen=True, slots=True)
class Read:
    """What was read. Of `left_out` tasks nothing was; `back_to`: all since this moment is there, empty: all is."""

    said: list[Said]
    left_out: int = 0
    back_to: str = ""


async def comments_below(kitsu: Kitsu, project: Project, tasks: Mapping[str, Task], since: str, *, whole: bool) -> Read:
    """The comments on these tasks, which are all of a production or a part, since a moment, and perhaps some from
    before, in no order.

    Few tasks are read each by itself, by which role, attachments and revisions are Zou's own matter. For more it is the
    production's comments, as far back as is asked for; where those are too many, or not the role's to read, it is
    each task again: those that were commented last, as far as the role is told that, which clients are not.
    """
    role = await kitsu.directory.role_on(project)
    told = not (await kitsu.hidden(project)).plans
    commented = [one for one in tasks.values() if not told or (one.last_comment and one.last_comment >= since)]
    most = MOST_THREADS if whole else MOST_THREADS_OF_PART
    if role not in _BY_TASK_ALONE and len(commented) > FEW_THREADS:
        roles = await team_roles(kitsu, project) if role == "user" else {}
        clients = frozenset(person_id for person_id, its in roles.items() if its == "client")
        can_be_read = len(commented) <= most
        seen_as = (role, clients)
        if not (can_be_read and kitsu.threads.has(project, seen_as, commented)):
            found = await _of_project(kitsu, project, tasks, since, clients, FEW_ROWS if can_be_read else ROWS)
            if not (can_be_read and found.back_to):
                return found
        threads, fresh = await kitsu.threads.read(project, seen_as, commented, partial(_threads, kitsu))
        return Read(
            [
                Said(task, comment, held=task.id not in fresh)
                for task, thread in zip(commented, threads, strict=True)
                for comment in thread
            ]
        )
    commented.sort(key=lambda one: one.last_comment, reverse=True)
    threads = await _threads(kitsu, commented[:most])
    said = [Said(task, comment) for task, thread in zip(commented, threads, strict=False) for comment in thread or ()]
    left_out = commented[most:]
    return Read(said, len(left_out), left_out[0].last_comment if left_out else "")


async def with_files(kitsu: Kitsu, said: Iterable[Said]) -> list[Said]:
    """The same with what came with each: revisions in one request, attachments by the threads of their tasks."""
    several = list(said)
    previews = {one for each in several for one in each.previews}
    found = await records_by(kitsu.session, "data/preview-files", "id", previews, fields="id,revision")
    revisions = {one["id"]: one["revision"] or 0 for one in found}
    tasks = {one.task.id: one.task for one in several if one.files or one.held}
    whole = {comment.id: comment for thread in await _threads(kitsu, tasks.values()) for comment in thread or ()}

    def filled(one: Said) -> Said:
        own = tuple(revisions[preview] for preview in one.previews if preview in revisions)
        comment = replace(one.comment, revisions=own) if own else one.comment
        return Said(one.task, whole.get(comment.id, comment))

    return list(map(filled, several))


async def _threads(kitsu: Kitsu, tasks: Iterable[Task]) -> list[Sequence[Comment] | None]:
    """The comments of each task; None where it is gone since, or is not the role's to see."""
    limiter = anyio.CapacityLimiter(THREADS_AT_ONCE)

    async def read(task: Task) -> Sequence[Comment] | None:
        async with limiter:
            try:
                return await thread_of(kitsu.session, task.id)
            except (NotFound, NotPermitted):
                return None

    reads = [partial(read, one) for one in tasks]
    return await gather(*reads)


async def _of_project(
    kitsu: Kitsu, project: Project, tasks: Mapping[str, Task], since: str, clients: Set[str], rows: Sequence[int]
) -> Read:
    """By the production's comments, which Zou hides from nobody who may read them: as in a thread, artists are not
    shown those of clients (`prepare_query` of 1.0.97), and nobody those without a status.
    """
    path = f"data/projects/{project.id}/comments"
    records, back_to = await last_changed(kitsu.session, path, {}, since, rows)
    said: list[Said] = []
    for one in records:
        task = tasks.get(one["object_id"] or "")
        if task is None or not one["task_status_id"] or one["person_id"] in clients:
            continue
        comment = decoded(Comment, {**one, "previews": (), "attachment_files": ()})
        said.append(Said(task, comment, tuple(one["previews"] or ()), tuple(one["attachment_files"] or ())))
    return Read(said, back_to=back_to)
