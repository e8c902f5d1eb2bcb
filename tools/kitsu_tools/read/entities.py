"""The lists of shots, of assets and of all other entities: one row an entity, one column a task type."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Annotated, Literal

from mcp.types import CallToolResult
from pydantic import Field

from kitsu_tools.answers import Table
from kitsu_tools.arguments import KitsuHere, Limit, Next, Show, Sort, Under, Where
from kitsu_tools.conditions import all_named
from kitsu_tools.metadata import EXPLICITLY, column_named
from kitsu_tools.read.entity_columns import (
    FIXED,
    OF_TASKS,
    STATUS,
    WITH_EACH_TASK,
    Reference,
    columns_of_entities,
    keys_of_entities,
    measures_of_entities,
    task_columns,
)
from kitsu_tools.read.filters import entity_filters
from kitsu_tools.read.listing import (
    Column,
    columns_of_groups,
    grouped,
    in_order_of,
    named,
    table_of,
    table_of_groups,
)
from kitsu_tools.read.scope import common, parent_notes, partial_notes, shared_notes
from kitsu_tools.read.shared_assets import list_shared
from kitsu_tools.tracker import model
from kitsu_tools.tracker.addresses import encoded, relative
from kitsu_tools.tracker.below import below
from kitsu_tools.tracker.cached import ById
from kitsu_tools.tracker.errors import BadInput, Unknown, listed, quoted
from kitsu_tools.tracker.kitsu import Kitsu
from kitsu_tools.tracker.model import Entity, Person
from kitsu_tools.tracker.places import Place
from kitsu_tools.tracker.visibility import KINDS_HIDDEN

HOLDS: dict[model.Kind, frozenset[str | None]] = {
    "shot": frozenset({None, "episode", "sequence"}),
    "asset": frozenset({None, "episode", "asset"}),
    "episode": frozenset({None}),
    "sequence": frozenset({None, "episode"}),
    "edit": frozenset({None, "episode", "edit"}),
    "concept": frozenset({None, "concept"}),
    "scene": frozenset({None, "episode", "sequence"}),
}
"""In what each kind is: a whole production (None), an entity of a kind, or a group of its own kind."""
NO_PAGE = "Kitsu's pages show no scenes, and no address leads to one: Kitsu's API takes their ids"
ShotGroups = Annotated[
    Sequence[str],
    Field(
        max_length=2,
        description="count instead, by: sequence, episode, a task type (its statuses), a metadata column",
    ),
]
AssetGroups = Annotated[
    Sequence[str], Field(max_length=2, description="count instead, as list_shots; also by asset type")
]


async def list_shots(
    kitsu: KitsuHere,
    under: Under = "",
    where: Where = (),
    show: Show = (),
    sort: Sort = (),
    group_by: ShotGroups = (),
    limit: Limit = 100,
    next: Next = "",
) -> Annotated[CallToolResult, Table]:
    """List the shots of a project, episode or sequence: one row a shot, one column a task type with the task's status.

    For tasks across kinds, by person or due date, use list_tasks.
    """
    return await _list(kitsu, "shot", under, where, show, sort, group_by, limit, next)


async def list_assets(
    kitsu: KitsuHere,
    under: Under = "",
    where: Where = (),
    show: Show = (),
    sort: Sort = (),
    group_by: AssetGroups = (),
    limit: Limit = 100,
    next: Next = "",
) -> Annotated[CallToolResult, Table]:
    """List the assets of a project, asset type or episode: one row an asset, one column a task type with the task's
    status.

    Which assets a shot uses is get_casting's.
    """
    return await _list(kitsu, "asset", under, where, show, sort, group_by, limit, next)


async def list_entities(
    kitsu: KitsuHere,
    kind: Annotated[
        Literal["episode", "sequence", "edit", "concept", "scene", "shared_asset"],
        Field(description="shared_asset: of other productions and used here, with where each is from"),
    ],
    under: Under = "",
    where: Annotated[Sequence[str], Field(description="as list_shots")] = (),
    show: Annotated[Sequence[str], Field(description="as list_shots")] = (),
    sort: Annotated[Sequence[str], Field(description="as list_shots")] = (),
    group_by: Annotated[
        Sequence[str],
        Field(max_length=2, description="count instead, as list_shots; of shared assets by production, asset type"),
    ] = (),
    limit: Limit = 100,
    next: Next = "",
) -> Annotated[CallToolResult, Table]:
    """List the episodes, sequences, edits, concepts or scenes of a project themselves, with the statuses of their own
    tasks, or the assets that it uses of other productions.

    How far the shots in each sequence are is list_shots(group_by=["sequence"]). The main pack of a show is
    list_assets(under="<project>/Main Pack").
    """
    if kind == "shared_asset":
        if where or show:
            raise BadInput("where and show are not for shared assets: sort, group_by and under are.")
        return await list_shared(kitsu, under, sort, group_by, limit, next)
    return await _list(kitsu, kind, under, where, show, sort, group_by, limit, next)


async def _list(
    kitsu: Kitsu,
    kind: model.Kind,
    under: str,
    where: Sequence[str],
    show: Sequence[str],
    sort: Sequence[str],
    group_by: Sequence[str],
    limit: int,
    after: str,
) -> CallToolResult:
    place = await kitsu.find.place(under, wants=kind)
    _require_room_for(place, kind)
    entity_type = kind.capitalize()
    metadata = [one for one in place.project.columns if one.entity_type == entity_type]
    show = all_named(show, (name for one in metadata for name in (one.name, one.field_name)))
    words = [word.strip().casefold() for word in show]
    shows_people = "assignees" in words or any(one.data_type == "person" for one in place.project.columns)
    people = await kitsu.directory.people.get() if shows_people else ById[Person]()
    view, inside = await kitsu.beside_role(place.project, lambda: below(place, (kind,)))
    of_type = place.task_type if place.task_type and place.task_type.for_entity == entity_type else None
    if of_type is not None:
        inside = [one for one in inside if any(task.type_id == of_type.id for task in one.tasks)]
    filters = await entity_filters(kitsu, place.project, where, entity_type, inside)
    found = [one for one in inside if filters.fits(one)] if where else inside
    standing = [one for one in found if not one.omitted]
    types = await kitsu.directory.task_types.get()
    of_tasks = task_columns(place.project, standing, types)
    if of_type is not None:
        of_tasks = {name: ids for name, ids in of_tasks.items() if of_type.id in ids}
    hidden, clock = await kitsu.hidden(place.project), await kitsu.clock()
    with_tasks = [word for word in WITH_EACH_TASK if word in words]
    by_episode = any(one.strip().casefold() == "episode" for one in group_by)
    episodes = (await place.reading.view("episode")).entities("episode") if by_episode else ()
    known = Reference(
        project=place.project,
        kind=kind,
        types=types,
        statuses=await kitsu.directory.statuses.get(),
        people=people,
        metadata=metadata,
        episodes={one.id: one for one in episodes},
        task_types=of_tasks,
        # Zou 1.0.97 forgets to hide them on the tasks of all but shots and assets.
        with_tasks=[] if hidden.plans else with_tasks,
    )
    columns = columns_of_entities(known)
    keys = [key for key, _ in named("group_by", group_by, keys_of_entities(known))] if group_by else []
    omitted = len(found) - len(standing)
    notes = [
        *([f"{omitted} omitted left out"] if omitted else []),
        *filters.notes([one for one in inside if not one.omitted], standing),
        *(f"{one}: {KINDS_HIDDEN}" for one in view.hidden if one == f"{kind}s"),
        *([NO_PAGE] if kind == "scene" else []),
        *parent_notes(view, standing),
        *(await shared_notes(kitsu, place) if kind == "asset" else []),
        *await partial_notes(kitsu, place, (kind,), task_type=of_type),
        *([hidden.plans] if with_tasks else []),
    ]
    if keys:
        measures = measures_of_entities(known, keys, columns["frames"])
        question = (kind, place.key, tuple(where), tuple(key.name for key in keys))
        groups, of_groups = grouped(standing, keys, measures), columns_of_groups(keys, measures)
        return table_of_groups(
            question, groups, of_groups, sort, clock, encoded(place.project.name), limit, after, notes, as_of=view.as_of
        )
    order = named("sort", sort, columns)
    base = common(place, standing)

    def address(entity: Entity) -> str:
        return relative(entity.address, base)

    first = replace(columns[kind], cell=address)
    own = [columns[STATUS]] if kind == "episode" else [columns["id"]] if kind == "scene" else []
    further = [one for one in _further(show, metadata, columns) if one not in own]
    cells = [first, *own, *further, *(columns[f"{OF_TASKS}{name}".casefold()] for name in of_tasks)]
    return table_of(
        (kind, place.key, tuple(where), tuple(show), tuple(sort)),
        in_order_of(standing, order),
        cells,
        clock,
        under=base,
        limit=limit,
        after=after,
        notes=notes,
        as_of=view.as_of,
    )


def _further(
    show: Sequence[str], metadata: Sequence[model.Column], columns: dict[str, Column[Entity]]
) -> list[Column[Entity]]:
    """Further columns, each once. What is said of each task stands with it instead, and adds none."""
    further: dict[str, Column[Entity]] = {}
    for written in show:
        word = written.strip().casefold()
        if word in WITH_EACH_TASK:
            continue
        if word in FIXED or (word == STATUS and STATUS in columns):
            further[word] = columns[word]
            continue
        found = column_named(metadata, written)
        if found is None:
            there = [*WITH_EACH_TASK, *FIXED, *(one.name for one in metadata)]
            raise Unknown(f"show: there is no column {quoted(written)}. There are: {listed(there, 40)}.")
        name = f"{EXPLICITLY}{found.name}".casefold()
        further[name] = columns[name]
    return list(further.values())


def _require_room_for(place: Place, kind: model.Kind) -> None:
    inside = place.entity.kind if place.entity is not None else place.kind
    if inside not in HOLDS[kind] or (place.entity is not None and place.entity.kind == kind):
        other = "get_task, list_tasks or get_casting" if place.entity is not None else "list_tasks"
        raise BadInput(f"{place.address} holds no {kind}s; {other} shows what it has.")
