"""How a studio has set up its Kitsu: task types, statuses, departments, metadata columns and the like."""

from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from functools import partial
from typing import Annotated, Any, Literal

from mcp.types import CallToolResult
from pydantic import Field

from kitsu_tools.answers import WRITTEN_IN_KITSU, Row, answer, within_budget
from kitsu_tools.arguments import KitsuHere
from kitsu_tools.tracker.addresses import encoded
from kitsu_tools.tracker.automations import automation_says
from kitsu_tools.tracker.errors import NotFound, NotPermitted
from kitsu_tools.tracker.gather import gather
from kitsu_tools.tracker.kitsu import Kitsu
from kitsu_tools.tracker.model import Project
from kitsu_tools.tracker.statuses import Status
from kitsu_tools.tracker.task_types import type_ranks
from kitsu_tools.tracker.visibility import KINDS_HIDDEN

Section = Literal[
    "task types",
    "statuses",
    "departments",
    "asset types",
    "metadata columns",
    "automations",
    "hardware",
    "software",
]
Part = tuple[Sequence[str], Iterable[Row]]


async def get_studio(
    kitsu: KitsuHere,
    sections: Annotated[Sequence[Section], Field(description="empty: all")] = (),
    project: Annotated[str, Field(description="only what this production uses; empty: the studio's")] = "",
) -> CallToolResult:
    """Tell how the studio set Kitsu up: task types by department, statuses with their roles and who may set them, asset
    types, metadata columns with their choices, automations, hours of a working day, hardware, software.
    """
    found = (await kitsu.find.production(project)).project if project else None
    asked = list(dict.fromkeys(sections)) or list(_SECTIONS)
    parts = await gather(*[partial(_part, kitsu, _SECTIONS[one], found) for one in asked])
    said: dict[str, Any] = {}
    notes: list[str] = []
    for name, part in zip(asked, parts, strict=True):
        if part is None:
            notes.append(f"{name}: {KINDS_HIDDEN}")
            continue
        columns, rows = part
        every = list(rows)
        shown = within_budget(every)
        said[name.replace(" ", "_")] = {"columns": list(columns), "rows": shown}
        notes += [f"{name}: {len(shown)} of {len(every)}: name a project"] if len(shown) < len(every) else []
    hours = await kitsu.directory.hours_by_day.get()
    return answer({"project": encoded(found.name) if found else "", "hours_by_day": hours, **said, "notes": notes})


async def _part(
    kitsu: Kitsu, read: Callable[[Kitsu, Project | None], Awaitable[Part]], project: Project | None
) -> Part | None:
    """What is in a section; None where the role may not read it."""
    try:
        return await read(kitsu, project)
    except (NotPermitted, NotFound):
        return None


async def _task_types(kitsu: Kitsu, project: Project | None) -> Part:
    types, departments = await kitsu.directory.task_types.get(), await kitsu.directory.departments.get()
    ranks = type_ranks(project, types)
    there = [one for one in types.values() if not one.archived and (project is None or one.id in project.task_types)]
    there.sort(key=lambda one: (one.for_entity, ranks[one.id]))
    rows = ([one.for_entity, one.name, departments.get(one.department_id, "")] for one in there)
    return ("of", "task type", "department"), rows


async def _statuses(kitsu: Kitsu, project: Project | None) -> Part:
    def who(status: Status) -> str:
        clients = (project.client_statuses.get(status.id) if project else None) is not False and status.client_allowed
        return ", ".join([*(["artists"] if status.artist_allowed else []), *(["clients"] if clients else [])])

    there = [
        one
        for one in (await kitsu.directory.statuses.get()).values()
        if not one.archived and (project is None or one.id in project.task_statuses)
    ]
    rows = ([one.short_name, one.name, one.role, who(one), "concepts" if one.for_concept else ""] for one in there)
    return ("short name", "status", "role", "may be set also by", "for"), rows


async def _departments(kitsu: Kitsu, _: Project | None) -> Part:
    return ("department",), ([name] for name in sorted((await kitsu.directory.departments.get()).values()))


async def _asset_types(kitsu: Kitsu, _: Project | None) -> Part:
    return ("asset type",), ([name] for name in sorted((await kitsu.directory.asset_types.get()).values()))


async def _metadata(kitsu: Kitsu, project: Project | None) -> Part:
    """The columns of a production, or of all open ones, those that are alike named once."""
    projects = [project] if project else await kitsu.directory.open_projects.get()
    used: dict[tuple[str, str, str, str], list[str]] = {}
    for one in projects:
        for column in one.columns:
            key = (column.entity_type, column.name, column.data_type, ", ".join(column.choices))
            used.setdefault(key, []).append(encoded(one.name))
    rows = ([*key, *([] if project else [", ".join(names)])] for key, names in sorted(used.items()))
    return ("of", "column", "type", f"choices {WRITTEN_IN_KITSU}", *([] if project else ["projects"])), rows


async def _automations(kitsu: Kitsu, project: Project | None) -> Part:
    automations = await kitsu.directory.automations.get()
    if automations is None:
        raise NotPermitted(KINDS_HIDDEN)
    types, statuses = await kitsu.directory.task_types.get(), await kitsu.directory.statuses.get()
    there = [
        one for one in automations.values() if not one.archived and (project is None or one.id in project.automations)
    ]
    return ("of", "when", "then"), sorted([*automation_says(one, types, statuses)] for one in there)


async def _inventory(kitsu: Kitsu, _: Project | None, *, path: str, columns: Sequence[str]) -> Part:
    """What the studio has of something, with these fields."""
    records: list[Mapping[str, Any]] = await kitsu.session.read(path)
    there = [one for one in records if not one.get("archived")]
    names = [column.replace("_", " ") for column in columns]
    return names, sorted([*("" if one.get(column) is None else one[column] for column in columns)] for one in there)


_SECTIONS: Mapping[Section, Callable[[Kitsu, Project | None], Awaitable[Part]]] = {
    "task types": _task_types,
    "statuses": _statuses,
    "departments": _departments,
    "asset types": _asset_types,
    "metadata columns": _metadata,
    "automations": _automations,
    "hardware": partial(_inventory, path="data/hardware-items", columns=("name", "inventory_amount")),
    "software": partial(_inventory, path="data/softwares", columns=("name", "version", "inventory_amount")),
}
