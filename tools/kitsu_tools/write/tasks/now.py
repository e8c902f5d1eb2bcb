"""What a plan for tasks is made from: the tasks and their production as they are at this moment, past every board."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from kitsu_tools.tracker.by_ids import records_by
from kitsu_tools.tracker.clock import Clock
from kitsu_tools.tracker.errors import NotPermitted, listed
from kitsu_tools.tracker.finder import FoundTask
from kitsu_tools.tracker.kitsu import Kitsu
from kitsu_tools.tracker.model import Person
from kitsu_tools.write.snapshot import Snapshot, production_now
from kitsu_tools.write.task_names import tasks_named

EVERYWHERE = frozenset({"admin", "manager"})
"""Roles that plan any task of a production."""


@dataclass(frozen=True, slots=True)
class TasksNow(Snapshot):
    """Tasks of one production by id, in the order they were named: as they were found and as `records` has them now.
    `people` are as old as what else is held, but where a plan is about them.
    """

    records: Mapping[str, Mapping[str, Any]]
    people: Mapping[str, Person]
    clock: Clock

    def type_of(self, task_id: str) -> str:
        """The id of a task's type."""
        return self.records[task_id]["task_type_id"]

    def addresses(self, task_ids: Sequence[str], most: int = 12) -> str:
        """How these stand in a message."""
        return listed((self.found[one].address for one in task_ids), most)


async def tasks_now(kitsu: Kitsu, tasks: Sequence[str], about_people: bool = False) -> TasksNow:
    """Read what decides a plan for the tasks that these texts name; `about_people`: the records' "assignees" too, and
    who there is, which Zou takes as long for as for all the rest.

    Raises:
        BadInput: there is no such task, or the production is closed.
        NotFound, NotPermitted: it or a task is not there any more for this identity, or its role sees no plans.
    """
    return await found_now(kitsu, [one for _, one in await tasks_named(kitsu, tasks)], about_people)


async def found_now(kitsu: Kitsu, found: Sequence[FoundTask], about_people: bool = False) -> TasksNow:
    """As `tasks_now`, of tasks of one production that were found already."""
    records: dict[str, Mapping[str, Any]] = {}

    async def read_tasks() -> None:
        ids = [one.task.id for one in found]
        read = await records_by(
            kitsu.session, "data/tasks", "id", ids, **({"relations": "true"} if about_people else {})
        )
        records.update((one["id"], one) for one in read)

    held = [kitsu.directory.people] if about_people else []
    production = await production_now(kitsu, found, read_tasks, *held)
    people = await kitsu.directory.people.get()
    now = TasksNow(**production, records=records, people=people, clock=await kitsu.clock())
    if now.plans_hidden:
        raise NotPermitted(f"This cannot be planned: {now.plans_hidden}.")
    now.refuse_gone(records)
    return now


async def changed_at(kitsu: Kitsu, target: str) -> str:
    """When a task was saved last; Zou tells not by whom."""
    clock = await kitsu.clock()
    record = await kitsu.session.read(f"data/tasks/{target}")
    return f"somebody saved it at {clock.local(record.get('updated_at'))} {clock.zone.key}"
