"""What a plan of comments is made from: all tasks of the entities that are named, the production's rules and people."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from kitsu_tools.tracker.by_ids import records_by
from kitsu_tools.tracker.finder import FoundTask
from kitsu_tools.tracker.kitsu import Kitsu
from kitsu_tools.tracker.model import Automation, Person
from kitsu_tools.tracker.statuses import Status
from kitsu_tools.write.comments.effects import TaskNow
from kitsu_tools.write.snapshot import Snapshot, production_now


@dataclass(frozen=True, slots=True)
class CommentsNow(Snapshot):
    """One production, by id. `tasks` are all tasks of the entities that are named.

    `automations` is None where the role may not see them; `people` and `departments` (names) are empty where neither
    the tasks nor the text need them.
    """

    tasks: Mapping[str, TaskNow]
    statuses: Mapping[str, Status]
    automations: Mapping[str, Automation] | None
    people: Mapping[str, Person]
    departments: Mapping[str, str]

    @property
    def team(self) -> list[Person]:
        """The people on the production's team."""
        return [self.people[one] for one in self.project.team if one in self.people]


async def comments_now(kitsu: Kitsu, found: Sequence[FoundTask], text: str) -> CommentsNow:
    """Read what decides a plan for these tasks with this text.

    Raises:
        BadInput, NotPermitted: the production is closed, or not there any more for this identity.
    """
    directory, names_people = kitsu.directory, "@" in text
    tasks: dict[str, TaskNow] = {}

    async def read_tasks() -> None:
        entities = [one.task.entity.id for one in found]
        read = await records_by(kitsu.session, "data/tasks", "entity_id", entities, relations="true")
        tasks.update((one["id"], _task_now(one)) for one in read)

    production = await production_now(kitsu, found, read_tasks, directory.statuses, directory.automations)
    return CommentsNow(
        **production,
        tasks=tasks,
        statuses=await directory.statuses.get(),
        automations=await directory.automations.get(),
        people=await directory.people.get() if names_people or any(one.assignees for one in tasks.values()) else {},
        departments=await directory.departments.get() if names_people else {},
    )


def _task_now(record: Mapping[str, Any]) -> TaskNow:
    return TaskNow(
        record["id"],
        record.get("name") or "",
        record["entity_id"],
        record["task_type_id"],
        record["task_status_id"],
        tuple(record.get("assignees") or ()),
        int(record.get("retake_count") or 0),
        record.get("real_start_date") or "",
        record.get("end_date") or "",
        record.get("done_date") or "",
    )
