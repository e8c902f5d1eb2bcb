"""The task types that tasks are made of, as agents name them: for one kind of entity, used by the production."""

from collections.abc import Collection, Iterable, Sequence
from functools import partial
from typing import Annotated

from pydantic import Field

from kitsu_tools.gate.change import Request
from kitsu_tools.tracker.directory import Directory
from kitsu_tools.tracker.errors import BadInput, listed, quoted
from kitsu_tools.tracker.gather import gather
from kitsu_tools.tracker.model import Kind, Project, TaskType
from kitsu_tools.tracker.task_types import type_ranks

TaskTypes = Annotated[Sequence[str], Field(description="task types")]


async def types_wanted(
    directory: Directory, project: Project, kinds: Sequence[Kind], names: Iterable[str], others: Collection[str] = ()
) -> list[TaskType]:
    """The task types of these names, in the production's order: of one name the one for the first of these kinds that
    has it. Names among `others` may be for other kinds. Zou makes tasks of any type of anything (1.0.97).

    Raises:
        BadInput: one is for something else, or not of this production.
    """
    wanted = list(dict.fromkeys(name for name in names if name.strip()))
    every = await directory.task_types.get()
    used = [one for one in every.values() if one.id in project.task_types and not one.archived]
    used = [one for kind in kinds for one in used if one.for_entity.casefold() == kind]
    ranks = type_ranks(project, every)
    found: dict[str, TaskType] = {}
    for name, types in zip(wanted, await gather(*[partial(directory.task_type, one) for one in wanted]), strict=True):
        its = [one for one in used if one in types]
        if not its and name in others:
            continue
        if not its:
            there = listed(one.name for one in sorted(used, key=lambda one: ranks[one.id])) or "none"
            of = listed(f"{kind}s" for kind in kinds)
            raise BadInput(f"{project.name} has no task type {quoted(name)} for {of}. It uses: {there}.")
        found[its[0].id] = its[0]
    return sorted(found.values(), key=lambda one: ranks[one.id])


def making(project_id: str, kind: Kind, type_id: str, entities: Sequence[str], keys: Sequence[str]) -> Request:
    """The request that makes tasks of a type for these: each once, and never for none, which Zou takes for all."""
    if not entities:
        raise BadInput("No tasks are made of nothing.")
    own = kind in {"shot", "asset", "edit", "concept"}
    tail = f"{kind}s/create-tasks" if own else f"create-tasks/{kind}"
    path = f"actions/projects/{project_id}/task-types/{type_id}/{tail}"
    return Request("POST", path, list(dict.fromkeys(entities)), 201, tuple(keys))
