"""Working comments out: from the tasks, statuses and texts that an agent named to a change, with reads only."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import TypeVar

from pydantic import BaseModel, ConfigDict

from kitsu_tools.gate.change import Change, Effect, Field, Item, Value
from kitsu_tools.gate.text import checked
from kitsu_tools.tracker.errors import BadInput, Unknown, listed
from kitsu_tools.tracker.finder import FoundTask
from kitsu_tools.tracker.kitsu import Kitsu
from kitsu_tools.tracker.names import is_uuid, pick
from kitsu_tools.tracker.people import client_names
from kitsu_tools.tracker.statuses import ROLES, Status
from kitsu_tools.tracker.task_types import task_label
from kitsu_tools.write.comments.effects import COPY, Consequences, Rules, TaskNow
from kitsu_tools.write.comments.mentions import Mentions, mentions
from kitsu_tools.write.comments.now import CommentsNow, comments_now
from kitsu_tools.write.comments.refusals import Target, may_comment_many, refuse_retakes, refuse_telling_clients
from kitsu_tools.write.files import File
from kitsu_tools.write.snapshot import omitted, permitted
from kitsu_tools.write.task_names import tasks_named

STATUS = "status"
"""The field of a task that a comment sets."""


@dataclass(frozen=True, slots=True)
class CommentChange(Change):
    """Comments on tasks, each with a status, which may be the one it has.

    `mentioned`: names that the text calls by @. `batched`: several comments go in one request, which Zou takes from
    managers and supervisors; of others it drops them, with a 201 (seen on 1.0.97). `for_client`: clients read them,
    which Zou takes from managers, one by one; of others it drops that, with a 201. `files` are attached to the one
    comment that there is then.
    """

    checklist: tuple[str, ...] = ()
    mentioned: tuple[str, ...] = ()
    batched: bool = False
    for_client: bool = False
    files: tuple[File, ...] = ()


C = TypeVar("C", bound=CommentChange)


class Row(BaseModel):
    """One line of a review session: a task, the status to set (empty: it stays) and the words for it alone."""

    model_config = ConfigDict(extra="forbid")

    task: str
    status: str = ""
    text: str = ""


async def plan_comments(
    kitsu: Kitsu,
    tool: str,
    rows: Sequence[Row],
    text: str = "",
    checklist: Sequence[str] = (),
    *,
    publishes: bool = False,
    for_client: bool = False,
    make: Callable[..., C] = CommentChange,
) -> C:
    """Comments on these tasks; `text` is for those that have none of their own. `make` makes the change.

    `publishes`: files go with each, so that it is made even where it says nothing and leaves the status.

    Raises:
        BadInput, NotFound, NotPermitted: a task, status or text that cannot be used, or not by this role.
    """
    named = await tasks_named(kitsu, [row.task for row in rows])
    wanted = _by_task([(one, rows[position]) for position, one in named])
    found = [one for one, _ in wanted.values()]
    texts = [text, *(row.text for _, row in wanted.values())]
    now = await comments_now(kitsu, found, " ".join(texts))
    statuses = {name: status_named(now, name) if name else None for name in dict.fromkeys(row.status for row in rows)}
    words = {one: mentions(checked(one), now.team, now.departments) for one in dict.fromkeys(texts)}
    shared, *own = [words[one] for one in texts]
    lines = tuple(checked(line, "a checklist line") for line in checklist if line.strip())
    now.refuse_gone(now.tasks)
    items = [
        _item(one, now, statuses[row.status], words.text)
        for (one, row), words in zip(wanted.values(), own, strict=True)
    ]
    moving = tuple(item for item in items if item.fields[0].changes or item.text or shared.text or lines or publishes)
    kept = {item.key for item in moving}
    targets = {item.key: Target(wanted[item.key][0], now.tasks[item.key], item) for item in moving}
    judge = partial(may_comment_many, kitsu=kitsu, targets=list(targets.values()), publishes=publishes)
    batched = await permitted(kitsu, now, judge)
    if for_client:
        await permitted(kitsu, now, refuse_telling_clients)
    refuse_retakes(now, list(targets.values()))
    read_by = f"clients read it ({await client_names(kitsu, now.project)})" if for_client else ""

    def foresee(some: Sequence[Item], edited: str) -> list[Effect]:
        to_clients = [Effect(some[0].key, "", "", read_by, read_by)] if read_by and some else []
        return [*to_clients, *_effects(now, [targets[item.key] for item in some], edited)]

    effects = foresee(moving, shared.text)
    _refuse_spilling(effects, kept)
    touched = [effect.target for effect in effects if effect.target and effect.target not in kept]
    heard = [shared, *(words for words, item in zip(own, items, strict=True) if item.key in kept)]
    return now.change(
        make,
        items,
        moving,
        kind="comments",
        tool=tool,
        verb=_verb(moving, bool(shared.text)),
        text=shared.text,
        below=tuple(f"☐ {line}" for line in lines),
        detail=f"With a checklist of {len(lines)}." if lines else "",
        checklist=lines,
        effects=tuple(effects),
        told=told(now, [now.tasks[one] for one in (*kept, *touched)], heard),
        mentioned=(*shared.people, *shared.departments),
        warnings=_warnings(now, list(targets.values()), heard),
        batched=batched and not for_client,
        for_client=for_client,
        foresee=foresee,
    )


def _by_task(named: Sequence[tuple[FoundTask, Row]]) -> dict[str, tuple[FoundTask, Row]]:
    """Each task once, in order.

    Raises:
        BadInput: a task that is named twice is to become two things.
    """
    wanted: dict[str, tuple[FoundTask, Row]] = {}
    for one, row in named:
        _, other = wanted.setdefault(one.task.id, (one, row))
        if (other.status, other.text) != (row.status, row.text):
            raise BadInput(f"{one.address} stands in two rows. Give each task one status and one text.")
    return wanted


def _verb(items: Sequence[Item], says: bool) -> str:
    says = says or any(item.text for item in items)
    if len(items) == 1:
        return "Comment on" if says else "Change"
    moved = any(item.fields[0].changes for item in items)
    return " and ".join(["comment on"] * says + ["set"] * moved).capitalize()


def status_named(known: CommentsNow, wanted: str) -> Status:
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


def _item(found: FoundTask, now: CommentsNow, status: Status | None, text: str) -> Item:
    current = now.tasks[found.task.id].status_id
    before = now.statuses.get(current)
    was = Value(current, before.short_name if before else "?")
    becomes = Value(status.id, status.short_name) if status else was
    return Item(found.task.id, found.task.id, found.address, (Field(STATUS, was, becomes),), text)


def _effects(now: CommentsNow, targets: Sequence[Target], text: str) -> list[Effect]:
    """What Zou does by itself because of these comments, in the order in which they are sent."""
    project, types = now.project, now.types
    linked = [one for one in (now.automations or {}).values() if one.id in project.automations and not one.archived]
    rules = Rules(linked, project.priorities, types, now.statuses)
    by_entity: dict[str, Consequences] = {}
    effects: list[Effect] = []
    for one in targets:
        entity = one.found.task.entity
        if entity.id not in by_entity:
            addresses = {task.id: f"{entity.address}:{task_label(task, types)}" for task in entity.tasks}
            tasks = [task for task in now.tasks.values() if task.entity_id == entity.id]
            addresses = {task.id: addresses.get(task.id, f"{entity.address}:?") for task in tasks}
            by_entity[entity.id] = Consequences(rules, entity.kind, entity.address, tasks, addresses)
        effects += by_entity[entity.id].comment(one.item.key, str(one.after.raw), one.item.text or text)
    return effects


def _refuse_spilling(effects: Sequence[Effect], named: set[str]) -> None:
    """Hashtags must not reach a task that the agent, and so the person, did not name."""
    spilled = [effect.address for effect in effects if effect.lead == COPY and effect.target not in named]
    if spilled:
        raise BadInput(
            f"Because of a hashtag in the text Kitsu would also comment on {listed(spilled)}. Name those tasks in "
            "change_status, or write the word without '#'."
        )


def told(now: CommentsNow, tasks: Sequence[TaskNow], texts: Sequence[Mentions]) -> tuple[str, ...]:
    """Who will be told besides those who follow the tasks: assignees and whom the texts name, without the author."""
    assignees = {one for task in tasks for one in task.assignees if one != now.me.id}
    names = {now.people[one].label for one in assignees if one in now.people}
    departments = {name for text in texts for name in text.departments}
    wanted = {department_id for department_id, name in now.departments.items() if name in departments}
    members = [one.label for one in now.team if wanted & set(one.departments)]
    hidden = ["assignees (whom your role may not see)"] if now.plans_hidden else []
    return (*sorted({*names, *members, *(name for text in texts for name in text.people)}), *hidden)


def _warnings(now: CommentsNow, targets: Sequence[Target], texts: Sequence[Mentions]) -> tuple[str, ...]:
    done = {status.id for status in now.statuses.values() if status.role == "done"}
    for_concepts = {status.id for status in now.statuses.values() if status.for_concept}
    reopened = [one.found for one in targets if one.now.status_id in done and one.after.raw not in done]
    misplaced = [
        one.found
        for one in targets
        if one.status.changes and one.after.raw in for_concepts and one.found.task.entity.kind != "concept"
    ]
    warnings = omitted(one.found for one in targets)
    for what, which in (("Takes back done", reopened), ("A status meant for concepts alone", misplaced)):
        warnings += [f"{what}: {listed((one.address for one in which), 3)}"] if which else []
    if now.automations is None:
        warnings.append("Your role may not see status automations: Kitsu may change more")
    unheard = list(dict.fromkeys(name for text in texts for name in text.unheard))
    if unheard:
        names = listed((f"@{name}" for name in unheard), 3)
        warnings.append(f"Not a full name on the team, so not told: {names}")
    return tuple(warnings)
