"""A production's schedule: its bars, milestones and versions, none of which reading makes."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from typing import Annotated, Any

from kitsu_tools.tracker.gather import gather
from kitsu_tools.tracker.kitsu import Kitsu
from kitsu_tools.tracker.model import Day, Flag, Text, Whole, decoded, zou


@dataclass(frozen=True, slots=True)
class ScheduleItem:
    """When a task type is to be worked on, or a part of it: `object_id` is an episode, a sequence, an edit or an asset
    type, empty for the whole. Dates are YYYY-MM-DD or empty, `man_days` 0 where none are given.
    """

    type_id: Annotated[Text, zou("task_type_id")]
    object_id: Text = ""
    start: Annotated[Day, zou("start_date")] = ""
    end: Annotated[Day, zou("end_date")] = ""
    man_days: Whole = 0


@dataclass(frozen=True, slots=True)
class Milestone:
    """A day by which something is to be there: of a task type, or of the production where that is empty."""

    id: str
    name: Text
    day: Annotated[Day, zou("date")] = ""
    type_id: Annotated[Text, zou("task_type_id")] = ""


@dataclass(frozen=True, slots=True)
class ScheduleVersion:
    """A plan of all tasks that was put aside; `made_from` is the id of another, empty for the tasks themselves."""

    id: str
    name: Text
    locked: Flag = False
    canceled: Flag = False
    made_from: Annotated[Text, zou("production_schedule_from")] = ""
    created_at: Text = ""


@dataclass(frozen=True, slots=True)
class PlannedTask:
    """A task's dates in a version, YYYY-MM-DD or empty."""

    task_id: str
    start: Annotated[Day, zou("start_date")] = ""
    due: Annotated[Day, zou("due_date")] = ""


@dataclass(frozen=True, slots=True)
class Schedule:
    """All of it, in the order of dates; versions as they were made."""

    items: Sequence[ScheduleItem]
    milestones: Sequence[Milestone]
    versions: Sequence[ScheduleVersion]


async def schedule_of(kitsu: Kitsu, project_id: str) -> Schedule:
    """The schedule of a production.

    `schedule-items/task-types` and its like, which Kitsu's page reads, make what is missing (seen on Zou 1.0.97); the
    plain routes do not.

    Raises:
        NotPermitted: the role may not see it (vendors, clients).
    """
    base = f"data/projects/{project_id}"
    items, milestones, versions = await gather(
        partial(kitsu.session.read, f"{base}/schedule-items"),
        partial(kitsu.session.read, f"{base}/milestones"),
        partial(kitsu.session.read, "data/production-schedule-versions", {"project_id": project_id}),
    )
    return Schedule(
        sorted((decoded(ScheduleItem, one) for one in items), key=lambda one: (one.start, one.end)),
        sorted((decoded(Milestone, one) for one in milestones), key=lambda one: (one.day, one.name)),
        sorted((decoded(ScheduleVersion, one) for one in versions), key=lambda one: (one.created_at, one.name)),
    )


async def planned_in(kitsu: Kitsu, version_id: str) -> list[PlannedTask]:
    """The tasks of a version."""
    path = f"data/production-schedule-versions/{version_id}/task-links"
    records: list[dict[str, Any]] = await kitsu.session.read(path)
    return [decoded(PlannedTask, one) for one in records]
