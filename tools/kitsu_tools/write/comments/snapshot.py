"""What one plan is made from: Kitsu as it is now, read side by side and once, so that no two parts of a plan differ."""

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

from kitsu_tools.tracker.cached import Cached
from kitsu_tools.tracker.finder import FoundTask
from kitsu_tools.tracker.gather import gather
from kitsu_tools.tracker.kitsu import Kitsu
from kitsu_tools.tracker.model import Automation, Me, Person, Project, TaskType
from kitsu_tools.tracker.statuses import Status
from kitsu_tools.write.comments.effects import TaskNow
from kitsu_tools.write.comments.read_back import tasks_of
from kitsu_tools.write.task_names import open_production


@dataclass(frozen=True, slots=True)
class Snapshot:
    """One production as of a monotonic `moment`, by id. `tasks` are all tasks of the entities that are named; `role`,
    ours on it, and `me` may be older: see `may_comment_many`.

    `automations` is None where the role may not see them; `people` and `departments` (names) are empty where neither
    the tasks nor the text need them. `hides_assignees`: the role is shown every task as nobody's.
    """

    moment: float
    project: Project
    me: Me
    role: str
    tasks: Mapping[str, TaskNow]
    types: dict[str, TaskType]
    statuses: Mapping[str, Status]
    automations: Mapping[str, Automation] | None
    people: Mapping[str, Person]
    departments: Mapping[str, str]
    hides_assignees: bool

    async def with_fresh_role(self, kitsu: Kitsu) -> "Snapshot":
        """The same with who we are and our role as of that moment too."""
        role = await kitsu.directory.role_on(self.project, self.moment)
        return replace(self, role=role, me=await kitsu.directory.me.get())

    @property
    def team(self) -> list[Person]:
        """The people on the production's team."""
        return [self.people[one] for one in self.project.team if one in self.people]


async def read_anew(kitsu: Kitsu, found: Sequence[FoundTask], text: str) -> Snapshot:
    """Read what decides a plan for these tasks with this text: what may have changed from Kitsu, the rest as held.

    Raises:
        BadInput: the production is closed.
        NotPermitted: it is not there any more for this identity.
    """
    project_id, directory, moment = found[0].reading.project.id, kitsu.directory, time.monotonic()
    tasks: list[TaskNow] = []

    async def refresh(held: Cached[Any]) -> None:
        await held.get(moment)

    async def read_tasks() -> None:
        tasks.extend(await tasks_of(kitsu, [one.task.entity.id for one in found]))

    held = (directory.open_projects, directory.statuses, directory.automations)
    await gather(read_tasks, *[partial(refresh, one) for one in held])
    project = await open_production(kitsu, project_id, found[0].reading.project.name)
    names_people = "@" in text
    return Snapshot(
        moment=moment,
        project=project,
        me=await directory.me.get(),
        role=await directory.role_on(project),
        tasks={task.id: task for task in tasks},
        types=await directory.task_types.get(),
        statuses=await directory.statuses.get(),
        automations=await directory.automations.get(),
        people=await directory.people.get() if names_people or any(task.assignees for task in tasks) else {},
        departments=await directory.departments.get() if names_people else {},
        hides_assignees=not await kitsu.sees_plans(project),
    )
