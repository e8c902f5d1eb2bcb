"""Tasks across a production, as a list."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from operator import attrgetter
from typing import Annotated

from mcp.types import CallToolResult
from pydantic import Field

from kitsu_tools.answers import Row, Table, table
from kitsu_tools.arguments import KitsuHere, Limit, Next, Under
from kitsu_tools.paging import digest_of
from kitsu_tools.read.conditions import all_named
from kitsu_tools.read.due import due_filter
from kitsu_tools.read.entities import names_of
from kitsu_tools.read.filters import Filter, Filters, assignee_filter, require_plans, statuses_named
from kitsu_tools.read.scope import below, common, parent_notes, partial_notes
from kitsu_tools.tracker import model
from kitsu_tools.tracker.addresses import relative
from kitsu_tools.tracker.board import ALL_KINDS
from kitsu_tools.tracker.clock import Clock
from kitsu_tools.tracker.errors import Unknown, counted, listed, quoted
from kitsu_tools.tracker.kitsu import Kitsu
from kitsu_tools.tracker.model import TaskType
from kitsu_tools.tracker.places import Place
from kitsu_tools.tracker.task_types import Rank, in_order, task_label, type_ranks
from kitsu_tools.tracker.visibility import KINDS_HIDDEN

NO_DATE = "9999"
MINUTES = "minutes"


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
            description="extra columns: start, done, estimate, spent, priority, retakes, last comment; with a minus "
            "(-retakes, -last comment) the list is sorted by it, highest or newest first"
        ),
    ] = (),
    limit: Limit = 50,
    next: Next = "",
) -> Annotated[CallToolResult, Table]:
    """List tasks of shots, assets, sequences, episodes, edits and concepts, earliest due date first.

    Filters combine. Roles: todo, ready, wip, waiting for review, retake, done, on hold, omitted, other. `overdue` is
    before today and neither done nor omitted. Tasks of omitted entities are left out. For a grid by shot use
    list_shots.
    """
    place = await kitsu.find.place(under)
    kinds = (place.listed_kind,) if place.listed_kind is not None else ALL_KINDS
    view, entities = await kitsu.beside_role(place.project, lambda: below(place, kinds))
    types, statuses = await kitsu.directory.task_types.get(), await kitsu.directory.statuses.get()
    people, clock = await kitsu.directory.people.get(), await kitsu.clock()
    filters, today = await _filters(kitsu, place, task_type, status, assignee, due)
    hidden = await kitsu.hidden(place.project)
    columns, sorted_by = _columns(show)
    if columns:
        await require_plans(kitsu, place.project, "show")
    asked = ("tasks", place.key, task_type, tuple(status), assignee, due, today, sorted_by)
    ranks = type_ranks(place.project, types)
    order = tuple(ranks.items())
    every = view.memoised(("in order", place.key, sorted_by, order), lambda: _sorted(entities, ranks, sorted_by))
    key = (*asked, order, statuses, people)
    passing = view.memoised(key, lambda: list(filter(filters.fits, every)))
    found = view.memoised(("standing", *key), lambda: [task for task in passing if not task.entity.omitted])
    base = common(place, (task.entity for task in found))

    def row(task: model.Task) -> Row:
        known = statuses.get(task.status_id)
        # Zou 1.0.97 forgets to hide them on the tasks of sequences and episodes.
        assignees = "" if hidden.plans else names_of(people, task.assignees)
        cells = (column.cell(task, clock) for column in columns)
        return [_address(task, base, types), known.short_name if known else "?", assignees, task.due, *cells]

    omitted = len(passing) - len(found)
    in_minutes = any(column.unit == MINUTES for column in columns)
    return table(
        (*asked, tuple(show)),
        found,
        row,
        under=base,
        columns=["task", "status", "assignees", "due", *(column.title(clock) for column in columns)],
        limit=limit,
        after=next,
        digest=lambda: view.memoised(("digest", *key), lambda: digest_of(found, attrgetter("id"))),
        today=today,
        notes=[
            f"{counted(omitted, 'task')} of omitted entities left out" if omitted else "",
            *filters.notes(every, found),
            *(f"{kind} are not counted: {KINDS_HIDDEN}" for kind in view.hidden),
            *parent_notes(view, (task.entity for task in found)),
            *await partial_notes(kitsu, place, kinds, narrowed=True, task_type=place.task_type),
            hidden.plans,
        ],
        hours_by_day=await kitsu.directory.hours_by_day.get() if in_minutes else None,
        as_of=view.as_of,
    )


async def _filters(
    kitsu: Kitsu, place: Place, task_type: str, status: Sequence[str], assignee: str, due: str
) -> tuple[Filters[model.Task], str]:
    """The tests that were asked for, also by a page link, and the phrase that says which day they took for today."""
    tests: list[Filter[model.Task]] = []
    project, today = place.project, ""
    if (of_type := place.task_type) is not None:
        tests.append(Filter(lambda task: task.type_id == of_type.id))
    if task_type:
        known = [one.name for one in (await kitsu.directory.task_types.get()).values()]
        named = [await kitsu.directory.task_type(name) for name in all_named([task_type], known)]
        types = {one.id for same in named for one in same}
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


@dataclass(frozen=True, slots=True)
class Column:
    """A further column: its name with the unit, and a task's value, by which it also sorts."""

    name: str
    unit: str
    value: Callable[[model.Task], str | int]

    def title(self, clock: Clock) -> str:
        """`estimate (minutes)`; of times the zone."""
        unit = clock.zone.key if self.unit == "zone" else self.unit
        return f"{self.name} ({unit})" if unit else self.name

    def cell(self, task: model.Task, clock: Clock) -> str | int:
        """The value as it is shown: times in the zone of the clock."""
        value = self.value(task)
        return clock.local(str(value)) if self.unit == "zone" else value


COLUMNS = {
    column.name: column
    for column in (
        Column("start", "", lambda task: task.start),
        Column("done", "UTC date", lambda task: task.done),
        Column("estimate", MINUTES, lambda task: task.estimate_minutes),
        Column("spent", MINUTES, lambda task: task.spent_minutes),
        Column("priority", "0 to 3", lambda task: task.priority),
        Column("retakes", "", lambda task: task.retakes),
        Column("last comment", "zone", lambda task: task.last_comment),
    )
}


def _columns(show: Sequence[str]) -> tuple[list[Column], str]:
    """The further columns, each once, and the name of the one that sorts, the first with a minus."""
    columns: dict[str, Column] = {}
    sorted_by = ""
    for word in all_named(show, ()):
        name = word.strip().casefold().removeprefix("-").replace("_", " ").strip()
        if name not in COLUMNS:
            raise Unknown(f"show: there is no column {quoted(word)}. There are: {listed(COLUMNS)}.")
        columns[name] = COLUMNS[name]
        if word.strip().startswith("-") and not sorted_by:
            sorted_by = name
    return list(columns.values()), sorted_by


def _sorted(entities: Sequence[model.Entity], ranks: Mapping[str, Rank], sorted_by: str) -> list[model.Task]:
    """All tasks, those of omitted entities too: by due date, or by a column from its highest value down, then by due
    date; those that are alike by address and task type.
    """
    tasks = [task for entity in entities for task in in_order(entity.tasks, ranks)]
    by_due_date = sorted(tasks, key=lambda task: task.due or NO_DATE)
    return sorted(by_due_date, key=COLUMNS[sorted_by].value, reverse=True) if sorted_by else by_due_date


def _address(task: model.Task, under: str, types: dict[str, TaskType]) -> str:
    """A task below `under`; of the entity that `under` itself is, `:Animation`, which goes on from there too."""
    label = task_label(task, types)
    return f":{label}" if task.entity.address == under else f"{relative(task.entity.address, under)}:{label}"
