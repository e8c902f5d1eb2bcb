"""Who is assigned to tasks: planned with reads, sent by Zou's two batch routes, read back person by person.

Follows `TasksAssignResource`, `ClearAssignationResource`, `check_task_department_access` and
`check_task_department_access_for_unassign` of Zou 1.0.97. Both routes answer 200 for what they leave out: bots, unknown
tasks, and what the role may not do.
"""

from collections.abc import Iterable, Mapping, Sequence

from kitsu_tools.gate.change import Change, Effect, Field, Item, Raw, Request, Value
from kitsu_tools.gate.kind import Looked
from kitsu_tools.gate.sets_fields import SetsFields, Wanted
from kitsu_tools.tracker.addresses import encoded
from kitsu_tools.tracker.by_ids import records_by
from kitsu_tools.tracker.errors import BadInput, NotPermitted, listed
from kitsu_tools.tracker.kitsu import Kitsu
from kitsu_tools.tracker.model import Person
from kitsu_tools.write.task_names import tasks_named
from kitsu_tools.write.tasks.now import EVERYWHERE, TasksNow, changed_at, permitted, tasks_now

ASSIGNEES = "assignees"
TEAM = "team"
OFF_TEAM, ON_TEAM = Value(False, "not on the team"), Value(True, "on the team")


async def plan_assignments(
    kitsu: Kitsu, tool: str, now: TasksNow, wanted: Mapping[str, Sequence[str]], verb: str
) -> Change:
    """What makes these people, by task, its assignees.

    Raises:
        BadInput: somebody is to be assigned who cannot be.
        NotPermitted: Zou would leave out some of it.
    """
    items: list[Item] = []
    for task_id, people in wanted.items():
        before = _assignees(now.records[task_id].get("assignees") or (), now.people)
        after = _assignees(people, now.people)
        move = " ".join([*_signed("+", after, before, now.people), *_signed("−", before, after, now.people)])
        field = Field(ASSIGNEES, before, after, move=move)
        items.append(Item(task_id, task_id, now.found[task_id].address, (field,)))
    moving = tuple(item for item in items if item.fields[0].changes)
    joining = {one: now.people[one] for item in moving for one in added(item) if one in now.people}
    _refuse_people(now, joining.values())
    await permitted(kitsu, now, lambda latest: _refuse_tasks(latest, moving))

    def foresee(some: Sequence[Item], text: str) -> list[Effect]:
        del text
        first = {one: item.key for item in reversed(some) for one in added(item) if one not in now.project.team}
        return [_joins(now.project.id, joining[one], key) for one, key in first.items()]

    strangers = [one.label for one in joining.values() if one.id not in now.project.team]
    return Change(
        kind="assignments",
        tool=tool,
        project_id=now.project.id,
        project=encoded(now.project.name),
        verb=verb,
        items=moving,
        unchanged=tuple(item.address for item in items if item not in moving),
        effects=tuple(foresee(moving, "")),
        told=tuple(sorted(one.label for one in joining.values() if one.id != now.me.id)),
        warnings=(*([f"Not on the team so far: {listed(strangers, 3)}"] if strangers else []), *now.omitted),
        posts=False,
        detail=_sums(moving, now.people),
        foresee=foresee,
    )


def added(item: Item) -> list[str]:
    """The ids of who is assigned anew."""
    return _beyond(item.fields[0].after.raw, item.fields[0].before.raw)


def removed(item: Item) -> list[str]:
    """The ids of who is assigned no more."""
    return _beyond(item.fields[0].before.raw, item.fields[0].after.raw)


def _beyond(these: Raw, those: Raw) -> list[str]:
    known = those if isinstance(those, tuple) else ()
    return [one for one in these if one not in known] if isinstance(these, tuple) else []


def _assignees(ids: Iterable[str], people: Mapping[str, Person]) -> Value:
    names = sorted(people[one].label if one in people else "?" for one in ids)
    return Value(tuple(sorted(ids)), ", ".join(names) or "nobody")


def _signed(sign: str, these: Value, those: Value, people: Mapping[str, Person]) -> list[str]:
    return sorted(f"{sign}{people[one].label if one in people else '?'}" for one in _beyond(these.raw, those.raw))


def _sums(items: Sequence[Item], people: Mapping[str, Person]) -> str:
    """Who is assigned and who taken off in all, where that is more than one."""
    moves = {
        says: sorted({people[one].label if one in people else "?" for item in items for one in people_of(item)})
        for says, people_of in (("Assigns", added), ("Takes off", removed))
    }
    if sum(map(len, moves.values())) < 2:
        return ""
    return " ".join(f"{says} {listed(names, 4)}." for says, names in moves.items() if names)


def _joins(project_id: str, person: Person, because: str) -> Effect:
    says = "joins the team"
    field = Field(TEAM, OFF_TEAM, ON_TEAM)
    return Effect(because, person.label, "", says, f"{person.label} {says}", f"{project_id}/{person.id}", field)


def _refuse_people(now: TasksNow, people: Iterable[Person]) -> None:
    left = [one.label for one in people if not one.active]
    if left:
        raise BadInput(f"Not active in Kitsu any more, so not to be assigned: {listed(left)}.")
    bots = [one.label for one in people if one.is_bot]
    if bots and not now.project.bots_collaborate:
        raise BadInput(
            f"{listed(bots)}: bots, to whom Kitsu assigns nothing unless {now.project.name} lets bots collaborate."
        )


def _refuse_tasks(now: TasksNow, items: Sequence[Item]) -> None:
    if now.role in EVERYWHERE:
        return
    mine = now.me.departments

    def may_add(task_id: str, person_id: str) -> bool:
        person = now.people.get(person_id)
        shared = not mine or (person is not None and not mine.isdisjoint(person.departments))
        myself = person_id == now.me.id and now.in_my_departments(task_id)
        return (now.supervised(task_id) and shared) or myself

    def may_remove(task_id: str, person_id: str) -> bool:
        return now.supervised(task_id) or person_id == now.me.id

    refused = [
        item.address
        for item in items
        if not all(may_add(item.target, one) for one in added(item))
        or not all(may_remove(item.target, one) for one in removed(item))
    ]
    if refused:
        own = (
            "people and tasks of its departments" if now.role == "supervisor" else "itself, to tasks of its departments"
        )
        raise NotPermitted(f"The role {now.role!r} assigns only {own}; not so: {listed(refused)}.")


async def _read(kitsu: Kitsu, targets: Sequence[str]) -> Looked:
    """Who is assigned to each task, and who of `production/person` is on the team."""
    people = await kitsu.directory.people.get()
    tasks = [one for one in targets if "/" not in one]
    records = await records_by(kitsu.session, "data/tasks", "id", tasks, relations="true")
    looked: dict[str, Mapping[str, Value]] = {
        one["id"]: {ASSIGNEES: _assignees(one.get("assignees") or (), people)} for one in records
    }
    memberships = [one.partition("/") for one in targets if "/" in one]
    for project_id in {project_id for project_id, _, _ in memberships}:
        team = {one["id"] for one in await kitsu.session.read(f"data/projects/{project_id}/team")}
        looked |= {
            f"{project_id}/{one}": {TEAM: ON_TEAM if one in team else OFF_TEAM}
            for other, _, one in memberships
            if other == project_id
        }
    return looked


def _requests(change: Change, items: Sequence[Item]) -> Iterable[Request]:
    """One request a person, for tasks that they are not assigned to yet, or are; the new ones first, so that a failure
    half-way leaves no task without anybody.
    """
    del change
    for path, people_of in (("actions/persons/{}/assign", added), ("actions/tasks/clear-assignation", removed)):
        for person in dict.fromkeys(one for item in items for one in people_of(item)):
            tasks = tuple(item for item in items if person in people_of(item))
            body: dict[str, object] = {"task_ids": [item.target for item in tasks]}
            body |= {"person_id": person} if people_of is removed else {}
            yield Request("PUT", path.format(person), body, 200, tuple(item.key for item in tasks))


async def _by(kitsu: Kitsu, target: str) -> str:
    return "the team changed" if "/" in target else await changed_at(kitsu, target)


async def _again(kitsu: Kitsu, wanted: Wanted) -> Change:
    found = [one for _, one in await tasks_named(kitsu, list(wanted))]
    now = await tasks_now(kitsu, found)
    people = {one: [str(person) for person in _beyond(fields[ASSIGNEES], ())] for one, fields in wanted.items()}
    return await plan_assignments(kitsu, "undo_change", now, people, "Take back who is assigned to")


ASSIGNMENTS = SetsFields(
    read=_read, requests=_requests, by=_by, again=_again, weight=lambda item: len(added(item)) + len(removed(item))
)
