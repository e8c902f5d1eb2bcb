"""What lists say of tasks, and what they group tasks by."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Literal

from kitsu_tools.read.due import NOT_OVERDUE
from kitsu_tools.read.entity_columns import episode_of, in_order_of_names, names_of, sequence_of
from kitsu_tools.read.listing import ZONE, Column, Key, Measure, how_many, sum_of
from kitsu_tools.tracker.addresses import encoded, relative
from kitsu_tools.tracker.cached import ById
from kitsu_tools.tracker.clock import monday_of
from kitsu_tools.tracker.model import Entity, Person, Project, Task, TaskType, priority_name
from kitsu_tools.tracker.status_news import Changes
from kitsu_tools.tracker.statuses import ROLES, Status, place_of
from kitsu_tools.tracker.task_types import LAST, Rank, task_label

MINUTES = "minutes"
NOBODY = "nobody"
GroupBy = Literal[
    "task type",
    "status",
    "role",
    "person",
    "department",
    "sequence",
    "episode",
    "asset type",
    "week",
    "priority",
]


@dataclass(frozen=True)
class Reference:
    """What the ids of tasks stand for, and which day is today. `hidden`: the role is not shown plans; `episodes`
    by id, and `changes` of status, where they are asked for.
    """

    project: Project
    people: ById[Person]
    statuses: ById[Status]
    types: dict[str, TaskType]
    ranks: Mapping[str, Rank]
    departments: Mapping[str, str]
    episodes: Mapping[str, Entity]
    today: date
    hidden: bool
    changes: Changes = field(default_factory=Changes)

    def people_of(self, task: Task) -> str:
        """Whose it is, in one cell. Zou 1.0.97 forgets to hide them on the tasks of sequences and episodes."""
        return "" if self.hidden else names_of(self.people, task.assignees)

    def is_open(self, task: Task) -> bool:
        """Whether there is work to do on it, as the word overdue means it."""
        status = self.statuses.get(task.status_id)
        return status is None or status.role not in NOT_OVERDUE

    def is_late(self, task: Task) -> bool:
        """Whether it is overdue."""
        return self.days_late(task) is not None

    def measures(self, summed: Iterable[Column[Task]]) -> list[Measure[Task]]:
        """What is said of groups: how many tasks, and the sums. What is hidden is not counted as nothing."""
        late = () if self.hidden else (how_many("overdue", self.is_late),)
        return [Measure("tasks", len), how_many("open", self.is_open), *late, *map(sum_of, summed)]

    def days_late(self, task: Task) -> int | None:
        """How many days ago an open task was due; None where it is not late."""
        if not task.due or not self.is_open(task):
            return None
        late = (self.today - date.fromisoformat(task.due)).days
        return late if late > 0 else None

    def waiting_since(self, task: Task) -> str:
        """When it went into the status in which it waits for review, UTC; empty where it does not, or Kitsu knows not.

        Zou stamps it anew each time such a status is set (`update_task` of 1.0.97); once a comment of the task was
        deleted, it is when the task was first sent to review (`reset_task_data`).
        """
        status = self.statuses.get(task.status_id)
        return task.submitted if status is not None and status.is_feedback_request else ""

    def never_set(self, task: Task) -> bool:
        """Whether it is as it was made: still to be done, and nobody said a word."""
        status = self.statuses.get(task.status_id)
        return not task.last_comment and status is not None and status.role == "todo"

    def status_since(self, task: Task) -> str:
        """When its status was set, UTC, by the news or, while it waits for review, by the task itself."""
        return self.waiting_since(task) or self.changes.get(task.id, ("", ""))[0]

    def status_by(self, task: Task) -> str:
        """Who set it; empty where the newest news do not tell."""
        by = self.changes.get(task.id, ("", ""))[1]
        return names_of(self.people, [by]) if by else ""


def columns_of_tasks(known: Reference) -> dict[str, Column[Task]]:
    """The columns by name. The address is as long as it is alone: a list leaves out what it names once."""

    def status(task: Task) -> tuple[int, str]:
        return place_of(task.status_id, known.statuses)

    columns: Sequence[Column[Task]] = (
        Column("start", lambda task: task.start, plans=True),
        Column("done", lambda task: task.done, "UTC date", plans=True),
        Column("estimate", lambda task: task.estimate_minutes, MINUTES, plans=True, adds=True),
        Column("spent", lambda task: task.spent_minutes, MINUTES, plans=True, adds=True),
        Column("priority", lambda task: task.priority, "0 to 3", plans=True),
        Column("retakes", lambda task: task.retakes, plans=True, adds=True),
        Column("last comment", lambda task: task.last_comment, ZONE, plans=True),
        Column("waiting since", known.waiting_since, ZONE, plans=True),
        Column("status since", known.status_since, ZONE, plans=True),
        Column("status by", known.status_by, plans=True),
        Column("days late", known.days_late, plans=True),
        Column("frames", lambda task: task.entity.frames, adds=True),
        Column("task", lambda task: address_of(task, "", known.types)),
        Column("status", status, cell=lambda task: status(task)[1]),
        Column("assignees", known.people_of, plans=True),
        Column("due", lambda task: task.due, plans=True),
    )
    return {column.name: column for column in columns}


BY_NEWS = frozenset({"status since", "status by"})
"""Columns for which Kitsu's news are read."""
ALWAYS = ("task", "status", "assignees", "due")
"""Columns of every list of tasks."""


def keys_of_tasks(known: Reference, names: Iterable[GroupBy]) -> list[Key[Task]]:
    """What tasks are grouped by, each once."""
    project = encoded(known.project.name)
    first: dict[str, Rank] = {}  # of a name that types of several kinds share
    for one in known.types.values():
        first[one.name] = min(known.ranks.get(one.id, LAST), first.get(one.name, LAST))

    def task_type(task: Task, _: Reference) -> tuple[Any, str]:
        found = known.types.get(task.type_id)
        return (first[found.name], found.name) if found else (LAST, "?")

    def of(place: Callable[[Task, Reference], tuple[Any, str]]) -> Callable[[Task], Iterable[tuple[Any, str]]]:
        return lambda task: (place(task, known),)

    keys: Mapping[GroupBy, Key[Task]] = {
        "task type": Key("task type", of(task_type)),
        "status": Key("status", of(_status)),
        "role": Key("role", of(_role)),
        "person": Key("person", lambda task: _people(task, known), plans=True),
        "department": Key("department", of(_department)),
        "sequence": Key("sequence", of(lambda task, _: in_order_of_names(sequence_of(task.entity, project)))),
        "episode": Key(
            "episode", of(lambda task, _: in_order_of_names(episode_of(task.entity, project, known.episodes)))
        ),
        "asset type": Key("asset type", of(lambda task, _: in_order_of_names(task.entity.type_name))),
        "week": Key("week", of(_week), "due, from Monday", plans=True),
        "priority": Key("priority", of(_priority), plans=True),
    }
    return [keys[one] for one in dict.fromkeys(names)]


def address_of(task: Task, under: str, types: dict[str, TaskType]) -> str:
    """A task below `under`; of the entity that `under` itself is, `:Animation`, which goes on from there too."""
    label = task_label(task, types)
    return f":{label}" if task.entity.address == under else f"{relative(task.entity.address, under)}:{label}"


def _status(task: Task, known: Reference) -> tuple[Any, str]:
    place = place_of(task.status_id, known.statuses)
    return place, place[1]


def _role(task: Task, known: Reference) -> tuple[Any, str]:
    place, _ = place_of(task.status_id, known.statuses)
    return place, ROLES[place] if place < len(ROLES) else "?"


def _people(task: Task, known: Reference) -> Iterable[tuple[Any, str]]:
    names = {known.people[one].label if one in known.people else "someone" for one in task.assignees}
    return [(False, one) for one in names] or [(True, NOBODY)]


def _department(task: Task, known: Reference) -> tuple[Any, str]:
    found = known.types.get(task.type_id)
    return in_order_of_names(known.departments.get(found.department_id, "") if found else "")


def _week(task: Task, _: Reference) -> tuple[Any, str]:
    return in_order_of_names(monday_of(date.fromisoformat(task.due)).isoformat() if task.due else "")


def _priority(task: Task, _: Reference) -> tuple[Any, str]:
    return -task.priority, priority_name(task.priority)
