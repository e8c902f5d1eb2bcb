"""A production's schedule against what its tasks say: what is late, at risk or unscheduled, and what slipped."""

from collections.abc import Hashable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Annotated, Any

from mcp.types import CallToolResult
from pydantic import Field

from kitsu_tools.answers import Row, Table
from kitsu_tools.arguments import KitsuHere, Limit, Next, Sort, Under
from kitsu_tools.read.listing import Column, in_order_of, named, table_of
from kitsu_tools.read.schedule_parts import By, State, columns_of_parts, objects_of, parts_of
from kitsu_tools.read.scope import partial_notes
from kitsu_tools.read.task_columns import Reference, address_of
from kitsu_tools.read.tasks import reference
from kitsu_tools.tracker.below import below
from kitsu_tools.tracker.board import ALL_KINDS
from kitsu_tools.tracker.clock import Clock
from kitsu_tools.tracker.directory import UNSET_HOURS_BY_DAY
from kitsu_tools.tracker.errors import BadInput, NotPermitted
from kitsu_tools.tracker.kitsu import Kitsu
from kitsu_tools.tracker.model import Task
from kitsu_tools.tracker.names import pick
from kitsu_tools.tracker.schedule import Milestone, Schedule, ScheduleVersion, planned_in, schedule_of


@dataclass(frozen=True, slots=True)
class Slip:
    """A task whose dates are no more what they were in a version; `days`: how many later it is due, None where it had
    or has no due date.
    """

    task: Task
    start: str
    due: str
    days: int | None


async def get_schedule(
    kitsu: KitsuHere,
    under: Under = "",
    by: Annotated[By, Field(description="parts of each task type")] = "task type",
    task_type: Annotated[str, Field(description="only of it")] = "",
    state: Annotated[Sequence[State], Field(description="only what is so")] = (),
    version: Annotated[str, Field(description="a schedule version: only what differs from it")] = "",
    sort: Sort = (),
    limit: Limit = 100,
    next: Next = "",
) -> Annotated[CallToolResult, Table]:
    """Show a production's schedule against its tasks: bars with what is open, overdue, undated and left by estimates;
    late (over, not done), at risk (due after its end, more work than days), unscheduled; milestones, versions.
    """
    place = await kitsu.find.place(under)
    if (hidden := await kitsu.hidden(place.project)).schedule:
        instead = "" if hidden.plans else " list_tasks tells what is due when."
        raise NotPermitted(f"get_schedule: {hidden.schedule}.{instead}")
    if version and (by != "task type" or state):
        raise BadInput("version: it lists tasks, and goes with neither `by` nor `state`.")
    view, entities = await kitsu.beside_role(place.project, lambda: below(place, ALL_KINDS))
    schedule = await schedule_of(kitsu, place.project.id)
    known = await reference(kitsu, place, [by])
    types = {one.id for one in await kitsu.directory.task_type(task_type)} if task_type else None
    tasks = [
        task for one in entities if not one.omitted for task in one.tasks if types is None or task.type_id in types
    ]
    clock, hours = await kitsu.clock(), await kitsu.directory.hours_by_day.get() or UNSET_HOURS_BY_DAY
    question = ("schedule", place.key, by, task_type, tuple(state), version, tuple(sort), known.today)
    said: dict[str, Any] = {
        "under": place.address,
        "limit": limit,
        "after": next,
        "notes": await partial_notes(kitsu, place, ALL_KINDS),
        "today": clock.stamp(),
        "as_of": view.as_of,
    }
    if version:
        found = pick("schedule version", version, schedule.versions, lambda one: one.name)
        return await _slips(kitsu, question, found, tasks, known, sort, clock, said)
    items = [one for one in schedule.items if types is None or one.type_id in types]
    objects = objects_of(view, by, known, await kitsu.directory.asset_types.get())
    parts = parts_of(tasks, items, by, known, objects, 60 * hours)
    if place.is_part:
        parts = [one for one in parts if one.tasks]
        said["notes"].append("bars are the whole production's")
    if not next:
        said["milestones"] = {
            "columns": ["day", "milestone", "task type", "state"],
            "rows": [
                _milestone(one, tasks, known) for one in schedule.milestones if types is None or one.type_id in types
            ],
        }
        said["versions"] = [_version(one, schedule, clock) for one in schedule.versions]
    columns = columns_of_parts(by, known)
    order = named("sort", sort, {one.name: one for one in columns})
    return table_of(
        question,
        in_order_of((one for one in parts if not state or any(each in state for each in one.findings)), order),
        columns,
        clock,
        identity=lambda part: f"{part.type_id} {part.thing[1]}",
        hours_by_day=hours,
        **said,
    )


def _milestone(one: Milestone, tasks: Iterable[Task], known: Reference) -> Row:
    """A milestone against the tasks of its type, or against all."""
    its = [task for task in tasks if one.type_id in {"", task.type_id}]
    left = [task for task in its if known.is_open(task)]
    after, undated = sum(task.due > one.day for task in left), sum(not task.due for task in left)
    if one.day < known.today.isoformat() and left:
        state = f"late: over, {len(left)} open"
    elif left:
        reasons = [*([f"{after} due after it"] if after else []), *([f"{undated} undated"] if undated else [])]
        state = f"at risk: {', '.join(reasons)}" if reasons else f"planned: {len(left)} open"
    else:
        state = "done" if its else "no tasks"
    return [one.day, one.name, known.types[one.type_id].name if one.type_id in known.types else "", state]


def _version(one: ScheduleVersion, schedule: Schedule, clock: Clock) -> str:
    """A version in a line: its name, when it was made and of what."""
    before = next((each.name for each in schedule.versions if each.id == one.made_from), "")
    words = [f"made {clock.local(one.created_at)[:10]}", f"from {before}" if before else ""]
    flags = ["locked" if one.locked else "", "canceled" if one.canceled else ""]
    return f"{one.name} ({', '.join(filter(None, [*words, *flags]))})"


async def _slips(
    kitsu: Kitsu,
    question: Hashable,
    version: ScheduleVersion,
    tasks: Sequence[Task],
    known: Reference,
    sort: Sequence[str],
    clock: Clock,
    said: dict[str, Any],
) -> CallToolResult:
    """The tasks whose dates differ from a version, those that are due the most days later first."""
    then = {one.task_id: one for one in await planned_in(kitsu, version.id)}
    there = [(task, then[task.id]) for task in tasks if task.id in then]
    slips = [
        Slip(task, old.start, old.due, _days_later(old.due, task.due))
        for task, old in there
        if (old.start, old.due) != (task.start, task.due)
    ]
    later = sum((one.days or 0) > 0 for one in slips)
    columns: Sequence[Column[Slip]] = (
        Column("task", lambda one: address_of(one.task, said["under"], known.types)),
        Column("days later", lambda one: one.days),
        Column("due then", lambda one: one.due),
        Column("due now", lambda one: one.task.due),
        Column("start then", lambda one: one.start),
        Column("start now", lambda one: one.task.start),
    )
    order = named("sort", sort or ["-days later"], {one.name: one for one in columns})
    return table_of(
        question,
        in_order_of(slips, order),
        columns,
        clock,
        identity=lambda one: one.task.id,
        version=version.name,
        compared=len(there),
        later=later,
        earlier=sum((one.days or 0) < 0 for one in slips),
        not_in_it=len(tasks) - len(there),
        **said,
    )


def _days_later(then: str, now: str) -> int | None:
    return (date.fromisoformat(now) - date.fromisoformat(then)).days if then and now else None
