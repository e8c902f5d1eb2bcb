"""Working a change out: from the tasks, the status and the text an agent named to a plan, with reads only."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial

from kitsu_tools.gate.effects import Consequences, Rules, TaskNow
from kitsu_tools.gate.known import Known, read_anew
from kitsu_tools.gate.plan import Effect, Item, Plan
from kitsu_tools.gate.refusals import Target, may_comment_many, refuse_retakes
from kitsu_tools.gate.text import Mentions, checked, mentions
from kitsu_tools.tracker.addresses import encoded
from kitsu_tools.tracker.errors import BadInput, KitsuError, NotFound, NotPermitted, Unknown, listed
from kitsu_tools.tracker.finder import FoundTask
from kitsu_tools.tracker.gather import gather
from kitsu_tools.tracker.kitsu import Kitsu
from kitsu_tools.tracker.names import is_uuid, pick
from kitsu_tools.tracker.statuses import ROLES, Status
from kitsu_tools.tracker.task_types import task_label

MOST_TASKS = 100
MOST_COMPLAINTS = 10
LONGEST_COMPLAINT = 300

_BETWEEN_TASKS = re.compile(r"\s*[,;\n]\s*|\s+(?=<?https?://)")


@dataclass(frozen=True, slots=True)
class Wish:
    """What a write tool was asked for. `status` empty: it stays."""

    tool: str
    tasks: Sequence[str]
    status: str
    text: str
    checklist: Sequence[str] = ()


async def plan_comments(kitsu: Kitsu, wish: Wish, agent: str, person: str) -> Plan:
    """The plan that a wish comes to.

    Raises:
        BadInput, NotFound, NotPermitted: a task, status or text that cannot be used, or not by this role.
    """
    found = await _targets(kitsu, wish.tasks)
    known = await read_anew(kitsu, found, wish.text)
    status = _status(known, wish.status) if wish.status else None
    text = mentions(checked(wish.text), known.team, known.departments)
    checklist = tuple(checked(line, "a checklist line") for line in wish.checklist if line.strip())
    items = _items(known, found, status)
    moving = tuple(item for item in items if item.changes_status or text.text or checklist)
    kept = {item.task_id for item in moving}
    targets = [one for one in found if one.task.id in kept]
    planned = [Target(one, known.tasks[one.task.id], item) for one, item in zip(targets, moving, strict=True)]
    batched = await may_comment_many(kitsu, known, planned)
    refuse_retakes(known, planned)
    effects = _effects(known, targets, moving, text.text)
    touched = [effect.task_id for effect in effects if effect.task_id and effect.task_id not in kept]
    _refuse_spilling(effects, kept)
    return Plan(
        tool=wish.tool,
        agent=agent,
        person=person,
        project_id=known.project.id,
        project=encoded(known.project.name),
        items=moving,
        unchanged=tuple(item.address for item in items if item.task_id not in kept),
        text=text.text,
        checklist=checklist,
        effects=tuple(effects),
        told=_told(known, [known.tasks[one] for one in (*kept, *touched)], text),
        mentioned=(*text.people, *text.departments),
        warnings=_warnings(known, targets, moving, text),
        batched=batched,
    )


async def _targets(kitsu: Kitsu, tasks: Sequence[str]) -> list[FoundTask]:
    if not 1 <= len(tasks) <= MOST_TASKS:
        raise BadInput(f"tasks: {len(tasks)} given; 1 to {MOST_TASKS} go in one change.")
    named = [one for several in await gather(*[partial(_named_in, kitsu, text) for text in tasks]) for one in several]
    if len(named) > MOST_TASKS:
        raise BadInput(f"tasks: {len(named)} named; 1 to {MOST_TASKS} go in one change.")
    wrong = [(text, one) for text, one in named if isinstance(one, KitsuError)]
    if wrong:
        raise _complaint(wrong, len(named))
    found = {one.task.id: one for _, one in named if isinstance(one, FoundTask)}
    projects = {one.reading.project.name for one in found.values()}
    if len(projects) > 1:
        raise BadInput(f"The tasks are of several productions ({listed(sorted(projects))}). Change one at a time.")
    return list(found.values())


async def _named_in(kitsu: Kitsu, text: str) -> list[tuple[str, FoundTask | KitsuError]]:
    """The task that a text names, or why none; else, as models write several in one text, those that its parts name.

    Beside a link no part is passed over, as a link is found in any text.
    """
    whole = await _found(kitsu, text)
    parts = list(filter(None, _BETWEEN_TASKS.split(text.strip())))
    if (isinstance(whole, FoundTask) and "://" not in text) or not 1 < len(parts) <= MOST_TASKS:
        return [(text, whole)]
    each = await gather(*[partial(_found, kitsu, part) for part in parts])
    known = any(isinstance(one, FoundTask) for one in each)
    return list(zip(parts, each, strict=True)) if known else [(text, whole)]


async def _found(kitsu: Kitsu, text: str) -> FoundTask | KitsuError:
    """One task, or why it cannot be used; what is wrong with Kitsu itself is raised."""
    try:
        return await kitsu.find.task(text)
    except (BadInput, NotFound, NotPermitted) as error:
        return error


def _complaint(wrong: Sequence[tuple[str, KitsuError]], given: int) -> KitsuError:
    """All that is wrong with the tasks of one call, so that it can be mended at once."""
    if len(wrong) == 1:
        return wrong[0][1]
    said = [f"{text[:100]}: {str(error)[:LONGEST_COMPLAINT]}" for text, error in wrong[:MOST_COMPLAINTS]]
    others = listed((text[:100] for text, _ in wrong[MOST_COMPLAINTS:]), MOST_TASKS)
    further = [f"Nor can: {others}."] if others else []
    return BadInput(" ".join([f"{len(wrong)} of the {given} tasks cannot be used.", *said, *further]))


def _status(known: Known, wanted: str) -> Status:
    """The status that is asked for, among those the production uses."""
    project, statuses = known.project, known.statuses
    used = [one for one in statuses.values() if not project.task_statuses or one.id in project.task_statuses]
    names = listed(one.short_name for one in used if not one.archived)
    try:
        status = _named(wanted, statuses)
    except Unknown:
        role = wanted.strip().casefold()
        if role not in ROLES:
            raise
        of_it = listed(one.short_name for one in used if one.role == role and not one.archived)
        has = f"has of it: {of_it}. Name one" if of_it else f"has none of it. It uses: {names}"
        raise BadInput(f"{wanted!r} is a role that statuses play, not a status. {project.name} {has}.") from None
    if status.archived:
        raise BadInput(f"The status {status.name!r} is archived. {project.name} uses: {names}.")
    if status not in used:
        raise BadInput(f"{project.name} does not use the status {status.name!r}. It uses: {names}.")
    return status


def _named(wanted: str, statuses: Mapping[str, Status]) -> Status:
    if is_uuid(wanted) and wanted.lower() in statuses:
        return statuses[wanted.lower()]
    return pick("status", wanted, statuses.values(), lambda one: one.short_name, lambda one: one.name)


def _items(known: Known, found: Sequence[FoundTask], status: Status | None) -> list[Item]:
    gone = [one.address for one in found if one.task.id not in known.tasks]
    if gone:
        raise NotFound(f"Deleted, or not yours to see any more: {listed(gone)}. Leave them out.")
    return [_item(one.address, known.tasks[one.task.id], status, known.statuses) for one in found]


def _item(address: str, current: TaskNow, status: Status | None, statuses: Mapping[str, Status]) -> Item:
    before = statuses.get(current.status_id)
    after = status or before
    short = before.short_name if before else "?"
    return Item(
        current.id,
        current.entity_id,
        address,
        current.status_id,
        short,
        after.id if after else current.status_id,
        after.short_name if after else short,
    )


def _effects(known: Known, targets: Sequence[FoundTask], items: Sequence[Item], text: str) -> list[Effect]:
    project, types = known.project, known.types
    automations = (known.automations or {}).values()
    linked = [one for one in automations if one.id in project.automations and not one.archived]
    rules = Rules(linked, project.priorities, types, known.statuses)
    by_entity: dict[str, Consequences] = {}
    effects: list[Effect] = []
    for found, item in zip(targets, items, strict=True):
        entity = found.task.entity
        if entity.id not in by_entity:
            addresses = {task.id: f"{entity.address}:{task_label(task, types)}" for task in entity.tasks}
            tasks = [task for task in known.tasks.values() if task.entity_id == entity.id]
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
            "change_status, or write the word without '#'."
        )


def _told(known: Known, tasks: Sequence[TaskNow], text: Mentions) -> tuple[str, ...]:
    """Who will be told besides those who follow the tasks: assignees and whom the text names, without the author."""
    assignees = {one for task in tasks for one in task.assignees if one != known.me.id}
    names = {known.people[one].label for one in assignees if one in known.people}
    wanted = {department_id for department_id, name in known.departments.items() if name in text.departments}
    members = [one.label for one in known.team if wanted & set(one.departments)]
    hidden = ["assignees (whom your role may not see)"] if known.hides_assignees else []
    return (*sorted({*names, *text.people, *members}), *hidden)


def _warnings(known: Known, targets: Sequence[FoundTask], items: Sequence[Item], text: Mentions) -> tuple[str, ...]:
    warnings: list[str] = []
    omitted = [one.address for one in targets if one.task.entity.omitted]
    if omitted:
        warnings.append(f"Omitted: {listed(omitted, 3)}")
    done = {status.id for status in known.statuses.values() if status.role == "done"}
    reopened = [one.address for one in items if one.before_id in done and one.after_id not in done]
    if reopened:
        warnings.append(f"Takes back done: {listed(reopened, 3)}")
    for_concepts = {status.id for status in known.statuses.values() if status.for_concept}
    misplaced = [
        item.address
        for one, item in zip(targets, items, strict=True)
        if item.changes_status and item.after_id in for_concepts and one.task.entity.kind != "concept"
    ]
    if misplaced:
        warnings.append(f"A status meant for concepts alone: {listed(misplaced, 3)}")
    if known.automations is None:
        warnings.append("Your role may not see status automations: Kitsu may change more")
    if text.unheard:
        unheard = listed((f"@{name}" for name in text.unheard), 3)
        warnings.append(f"Not a full name on the team, so not told: {unheard}")
    return tuple(warnings)
