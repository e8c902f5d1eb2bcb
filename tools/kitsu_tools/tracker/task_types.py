"""Tasks by their types: in a production's order, and how a task is named in an address."""

from collections.abc import Iterable, Mapping
from typing import TypeAlias

from kitsu_tools.tracker.addresses import segment_of
from kitsu_tools.tracker.model import Project, Task, TaskType
from kitsu_tools.tracker.names import matching

Rank: TypeAlias = tuple[int, str]
LAST: Rank = (1_000_000, "")
"""Where a type stands that is not known."""


def type_ranks(project: Project | None, types: Mapping[str, TaskType]) -> dict[str, Rank]:
    """Where each task type stands in a production's order, or in the studio's: that of the columns on Kitsu's page.

    A place that the production gives goes before the studio's own, then the name decides (`taskTypePriorityOf` and
    `sortTaskTypes` of Kitsu's page, whose 0 is no place either). A production's places begin at 1
    (`reorder_project_task_type_links` of Zou 1.0.97).
    """
    places: Mapping[str, int] = project.priorities if project else {}
    return {one.id: (places.get(one.id) or one.priority, one.name) for one in types.values()}


def in_order(tasks: Iterable[Task], ranks: Mapping[str, Rank]) -> list[Task]:
    """An entity's tasks in the order of their types; of an unknown type last."""
    return sorted(tasks, key=lambda task: ranks.get(task.type_id, LAST))


def tasks_called(name: str, tasks: Iterable[Task], types: Mapping[str, TaskType]) -> list[Task]:
    """The tasks whose type answers to this name, as Kitsu has it: not encoded for an address."""
    return matching(name, tasks, lambda task: types[task.type_id].name if task.type_id in types else "task")


def task_label(task: Task, types: dict[str, TaskType]) -> str:
    """The last part of a task's address: its type's name, with a mark when the entity has two tasks of that name."""
    known = types.get(task.type_id)
    if known is None:
        return segment_of("task", task.id, twin=True)
    twins = sum(one.type_id in types and types[one.type_id].name == known.name for one in task.entity.tasks)
    return segment_of(known.name, task.id, twins > 1)
