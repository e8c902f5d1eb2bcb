"""What a plan for tasks is made from: the tasks and their production as they are at this moment, past every board."""

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from kitsu_tools.tracker.by_ids import records_by
from kitsu_tools.tracker.clock import Clock
from kitsu_tools.tracker.errors import NotFound, NotPermitted, listed
from kitsu_tools.tracker.finder import FoundTask
from kitsu_tools.tracker.gather import gather
from kitsu_tools.tracker.kitsu import Kitsu
from kitsu_tools.tracker.model import Me, Person, Project, TaskType
from kitsu_tools.tracker.visibility import PLANS_HIDDEN
from kitsu_tools.write.task_names import open_production

EVERYWHERE = frozenset({"admin", "manager"})
"""Roles that plan any task of a production."""


@dataclass(frozen=True, slots=True)
class TasksNow:
    """Tasks of one production by id, in the order they were named: as they were found and as `records` has them now.

    `role` and `me` may be older than `moment`, a monotonic one: see `permitted`.
    """

    moment: float
    project: Project
    me: Me
    role: str
    found: Mapping[str, FoundTask]
    records: Mapping[str, Mapping[str, Any]]
    types: Mapping[str, TaskType]
    people: Mapping[str, Person]
    clock: Clock

    def in_my_departments(self, task_id: str) -> bool:
        """True for a task whose type belongs to a department of the signed-in identity."""
        task_type = self.types.get(self.records[task_id]["task_type_id"])
        return task_type is not None and task_type.department_id in self.me.departments

    def supervised(self, task_id: str) -> bool:
        """True for a task that the identity supervises: of its departments, any where it has none."""
        return self.role == "supervisor" and (not self.me.departments or self.in_my_departments(task_id))

    def addresses(self, task_ids: Sequence[str], most: int = 12) -> str:
        """How these stand in a message."""
        return listed((self.found[one].address for one in task_ids), most)

    @property
    def omitted(self) -> list[str]:
        """A warning on what is out of the production; none where nothing is."""
        out = [one.address for one in self.found.values() if one.task.entity.omitted]
        return [f"Omitted: {listed(out, 3)}"] if out else []


async def tasks_now(kitsu: Kitsu, found: Sequence[FoundTask]) -> TasksNow:
    """Read what decides a plan for these tasks.

    Raises:
        BadInput: the production is closed.
        NotFound, NotPermitted: it or a task is not there any more for this identity, or its role sees no plans.
    """
    moment, directory, known = time.monotonic(), kitsu.directory, found[0].reading.project
    by_id = {one.task.id: one for one in found}
    records: dict[str, Mapping[str, Any]] = {}

    async def read_tasks() -> None:
        read = await records_by(kitsu.session, "data/tasks", "id", by_id, relations="true")
        records.update((one["id"], one) for one in read)

    async def read_production() -> None:
        await directory.open_projects.get(moment)

    async def read_people() -> None:
        await directory.people.get(moment)

    await gather(read_tasks, read_production, read_people)
    project = await open_production(kitsu, known.id, known.name)
    if not await kitsu.sees_plans(project):
        raise NotPermitted(f"This cannot be planned: {PLANS_HIDDEN}.")
    gone = [one.address for task_id, one in by_id.items() if task_id not in records]
    if gone:
        raise NotFound(f"Deleted, or not yours to see any more: {listed(gone)}. Leave them out.")
    return TasksNow(
        moment=moment,
        project=project,
        me=await directory.me.get(),
        role=await directory.role_on(project),
        found=by_id,
        records=records,
        types=await directory.task_types.get(),
        people=await directory.people.get(),
        clock=await kitsu.clock(),
    )


async def permitted(kitsu: Kitsu, now: TasksNow, refuse: Callable[[TasksNow], None]) -> None:
    """Refuse what Zou would refuse this role, which is read anew before that.

    Raises:
        NotPermitted: what `refuse` says.
    """
    try:
        refuse(now)
    except NotPermitted:
        role = await kitsu.directory.role_on(now.project, now.moment)
        refuse(replace(now, role=role, me=await kitsu.directory.me.get()))


async def changed_at(kitsu: Kitsu, target: str) -> str:
    """When a task was saved last; Zou tells not by whom."""
    clock = await kitsu.clock()
    record = await kitsu.session.read(f"data/tasks/{target}")
    return f"somebody saved it at {clock.local(record.get('updated_at'))} {clock.zone.key}"
