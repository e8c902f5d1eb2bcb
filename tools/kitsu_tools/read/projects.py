"""Productions: which there are, and how far one is."""

from collections import Counter, defaultdict
from collections.abc import Mapping
from itertools import chain
from operator import attrgetter
from typing import Annotated, Any

from mcp.types import CallToolResult
from pydantic import Field

from kitsu_tools.answers import Row, Table, answer
from kitsu_tools.arguments import KitsuHere, Limit, Next
from kitsu_tools.read.listing import Column, table_of
from kitsu_tools.read.scope import parent_notes, shared_notes
from kitsu_tools.tracker.addresses import encoded
from kitsu_tools.tracker.board import ALL_KINDS, Shared, View
from kitsu_tools.tracker.gather import gather_both
from kitsu_tools.tracker.model import Project, TaskType
from kitsu_tools.tracker.statuses import ROLES, Status
from kitsu_tools.tracker.task_types import LAST, Rank, type_ranks
from kitsu_tools.tracker.visibility import CLOSED_HIDDEN, KINDS_HIDDEN


async def list_projects(
    kitsu: KitsuHere,
    closed: Annotated[bool, Field(description="also the closed ones")] = False,
    limit: Limit = 100,
    next: Next = "",
) -> Annotated[CallToolResult, Table]:
    """List the productions you may see, with type, dates (YYYY-MM-DD) and team size.

    Start here when no project is named.
    """
    projects = list(await kitsu.directory.open_projects.get())
    if closed:
        projects += await kitsu.directory.closed_projects.get()

    columns: list[Column[Project]] = [
        Column("project", lambda one: encoded(one.name)),
        Column("type", attrgetter("production_type")),
        Column("start", attrgetter("start_date")),
        Column("end", attrgetter("end_date")),
        Column("team size", lambda one: len(one.team) if one.linked else "?"),
    ]
    if closed:
        columns.append(Column("state", lambda one: "open" if one.open else "closed"))
    hidden = closed and (await kitsu.directory.me.get()).role != "admin"
    notes = [CLOSED_HIDDEN] if hidden else []
    clock = await kitsu.clock()
    return table_of(("projects", closed), projects, columns, clock, limit=limit, after=next, notes=notes)


async def get_project(
    kitsu: KitsuHere, project: Annotated[str, Field(description="name, code or id; empty: the default project")] = ""
) -> CallToolResult:
    """Tell how far a production is: tasks by task type and status role, counts of entities, statuses, team size, dates.

    Counts leave omitted entities out. `statuses` says which status plays which role.
    """
    place = await kitsu.find.production(project)
    found = place.project
    directory = kitsu.directory
    shared: Shared = ("assets shared with", place.entity.id if place.entity is not None else "")
    view, ((types, statuses), (hours, clock)) = await gather_both(
        lambda: kitsu.beside_role(found, lambda: place.reading.view(*ALL_KINDS, shared)),
        lambda: gather_both(
            lambda: gather_both(directory.task_types.get, directory.statuses.get),
            lambda: gather_both(directory.hours_by_day.get, kitsu.clock),
        ),
    )
    ranks = type_ranks(found, types)
    columns, rows = view.memoised(
        ("progress", types, statuses, tuple(ranks.items())), lambda: _progress(view, types, ranks, statuses)
    )
    used = [one for one in statuses.values() if one.id in found.task_statuses and not one.archived]
    return answer(
        {
            "project": encoded(found.name),
            "type": found.production_type,
            "state": "" if found.open else "closed",
            "start": found.start_date,
            "end": found.end_date,
            "today": clock.stamp(),
            "fps": found.fps,
            "resolution": found.resolution,
            "hours_by_day": hours,
            "team_size": len(found.team) if found.linked else None,
            "entities": view.memoised("entity counts", lambda: _entity_counts(view)),
            "columns": columns,
            "rows": rows,
            "uncounted": [f"{kind}: {KINDS_HIDDEN}" for kind in view.hidden],
            "statuses": {one.short_name: f"{one.name} ({one.role})" for one in used},
            "metadata_columns": _metadata(found),
            "notes": [
                *parent_notes(view, (one for one in view.entities() if not one.omitted)),
                *await shared_notes(kitsu, place),
                (await kitsu.hidden(found)).others,
                *([f"this is all of {encoded(found.name)}"] if place.is_part else []),
            ],
            "as_of": view.as_of,
        }
    )


def _progress(
    view: View, types: Mapping[str, TaskType], ranks: Mapping[str, Rank], statuses: Mapping[str, Status]
) -> tuple[list[str], list[Row]]:
    """Tasks by task type and role: the columns of roles that occur, and a row a task type."""
    tasks = chain.from_iterable(one.tasks for one in view.entities() if not one.omitted)
    counts: defaultdict[str, Counter[str]] = defaultdict(Counter)
    for (type_id, status_id), count in Counter(map(attrgetter("type_id", "status_id"), tasks)).items():
        status = statuses.get(status_id)
        counts[type_id][status.role if status else "other"] += count
    roles = [role for role in ROLES if any(role in count for count in counts.values())]
    known = sorted(counts, key=lambda one: (types[one].for_entity if one in types else "", ranks.get(one, LAST)))
    names = {one: [types[one].for_entity, types[one].name] if one in types else ["", "other"] for one in known}
    rows: list[Row] = [[*names[one], *(counts[one][role] for role in roles), counts[one].total()] for one in known]
    return ["of", "task type", *roles, "total"], rows


def _entity_counts(view: View) -> dict[str, int]:
    counts = {f"{kind}s": sum(not one.omitted for one in view.entities(kind)) for kind in ALL_KINDS}
    omitted = sum(one.omitted for one in view.entities())
    return {kind: count for kind, count in (counts | {"omitted": omitted}).items() if count}


def _metadata(project: Project) -> dict[str, Any]:
    columns: dict[str, list[str]] = {}
    for column in project.columns:
        columns.setdefault(column.entity_type, []).append(column.name)
    return columns
