"""Working a change out: from the tasks, the status and the text an agent named to a plan, with reads only."""

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

from kitsu_tools.gate.effects import Consequences, Rules, TaskNow
from kitsu_tools.gate.plan import Effect, Item, Plan
from kitsu_tools.gate.read_back import tasks_of
from kitsu_tools.gate.refusals import Target, may_comment_many, refuse_retakes, refuse_statuses
from kitsu_tools.gate.text import Mentions, checked, mentions
from kitsu_tools.tracker.addresses import encoded
from kitsu_tools.tracker.errors import BadInput, NotFound, listed
from kitsu_tools.tracker.finder import FoundTask, task_label
from kitsu_tools.tracker.held import Held
from kitsu_tools.tracker.kitsu import Kitsu
from kitsu_tools.tracker.model import Person, Project
from kitsu_tools.tracker.statuses import Status
from kitsu_tools.tracker.together import together

MOST_TASKS = 100
NOTHING_WRITTEN = "Nothing was written."


@dataclass(frozen=True, slots=True)
class Wish:
    """What a write tool was asked for. `status` empty: it stays."""

    tool: str
    tasks: Sequence[str]
    status: str
    text: str
    checklist: Sequence[str] = ()


async def plan_comments(kitsu: Kitsu, wish: Wish, agent: str, person: str) -> Plan:
    """The plan that a wish comes to; whatever is wrong with it, the message ends by saying that nothing was written.

    Raises:
        BadInput: a task, status or text that cannot be used. Nothing was written.
    """
    try:
        return await _planned(kitsu, wish, agent, person)
    except BadInput as error:
        if NOTHING_WRITTEN in str(error):
            raise
        raise type(error)(f"{error} {NOTHING_WRITTEN}") from error


async def _planned(kitsu: Kitsu, wish: Wish, agent: str, person: str) -> Plan:
    found = await _targets(kitsu, wish.tasks)
    project, role, tasks = await _read_anew(kitsu, found)
    status = await _status(kitsu, project, wish.status) if wish.status else None
    text = await _text(kitsu, project, wish.text)
    checklist = tuple(checked(line, "a checklist line") for line in wish.checklist if line.strip())
    now = {task.id: task for task in tasks}
    statuses = await kitsu.directory.statuses.get()
    items = [_item(one, now, status, statuses) for one in found]
    moving = tuple(item for item in items if item.changes_status or text.text or checklist)
    kept = {item.task_id for item in moving}
    targets = [one for one in found if one.task.id in kept]
    planned = [Target(one, now[one.task.id], item) for one, item in zip(targets, moving, strict=True)]
    batched = await may_comment_many(kitsu, role, planned)
    refuse_statuses(project, role, planned, statuses)
    refuse_retakes(project, planned, statuses)
    effects = await _effects(kitsu, project, targets, now, moving, text.text)
    touched = [effect.task_id for effect in effects if effect.task_id and effect.task_id not in kept]
    _refuse_spilling(effects, kept)
    return Plan(
        tool=wish.tool,
        agent=agent,
        person=person,
        project_id=project.id,
        project=encoded(project.name),
        items=moving,
        unchanged=tuple(item.address for item in items if item.task_id not in kept),
        text=text.text,
        checklist=checklist,
        effects=tuple(effects),
        told=await _told(kitsu, project, [now[one] for one in (*kept, *touched)], text),
        mentioned=(*text.people, *text.departments),
        warnings=await _warnings(kitsu, targets, moving, text),
        batched=batched,
    )


async def _read_anew(kitsu: Kitsu, found: Sequence[FoundTask]) -> tuple[Project, str, list[TaskNow]]:
    """The production with its automations and statuses, our role on it, and all tasks of these entities, as of now."""
    project, directory, moment = found[0].reading.project, kitsu.directory, time.monotonic()
    tasks: list[TaskNow] = []

    async def refresh(held: Held[Any]) -> None:
        await held.get(moment)

    async def read_tasks() -> None:
        tasks.extend(await tasks_of(kitsu, [one.task.entity.id for one in found]))

    held = (directory.open_projects, directory.statuses, directory.automations)
    read_role = partial(directory.role_on, project, moment)
    await together(read_tasks, read_role, *[partial(refresh, one) for one in held])
    return await directory.project_by_id(project.id) or project, await directory.role_on(project), tasks


async def _targets(kitsu: Kitsu, tasks: Sequence[str]) -> list[FoundTask]:
    if not 1 <= len(tasks) <= MOST_TASKS:
        raise BadInput(f"tasks: {len(tasks)} given; 1 to {MOST_TASKS} go in one change. Nothing was written.")
    found = {one.task.id: one for one in await together(*[partial(kitsu.find.task, text) for text in tasks])}
    projects = {one.reading.project.name for one in found.values()}
    if len(projects) > 1:
        raise BadInput(f"The tasks are of several productions ({listed(sorted(projects))}). Change one at a time.")
    first = next(iter(found.values())).reading.project
    if not first.open:
        raise BadInput(f"{first.name} is closed: nothing is written to a closed production.")
    return list(found.values())


async def _status(kitsu: Kitsu, project: Project, wanted: str) -> Status:
    status = await kitsu.directory.status(wanted)
    used = [one for one in (await kitsu.directory.statuses.get()).values() if one.id in project.task_statuses]
    names = listed(one.short_name for one in used if not one.archived)
    if status.archived:
        raise BadInput(f"The status {status.name!r} is archived. {project.name} uses: {names}. Nothing was written.")
    if project.task_statuses and status.id not in project.task_statuses:
        raise BadInput(
            f"{project.name} does not use the status {status.name!r}. It uses: {names}. Nothing was written."
        )
    return status


async def _text(kitsu: Kitsu, project: Project, text: str) -> Mentions:
    clean = checked(text)
    if "@" not in clean:
        return Mentions(clean, (), (), ())
    return mentions(clean, await _team(kitsu, project), await kitsu.directory.departments.get())


async def _team(kitsu: Kitsu, project: Project) -> list[Person]:
    people = await kitsu.directory.people.get()
    return [people[one] for one in project.team if one in people]


def _item(found: FoundTask, now: Mapping[str, TaskNow], status: Status | None, statuses: Mapping[str, Status]) -> Item:
    current = now.get(found.task.id)
    if current is None:
        raise NotFound(
            f"{found.address} cannot be read any more: it was deleted, or is not yours to see. Nothing was written."
        )
    before = statuses.get(current.status_id)
    after = status or before
    short = before.short_name if before else "?"
    return Item(
        current.id,
        current.entity_id,
        found.address,
        current.status_id,
        short,
        after.id if after else current.status_id,
        after.short_name if after else short,
    )


async def _effects(
    kitsu: Kitsu,
    project: Project,
    targets: Sequence[FoundTask],
    now: Mapping[str, TaskNow],
    items: Sequence[Item],
    text: str,
) -> list[Effect]:
    types, statuses = await kitsu.directory.task_types.get(), await kitsu.directory.statuses.get()
    known = await kitsu.directory.automations.get() or {}
    linked = [one for one in known.values() if one.id in project.automations and not one.archived]
    rules = Rules(linked, project.priorities, types, statuses)
    by_entity: dict[str, Consequences] = {}
    effects: list[Effect] = []
    for found, item in zip(targets, items, strict=True):
        entity = found.task.entity
        if entity.id not in by_entity:
            addresses = {task.id: f"{entity.address}:{task_label(task, types)}" for task in entity.tasks}
            tasks = [task for task in now.values() if task.entity_id == entity.id]
            addresses = {task.id: addresses.get(task.id, f"{entity.address}:?") for task in tasks}
            by_entity[entity.id] = Consequences(rules, entity.kind, entity.address, tasks, addresses)
        effects += by_entity[entity.id].comment(item.task_id, item.after_id, text)
    return effects


def _refuse_spilling(effects: Sequence[Effect], named: set[str]) -> None:
    """Hashtags must not reach a task that the agent, and so the person, did not name."""
    spilled = [effect.address for effect in effects if effect.kind == "comment" and effect.task_id not in named]
    if spilled:
        raise BadInput(
            f"Because of a hashtag in the text Kitsu would also comment on {listed(spilled)}. Name those tasks in "
            "change_status, or write the word without '#'. Nothing was written."
        )


async def _told(kitsu: Kitsu, project: Project, tasks: Sequence[TaskNow], text: Mentions) -> tuple[str, ...]:
    """Who will be told besides those who follow the tasks: assignees and whom the text names, without the author."""
    people, me = await kitsu.directory.people.get(), await kitsu.directory.me.get()
    assignees = {one for task in tasks for one in task.assignees if one != me.id}
    names = {people[one].label for one in assignees if one in people}
    departments = await kitsu.directory.departments.get() if text.departments else {}
    wanted = {department_id for department_id, name in departments.items() if name in text.departments}
    members = [one.label for one in await _team(kitsu, project) if wanted & set(one.departments)] if wanted else []
    hidden = ["assignees, whom your role may not see"] if not await kitsu.sees_plans(project) else []
    return (*sorted({*names, *text.people, *members}), *hidden)


async def _warnings(
    kitsu: Kitsu, targets: Sequence[FoundTask], items: Sequence[Item], text: Mentions
) -> tuple[str, ...]:
    statuses = await kitsu.directory.statuses.get()
    warnings: list[str] = []
    omitted = [one.address for one in targets if one.task.entity.omitted]
    if omitted:
        warnings.append(f"Omitted: {listed(omitted, 3)}")
    done = {status.id for status in statuses.values() if status.role == "done"}
    reopened = [one.address for one in items if one.changes_status and one.before_id in done]
    if reopened:
        warnings.append(f"Takes back done: {listed(reopened, 3)}")
    if await kitsu.directory.automations.get() is None:
        warnings.append("Your role may not see status automations: Kitsu may change more")
    if text.unheard:
        unheard = listed((f"@{name}" for name in text.unheard), 3)
        warnings.append(f"Not a full name on the team, so not told: {unheard}")
    return tuple(warnings)
