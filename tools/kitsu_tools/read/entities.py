"""The lists of shots and of assets: one row an entity, one column a task type."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, Literal

from mcp.types import CallToolResult

from kitsu_tools.answers import WRITTEN_IN_KITSU, Row, Table, table
from kitsu_tools.arguments import KitsuHere, Limit, Next, Show, Under, Where
from kitsu_tools.read.conditions import all_named
from kitsu_tools.read.filters import entity_filters
from kitsu_tools.read.metadata import as_text, column_named
from kitsu_tools.read.scope import below, common, parent_notes, partial_notes, shared_notes
from kitsu_tools.tracker.addresses import relative
from kitsu_tools.tracker.cached import ById
from kitsu_tools.tracker.errors import BadInput, Unknown, counted, listed, quoted
from kitsu_tools.tracker.kitsu import Kitsu
from kitsu_tools.tracker.model import Column, Entity, Person, Project, Task, TaskType
from kitsu_tools.tracker.places import Place
from kitsu_tools.tracker.statuses import Status
from kitsu_tools.tracker.task_types import LAST, type_ranks

Listed = Literal["shot", "asset"]
Cell = Callable[[Entity], object]

WITH_EACH_TASK = ("assignees", "due", "retakes")


@dataclass(frozen=True, slots=True)
class Reference:
    """Names for the ids that a row shows."""

    types: Mapping[str, TaskType]
    statuses: Mapping[str, Status]
    people: Mapping[str, Person]


async def list_shots(
    kitsu: KitsuHere, under: Under = "", where: Where = (), show: Show = (), limit: Limit = 100, next: Next = ""
) -> Annotated[CallToolResult, Table]:
    """List the shots of a project, episode or sequence: one row a shot, one column a task type with the task's status.

    For tasks across kinds, by person or due date, use list_tasks.
    """
    return await _list(kitsu, "shot", under, where, show, limit, next)


async def list_assets(
    kitsu: KitsuHere, under: Under = "", where: Where = (), show: Show = (), limit: Limit = 100, next: Next = ""
) -> Annotated[CallToolResult, Table]:
    """List the assets of a project, asset type or episode: one row an asset, one column a task type with the task's
    status.

    Which assets a shot uses is get_casting's.
    """
    return await _list(kitsu, "asset", under, where, show, limit, next)


async def _list(
    kitsu: Kitsu, kind: Listed, under: str, where: Sequence[str], show: Sequence[str], limit: int, after: str
) -> CallToolResult:
    place = await kitsu.find.place(under, wants=kind)
    _require_room_for(place, kind)
    entity_type = kind.capitalize()
    metadata = [one for one in place.project.columns if one.entity_type == entity_type]
    show = all_named(show, (name for one in metadata for name in (one.name, one.field_name)))
    words = [word.strip().casefold() for word in show]
    named = "assignees" in words or any(one.data_type == "person" for one in place.project.columns)
    people = await kitsu.directory.people.get() if named else ById[Person]()
    columns = _columns(metadata, show, people)
    view, inside = await kitsu.beside_role(place.project, lambda: below(place, (kind,)))
    of_type = place.task_type if place.task_type and place.task_type.for_entity == entity_type else None
    if of_type is not None:
        inside = [one for one in inside if any(task.type_id == of_type.id for task in one.tasks)]
    filters = await entity_filters(kitsu, place.project, where, entity_type, inside)
    found = [one for one in inside if filters.fits(one)] if where else inside
    standing = [one for one in found if not one.omitted]
    with_tasks = [word for word in WITH_EACH_TASK if word in words]
    reference = Reference(await kitsu.directory.task_types.get(), await kitsu.directory.statuses.get(), people)
    types = task_columns(place.project, standing, reference.types)
    if of_type is not None:
        types = {name: ids for name, ids in types.items() if of_type.id in ids}
    base = common(place, standing)

    def row(entity: Entity) -> Row:
        tasks = [_cell(entity, ids, reference, with_tasks) for ids in types.values()]
        return [relative(entity.address, base), *(cell(entity) for cell in columns.values()), *tasks]

    omitted = len(found) - len(standing)
    hidden = await kitsu.hidden(place.project)
    return table(
        (kind, place.key, tuple(where), tuple(show)),
        standing,
        row,
        under=base,
        columns=[kind, *columns, *types],
        limit=limit,
        after=after,
        notes=[
            *([f"{omitted} omitted left out"] if omitted else []),
            *filters.notes([one for one in inside if not one.omitted], standing),
            *parent_notes(view, standing),
            *(await shared_notes(kitsu, place) if kind == "asset" else []),
            *await partial_notes(kitsu, place, (kind,), task_type=of_type),
            *([hidden.plans] if with_tasks else []),
        ],
        as_of=view.as_of,
    )


def task_columns(
    project: Project, entities: Sequence[Entity], types: Mapping[str, TaskType]
) -> dict[str, frozenset[str]]:
    """The task types that these entities have tasks of, by name, in the production's order."""
    present = {task.type_id for entity in entities for task in entity.tasks}
    ranks = type_ranks(project, types)
    columns: dict[str, frozenset[str]] = {}
    for type_id in sorted(present, key=lambda one: ranks.get(one, LAST)):
        name = types[type_id].name if type_id in types else "other"
        columns[name] = columns.get(name, frozenset()) | {type_id}
    return columns


def names_of(people: Mapping[str, Person], ids: Sequence[str]) -> str:
    """People by label, in one cell."""
    return ", ".join(people[one].label if one in people else "someone" for one in ids)


def _cell(entity: Entity, type_ids: frozenset[str], reference: Reference, with_tasks: Sequence[str]) -> str:
    return ", ".join(_task_text(task, reference, with_tasks) for task in entity.tasks if task.type_id in type_ids)


def _task_text(task: Task, reference: Reference, with_tasks: Sequence[str]) -> str:
    status = reference.statuses.get(task.status_id)
    parts = [status.short_name if status else "?"]
    if "assignees" in with_tasks and task.assignees:
        parts.append(names_of(reference.people, task.assignees))
    if "due" in with_tasks and task.due:
        parts.append(f"due {task.due}")
    if "retakes" in with_tasks and task.retakes:
        parts.append(counted(task.retakes, "retake"))
    return " · ".join(parts)


def _columns(metadata: Sequence[Column], show: Sequence[str], people: Mapping[str, Person]) -> dict[str, Cell]:
    """Further columns by name. What is said of each task stands with it instead, and adds none."""
    fixed: dict[str, tuple[str, Cell]] = {
        "frames": ("frames (in-out)", _frames),
        "description": (f"description {WRITTEN_IN_KITSU}", lambda entity: entity.description),
        "id": ("id", lambda entity: entity.id),
    }
    columns: dict[str, Cell] = {}
    for written in show:
        word = written.strip().casefold()
        if word in WITH_EACH_TASK:
            continue
        if word in fixed:
            name, cell = fixed[word]
            columns[name] = cell
            continue
        found = column_named(metadata, written)
        if found is None:
            there = [*WITH_EACH_TASK, *fixed, *(one.name for one in metadata)]
            raise Unknown(f"show: there is no column {quoted(written)}. There are: {listed(there, 40)}.")
        columns[f"{found.name} {WRITTEN_IN_KITSU}"] = _metadata(found, people)
    return columns


def _metadata(column: Column, people: Mapping[str, Person]) -> Cell:
    return lambda entity: as_text(entity.data.get(column.field_name), column, people)


def _frames(entity: Entity) -> str:
    """`48 (1001-1048)`: of the count and both ends, what follows from the other two is worked out.

    Where all are there and differ, both counts stand: `48 (1001-1050: 50)`. Kitsu's page sets the count when somebody
    types an end, and then only where the first comes before the last (`onMetadataChanged` of its Shots.vue); a count
    that is set by itself, as by its import or by Zou's API, it leaves and shows beside them.
    """
    count = entity.frames or None  # 0 is what Zou puts where none is given
    first, last = entity.frame_in, entity.frame_out
    if count is not None and count > 0:
        first = last - count + 1 if first is None and last is not None else first
        last = first + count - 1 if last is None and first is not None else last
    if first is None and last is None:
        return "" if entity.frames is None else str(entity.frames)
    ends = f"{'?' if first is None else first}-{'?' if last is None else last}"
    if first is None or last is None:
        return ends
    between = last - first + 1
    if between < 1:
        return f"{count or '?'} ({ends}: ends before it begins)"
    return f"{count or between} ({ends})" if count in {None, between} else f"{count} ({ends}: {between})"


def _require_room_for(place: Place, kind: Listed) -> None:
    inside = place.entity.kind if place.entity is not None else place.kind
    holds: dict[Listed, set[str | None]] = {"shot": {None, "episode", "sequence"}, "asset": {None, "episode", "asset"}}
    if inside not in holds[kind] or (place.entity is not None and place.entity.kind == kind):
        other = "get_task, list_tasks or get_casting" if place.entity is not None else "list_tasks"
        raise BadInput(f"{place.address} holds no {kind}s; {other} shows what it has.")
