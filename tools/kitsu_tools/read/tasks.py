"""Tasks across a production, as a list."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from operator import attrgetter
from typing import Annotated, Any

from mcp.types import CallToolResult
from pydantic import Field

from kitsu_tools.answers import Table
from kitsu_tools.arguments import KitsuHere, Limit, Next, Sort, Under
from kitsu_tools.paging import digest_of
from kitsu_tools.read.due import due_filter
from kitsu_tools.read.filters import Filter, Filters, assignee_filter, require_plans, statuses_named, types_named
from kitsu_tools.read.listing import (
    Column,
    Key,
    columns_of_groups,
    grouped,
    in_order_of,
    named,
    table_of,
    table_of_groups,
)
from kitsu_tools.read.scope import common, parent_notes, partial_notes
from kitsu_tools.read.task_columns import (
    ALWAYS,
    BY_NEWS,
    MINUTES,
    GroupBy,
    Reference,
    address_of,
    columns_of_tasks,
    keys_of_tasks,
)
from kitsu_tools.tracker.addresses import encoded
from kitsu_tools.tracker.below import below
from kitsu_tools.tracker.board import ALL_KINDS
from kitsu_tools.tracker.errors import BadInput, counted
from kitsu_tools.tracker.kitsu import Kitsu
from kitsu_tools.tracker.model import Entity, Task
from kitsu_tools.tracker.places import Place
from kitsu_tools.tracker.status_news import status_changes
from kitsu_tools.tracker.task_types import Rank, in_order, type_ranks
from kitsu_tools.tracker.visibility import KINDS_HIDDEN

NO_DATE = "9999"


async def list_tasks(
    kitsu: KitsuHere,
    under: Under = "",
    task_type: Annotated[str, Field(description="a task type's name")] = "",
    status: Annotated[Sequence[str], Field(description="statuses (wfa) or roles (waiting for review)")] = (),
    assignee: Annotated[str, Field(description="a full name, me or nobody")] = "",
    due: Annotated[
        str,
        Field(
            description="overdue, today, tomorrow, this week, a date, or FROM..TO (YYYY-MM-DD or today, either end "
            "open)"
        ),
    ] = "",
    show: Annotated[
        Sequence[str],
        Field(
            description="extra columns: start, done, estimate, spent, priority, retakes, last comment, waiting since, "
            "days late, frames, status since, status by; of groups the sums"
        ),
    ] = (),
    sort: Sort = (),
    group_by: Annotated[
        Sequence[GroupBy], Field(max_length=2, description="count instead: tasks, open, overdue by these")
    ] = (),
    limit: Limit = 50,
    next: Next = "",
) -> Annotated[CallToolResult, Table]:
    """List tasks of shots, assets, sequences, episodes, edits and concepts, earliest due date first, or count them.

    Filters combine. Roles: todo, ready, wip, waiting for review, retake, done, on hold, omitted, other. `overdue` is
    before today and neither done nor omitted. Tasks of omitted entities are left out. For a grid by shot use
    list_shots.
    """
    place = await kitsu.find.place(under)
    kinds = (place.listed_kind,) if place.listed_kind is not None else ALL_KINDS
    view, entities = await kitsu.beside_role(place.project, lambda: below(place, kinds))
    known = await reference(kitsu, place, group_by)
    filters, today = await _filters(kitsu, place, task_type, status, assignee, due)
    columns = columns_of_tasks(known)
    keys = keys_of_tasks(known, group_by) if group_by else []
    shown = named("show", show, columns)
    further = [column for column, _ in shown if column.name not in ALWAYS]
    order = named("sort", sort, columns) if not keys else []
    if not order:  # as a minus in show has it
        order = [one for one in shown if one[1]][:1]
    await _require_plans(kitsu, place, show=further, sort=[column for column, _ in order], group_by=keys)
    by_news = [] if keys else [column.name for column, _ in (*shown, *order) if column.name in BY_NEWS]
    untold = 0
    if by_news:
        asked_for = [one for entity in entities if not entity.omitted for one in entity.tasks if filters.fits(one)]
        set_to = {one.id: one.status_id for one in asked_for}
        known.changes.update(await status_changes(kitsu, place.project, set_to))
        never_set = known.never_set
        untold = sum(not (never_set(one) or all(columns[name].value(one) for name in by_news)) for one in asked_for)
        if untold and not BY_NEWS.isdisjoint(column.name for column, _ in order):
            raise BadInput(f"sort: {_unknown(untold)}, so that they cannot be sorted. Ask for fewer tasks, or show it.")

    clock, ranks = await kitsu.clock(), tuple(known.ranks.items())
    sorted_by = tuple((column.name, descending) for column, descending in order)
    asked = ("tasks", place.key, task_type, tuple(status), assignee, due, today, sorted_by)
    parts = (ranks, known.statuses, known.people, known.today, tuple(known.changes.items()))
    every = view.memoised(("in order", place.key, sorted_by, *parts), lambda: _sorted(entities, known.ranks, order))
    key = (*asked, *parts)
    passing = view.memoised(key, lambda: list(filter(filters.fits, every)))
    found = view.memoised(("standing", *key), lambda: [task for task in passing if not task.entity.omitted])
    base = common(place, (task.entity for task in found))
    omitted = len(passing) - len(found)
    hidden = await kitsu.hidden(place.project)
    in_minutes = any(column.unit == MINUTES for column in further)
    notes = [
        f"{counted(omitted, 'task')} of omitted entities left out" if omitted else "",
        *filters.notes(every, found),
        *(f"{kind} are not counted: {KINDS_HIDDEN}" for kind in view.hidden),
        *parent_notes(view, (task.entity for task in found)),
        *await partial_notes(kitsu, place, kinds, narrowed=True, task_type=place.task_type),
        hidden.plans,
        _unknown(untold) if untold else "",
    ]
    said: dict[str, Any] = {
        "today": today,
        "hours_by_day": await kitsu.directory.hours_by_day.get() if in_minutes else None,
        "as_of": view.as_of,
    }
    if keys:
        measures = known.measures(one for one in further if one.adds)
        what = (tuple(group_by), tuple(one.name for one in measures))
        made = view.memoised(("grouped", *key, *what), lambda: grouped(found, keys, measures))
        shared = "person" in group_by and any(len(task.assignees) > 1 for task in found)
        notes += ["a task of several people counts for each"] if shared else []
        question = (*asked, tuple(group_by))
        return table_of_groups(
            question,
            made,
            columns_of_groups(keys, measures),
            sort,
            clock,
            encoded(place.project.name),
            limit,
            next,
            notes,
            tasks=len(found),
            **said,
        )

    def address(task: Task) -> str:
        return address_of(task, base, known.types)

    cells = [replace(columns["task"], cell=address), *(columns[one] for one in ALWAYS[1:]), *further]
    return table_of(
        (*asked, tuple(show)),
        found,
        cells,
        clock,
        under=base,
        limit=limit,
        after=next,
        digest=lambda: view.memoised(("digest", *key), lambda: digest_of(found, attrgetter("id"))),
        notes=notes,
        **said,
    )


async def reference(kitsu: Kitsu, place: Place, group_by: Collection[GroupBy]) -> Reference:
    """What the columns and groups need of reference data, without what was not asked for."""
    directory, types = kitsu.directory, await kitsu.directory.task_types.get()
    episodes = (await place.reading.view("episode")).entities("episode") if "episode" in group_by else ()
    return Reference(
        place.project,
        await directory.people.get(),
        await directory.statuses.get(),
        types,
        type_ranks(place.project, types),
        await directory.departments.get() if "department" in group_by else {},
        {one.id: one for one in episodes},
        (await kitsu.clock()).today(),
        bool((await kitsu.hidden(place.project)).plans),
    )


def _unknown(untold: int) -> str:
    return f"of {counted(untold, 'task')} Kitsu's newest news do not tell who set the status when"


async def _require_plans(kitsu: Kitsu, place: Place, **arguments: Iterable[Column[Any] | Key[Any]]) -> None:
    """Refuse columns and groups that are all empty for the role."""
    for argument, asked in arguments.items():
        if any(one.plans for one in asked):
            await require_plans(kitsu, place.project, argument)


async def _filters(
    kitsu: Kitsu, place: Place, task_type: str, status: Sequence[str], assignee: str, due: str
) -> tuple[Filters[Task], str]:
    """The tests that were asked for, also by a page link, and the phrase that says which day they took for today."""
    tests: list[Filter[Task]] = []
    project, today = place.project, ""
    if (of_type := place.task_type) is not None:
        tests.append(Filter(lambda task: task.type_id == of_type.id))
    if task_type:
        types = await types_named(kitsu, task_type)
        tests.append(Filter(lambda task: task.type_id in types))
    if status:
        statuses = await statuses_named(kitsu, status)
        tests.append(Filter(lambda task: task.status_id in statuses))
    if assignee:
        person = await kitsu.find.person_of_page(assignee)
        tests.append(await assignee_filter(kitsu, project, person.id if person is not None else assignee))
    if due:
        on_time, today = await due_filter(kitsu, project, due)
        tests.append(on_time)
    return Filters(tests), today


def _sorted(
    entities: Sequence[Entity], ranks: Mapping[str, Rank], order: Sequence[tuple[Column[Task], bool]]
) -> list[Task]:
    """All tasks, those of omitted entities too: by these columns, then by due date; those that are alike by address and
    task type.
    """
    tasks = [task for entity in entities for task in in_order(entity.tasks, ranks)]
    return in_order_of(sorted(tasks, key=lambda task: task.due or NO_DATE), order)
