"""What a plan is made from: a production as Kitsu says it is now, read side by side and once, so that no two parts of a
plan differ. An area adds what its own plans need.
"""

import time
from collections.abc import Awaitable, Callable, Container, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Any, TypeVar

from kitsu_tools.gate.change import Change, Item
from kitsu_tools.tracker.addresses import encoded
from kitsu_tools.tracker.cached import Cached
from kitsu_tools.tracker.errors import NotFound, NotPermitted, listed
from kitsu_tools.tracker.finder import FoundTask
from kitsu_tools.tracker.gather import gather
from kitsu_tools.tracker.kitsu import Kitsu
from kitsu_tools.tracker.model import Me, Project, TaskType

C = TypeVar("C", bound=Change)
S = TypeVar("S", bound="Snapshot")
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Snapshot:
    """One production as of a monotonic `moment`. `role`, ours on it, and `me` may be older: see `permitted`.

    `found` are the tasks that were named, by id, in their order; `plans_hidden` says that the role is shown every task
    as nobody's and without dates, and is empty where it is not.
    """

    moment: float
    project: Project
    me: Me
    role: str
    found: Mapping[str, FoundTask]
    types: dict[str, TaskType]
    plans_hidden: str

    def in_my_departments(self, type_id: str) -> bool:
        """True for a task type that belongs to a department of the signed-in identity."""
        task_type = self.types.get(type_id)
        return task_type is not None and task_type.department_id in self.me.departments

    def supervised(self, type_id: str) -> bool:
        """True where the identity supervises tasks of this type: of its departments, any where it has none."""
        return self.role == "supervisor" and (not self.me.departments or self.in_my_departments(type_id))

    def refuse_gone(self, tasks: Container[str]) -> None:
        """Refuse tasks that were named and are not among those that there are.

        Raises:
            NotFound: which they are.
        """
        gone = [one.address for task_id, one in self.found.items() if task_id not in tasks]
        if gone:
            raise NotFound(f"Deleted, or not yours to see any more: {listed(gone)}. Leave them out.")

    def change(self, make: Callable[..., C], items: Sequence[Item], moving: Sequence[Item], **more: object) -> C:
        """The change that `make` makes of the items that move; the others are so already."""
        moves = {item.key for item in moving}
        return make(
            project_id=self.project.id,
            project=encoded(self.project.name),
            items=tuple(moving),
            unchanged=tuple(item.address for item in items if item.key not in moves),
            **more,
        )


async def production_now(
    kitsu: Kitsu, found: Sequence[FoundTask], read_tasks: Callable[[], Awaitable[Any]], *held: Cached[Any]
) -> dict[str, Any]:
    """What a `Snapshot` of these tasks is made of, read as by `project_now`."""
    now = await project_now(kitsu, found[0].reading.project, read_tasks, *held)
    return now | {"found": {one.task.id: one for one in found}}


async def project_now(
    kitsu: Kitsu, known: Project, read: Callable[[], Awaitable[Any]], *held: Cached[Any]
) -> dict[str, Any]:
    """What a `Snapshot` that is not of tasks is made of. What may have changed is read from Kitsu, with `read` and what
    is `held` beside it, the rest is as held.

    Raises:
        BadInput: the production is closed.
        NotPermitted: it is not there any more for this identity.
    """
    moment, directory = time.monotonic(), kitsu.directory
    await gather(read, *[partial(one.get, moment) for one in (directory.open_projects, *held)])
    project = await directory.written_to(known.id, known.name, moment)
    return {
        "moment": moment,
        "project": project,
        "me": await directory.me.get(),
        "role": await directory.role_on(project),
        "found": {},
        "types": await directory.task_types.get(),
        "plans_hidden": (await kitsu.hidden(project)).plans,
    }


async def permitted(kitsu: Kitsu, now: S, judge: Callable[[S], Awaitable[T]]) -> T:
    """What `judge` says by our role, which is read anew before it refuses.

    Raises:
        NotPermitted: Zou would refuse this role.
    """
    try:
        return await judge(now)
    except NotPermitted:
        role = await kitsu.directory.role_on(now.project, now.moment)
        return await judge(replace(now, role=role, me=await kitsu.directory.me.get()))


def omitted(found: Iterable[FoundTask]) -> list[str]:
    """A warning on tasks that are out of their production; none where there are none."""
    out = [one.address for one in found if one.task.entity.omitted]
    return [f"Omitted: {listed(out, 3)}"] if out else []
