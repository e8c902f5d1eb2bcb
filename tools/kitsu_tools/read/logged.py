"""What one production has of logged hours or quotas, as far as the role on it may see them."""

from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass, replace
from datetime import date

from kitsu_tools.read.hour_columns import Entry
from kitsu_tools.read.scope import link_notes
from kitsu_tools.tracker.below import below
from kitsu_tools.tracker.board import ALL_KINDS
from kitsu_tools.tracker.days_off import each_day_off
from kitsu_tools.tracker.errors import BadInput, listed
from kitsu_tools.tracker.hours import CountMode, logged_on, quotas_of
from kitsu_tools.tracker.kitsu import Kitsu
from kitsu_tools.tracker.model import Task
from kitsu_tools.tracker.people import working_on
from kitsu_tools.tracker.places import Place


@dataclass(frozen=True, slots=True)
class Asked:
    """Which entries are asked for, between two days; None stands for all people or task types. `mode` is None for
    minutes; `with_tasks`: their tasks are to be known; `team`: also who logged nothing, with days off.
    """

    first: date
    last: date
    people: Set[str] | None
    types: Set[str] | None
    mode: CountMode | None
    with_tasks: bool
    team: bool


@dataclass(frozen=True, slots=True)
class Found:
    """What a production has of them, with what limits it; or why nothing of it is told. `off` is None where days off
    are not known.
    """

    entries: Sequence[Entry] = ()
    notes: Sequence[str] = ()
    off: Mapping[str, frozenset[date]] | None = None
    refused: str = ""


async def found_in(kitsu: Kitsu, place: Place, asked: Asked) -> Found:
    """What a place has of what is asked for.

    Managers see all hours; supervisors those on task types of their departments, if they have any; artists and vendors
    their own: as Kitsu's timesheets go (`get_person_project_department_arguments` of Zou 1.0.97).
    """
    project, directory, hidden = place.project, kitsu.directory, await kitsu.hidden(place.project)
    me = await directory.me.get()
    if hidden.plans or (hidden.hours and asked.people is not None and me.id not in asked.people):
        return Found(refused=hidden.plans or hidden.hours)
    notes = [hidden.hours, *await link_notes(kitsu, place, ALL_KINDS)]
    if hidden.hours:
        asked = replace(asked, people={me.id})
    limited = asked.mode is None and await directory.role_on(project) == "supervisor"
    departments = me.departments if limited else frozenset[str]()
    if departments:
        its = {one.id for one in (await directory.task_types.get()).values() if one.department_id in departments}
        asked = replace(asked, types=its if asked.types is None else its & asked.types)
        named = await directory.departments.get()
        notes.append(
            f"only task types of your departments: {listed(sorted(named.get(one, '?') for one in departments))}"
        )
    entries = await (_quotas if asked.mode else _minutes)(kitsu, place, asked)
    if asked.people is not None:
        entries = [one for one in entries if one.person_id in asked.people]
    if not asked.team:
        return Found(entries, notes)
    team = working_on(project, (await directory.people.get()).values())
    entries += [
        Entry(one.id, project, "", None, "", {})
        for one in team
        if (one.id in asked.people if asked.people is not None else one.role != "client")
        and (not departments or not departments.isdisjoint(one.departments))
    ]
    until = min(asked.last, (await kitsu.clock()).today())
    return Found(entries, notes, await each_day_off(kitsu, project.id, asked.first, until))


async def _minutes(kitsu: Kitsu, place: Place, asked: Asked) -> list[Entry]:
    tasks = dict[str, Task]()
    if asked.with_tasks or asked.types is not None or place.is_part:
        _, entities = await below(place, ALL_KINDS)
        tasks = {task.id: task for one in entities for task in one.tasks}
    found = [(one, tasks.get(one.task_id)) for one in await logged_on(kitsu, place.project.id, asked.first, asked.last)]
    return [
        Entry(one.person_id, place.project, task.type_id if task else "", task, one.day, {"minutes": one.minutes})
        for one, task in found
        if (task or not place.is_part) and (asked.types is None or (task and task.type_id in asked.types))
    ]


async def _quotas(kitsu: Kitsu, place: Place, asked: Asked) -> list[Entry]:
    """Quotas name no task.

    Raises:
        BadInput: the place is less than a production.
    """
    project = place.project
    if place.is_part:
        raise BadInput(f"count: Kitsu's quotas are a whole production's. Name {place.address.partition('/')[0]}.")
    ids = [
        one.id
        for one in (await kitsu.directory.task_types.get()).values()
        if one.for_entity == "Shot"
        and (one.id in project.task_types or not project.linked)
        and (asked.types is None or one.id in asked.types)
    ]
    alone = (await kitsu.hidden(project)).hours != ""
    found = await quotas_of(kitsu, project.id, ids, asked.mode or "weighted", asked.first, asked.last, alone=alone)
    return [
        Entry(
            one.person_id,
            project,
            one.type_id,
            None,
            one.day,
            {"shots": one.shots, "frames": one.frames, "seconds": one.seconds, "drawings": one.drawings},
        )
        for one in found
    ]
