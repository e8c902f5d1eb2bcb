"""Who is assigned to tasks: planned with reads, sent by Zou's two batch routes, read back person by person.

Follows `TasksAssignResource`, `ClearAssignationResource`, `check_task_department_access` and
`check_task_department_access_for_unassign` of Zou 1.0.97. Both routes answer 200 for what they leave out: bots, unknown
tasks, and what the role may not do.
"""

from collections.abc import Iterable, Mapping, Sequence
from functools import partial
from typing import Annotated, Literal

from pydantic import Field as Argument

from kitsu_tools.arguments import KitsuHere
from kitsu_tools.gate.change import Change, Effect, Field, Item, Raw, Request, Value
from kitsu_tools.gate.kind import Looked
from kitsu_tools.gate.sets_fields import SetsFields, Wanted
from kitsu_tools.tracker.by_ids import records_by
from kitsu_tools.tracker.errors import BadInput, NotPermitted, listed
from kitsu_tools.tracker.gather import gather
from kitsu_tools.tracker.kitsu import Kitsu
from kitsu_tools.tracker.model import Person
from kitsu_tools.tracker.people import person_named
from kitsu_tools.write.snapshot import omitted, permitted
from kitsu_tools.write.task_names import Tasks
from kitsu_tools.write.tasks.now import EVERYWHERE, TasksNow, changed_at, tasks_now
from kitsu_tools.write.tool import writes

MOST_PEOPLE = 20
How = Literal["add", "remove", "replace"]
VERBS: dict[How, str] = {"add": "Assign", "remove": "Unassign", "replace": "Reassign"}


@writes
async def assign_tasks(
    kitsu: KitsuHere,
    tasks: Tasks,
    people: Annotated[
        Sequence[str],
        Argument(max_length=MOST_PEOPLE, description='full names, e-mails or ids; ["none"] with replace: nobody'),
    ],
    how: Annotated[How, Argument(description="add to who is there, remove, or replace all")] = "add",
) -> Change:
    """Assign people to up to 1,000 tasks of one project, or take them off, after the person said yes in a dialog.

    Propose all in one call: they can untick single tasks. Returns what became of each.
    """
    nobody = how == "replace" and [one.strip().casefold() for one in people] == ["none"]
    if not people:
        raise BadInput('people: name at least one. To unassign everybody: how="replace", people=["none"].')
    named = [] if nobody else await gather(*[partial(person_named, kitsu, one) for one in people])
    ids = list(dict.fromkeys(one.id for one in named))
    now = await tasks_now(kitsu, tasks, about_people=True)

    def after(task_id: str) -> list[str]:
        held: list[str] = now.records[task_id].get("assignees") or []
        match how:
            case "add":
                return [*held, *(one for one in ids if one not in held)]
            case "remove":
                return [one for one in held if one not in ids]
            case "replace":
                return ids

    change = await plan_assignments(kitsu, "assign_tasks", now, {one: after(one) for one in now.found}, VERBS[how])
    if not change.items:
        who = listed(one.label for one in named) or "nobody"
        raise BadInput(f"Every task is so already: {'without ' if how == 'remove' else ''}{who}.")
    return change


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
    items = [_item(now, task_id, people) for task_id, people in wanted.items()]
    moving = tuple(item for item in items if item.changes)
    joining = {one: now.people[one] for item in moving for one in added(item) if one in now.people}
    _refuse_people(now, joining.values())
    await permitted(kitsu, now, partial(_refuse_tasks, items=moving))

    def foresee(some: Sequence[Item], _: str) -> list[Effect]:
        first = {one: item.key for item in reversed(some) for one in added(item) if one not in now.project.team}
        return [_joins(now.project.id, joining[one], key) for one, key in first.items()]

    strangers = [one.label for one in joining.values() if one.id not in now.project.team]
    return now.change(
        Change,
        items,
        moving,
        kind="assignments",
        tool=tool,
        verb=verb,
        effects=tuple(foresee(moving, "")),
        told=tuple(sorted(one.label for one in joining.values() if one.id != now.me.id)),
        warnings=(
            *([f"Not on the team so far: {listed(strangers, 3)}"] if strangers else []),
            *omitted(now.found.values()),
        ),
        posts=False,
        detail=_sums(moving, now.people),
        foresee=foresee,
    )


def _item(now: TasksNow, task_id: str, people: Sequence[str]) -> Item:
    before = _assignees(now.records[task_id].get("assignees") or (), now.people)
    after = _assignees(people, now.people)
    come, go = (_named(_beyond(*two), now.people) for two in ((after.raw, before.raw), (before.raw, after.raw)))
    move = " ".join([*(f"+{one}" for one in come), *(f"−{one}" for one in go)])
    return Item(task_id, task_id, now.found[task_id].address, (Field(ASSIGNEES, before, after, move=move),))


def added(item: Item) -> list[str]:
    """The ids of who is assigned anew."""
    return _beyond(item.fields[0].after.raw, item.fields[0].before.raw)


def removed(item: Item) -> list[str]:
    """The ids of who is assigned no more."""
    return _beyond(item.fields[0].before.raw, item.fields[0].after.raw)


def _beyond(these: Raw, those: Raw) -> list[str]:
    known = those if isinstance(those, tuple) else ()
    return [one for one in these if one not in known] if isinstance(these, tuple) else []


def _named(ids: Iterable[str], people: Mapping[str, Person]) -> list[str]:
    return sorted(people[one].label if one in people else "?" for one in ids)


def _assignees(ids: Iterable[str], people: Mapping[str, Person]) -> Value:
    held = tuple(sorted(ids))
    return Value(held, ", ".join(_named(held, people)) or "nobody")


def _sums(items: Sequence[Item], people: Mapping[str, Person]) -> str:
    """Who is assigned and who taken off in all, where that is more than one."""
    moves = {
        says: sorted(set(_named([one for item in items for one in people_of(item)], people)))
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


async def _refuse_tasks(now: TasksNow, items: Sequence[Item]) -> None:
    if now.role in EVERYWHERE:
        return
    mine = now.me.departments

    def may_add(task_id: str, person_id: str) -> bool:
        type_id, person = now.type_of(task_id), now.people.get(person_id)
        shared = not mine or (person is not None and not mine.isdisjoint(person.departments))
        return (now.supervised(type_id) and shared) or (person_id == now.me.id and now.in_my_departments(type_id))

    def may_remove(task_id: str, person_id: str) -> bool:
        return now.supervised(now.type_of(task_id)) or person_id == now.me.id

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


async def _look(kitsu: Kitsu, targets: Sequence[str]) -> Looked:
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
    people = {one: [str(person) for person in _beyond(fields[ASSIGNEES], ())] for one, fields in wanted.items()}
    now = await tasks_now(kitsu, list(wanted), about_people=True)
    return await plan_assignments(kitsu, "undo_change", now, people, "Take back who is assigned to")


def _weight(item: Item) -> int:
    """An assignment takes Zou 70 ms."""
    return 2 * (len(added(item)) + len(removed(item)))


ASSIGNMENTS = SetsFields(look=_look, requests=_requests, changed_by=_by, again=_again, weight=_weight)
