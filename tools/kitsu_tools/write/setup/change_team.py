"""Who is on a production's team, and in which role: one request a person, as Zou has no batch route.

Follows `ProductionTeamResource` and `ProductionTeamMemberResource` of Zou 1.0.97. Who leaves loses the role there with
the membership, and stays assigned to every task. An admin is one everywhere, whatever role a team gives.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from functools import partial
from typing import Annotated, Any, Literal, get_args

from pydantic import Field as Argument

from kitsu_tools.arguments import KitsuHere
from kitsu_tools.gate.change import Change, Field, Item, Raw, Request, Value
from kitsu_tools.gate.kind import Looked
from kitsu_tools.gate.sets_fields import SetsFields, Wanted
from kitsu_tools.tracker.addresses import encoded
from kitsu_tools.tracker.board import ALL_KINDS
from kitsu_tools.tracker.errors import BadInput, listed
from kitsu_tools.tracker.gather import gather
from kitsu_tools.tracker.kitsu import Kitsu
from kitsu_tools.tracker.model import Person
from kitsu_tools.tracker.people import person_named
from kitsu_tools.write.setup.now import production_to_set_up
from kitsu_tools.write.snapshot import Snapshot
from kitsu_tools.write.tool import writes

MOST_PEOPLE = 100
OWN = "own"
"""The role that somebody has in all of Kitsu."""
TeamRole = Literal["keep", "own", "user", "supervisor", "manager", "client", "vendor"]
KEEP = get_args(TeamRole)[0]
TEAM, ROLE = "team", "role"
People = Annotated[Sequence[str], Argument(max_length=MOST_PEOPLE, description="full names, e-mails or ids")]


@writes
async def change_team(
    kitsu: KitsuHere,
    project: Annotated[str, Argument(description="name, id or page link")],
    add: People = (),
    remove: People = (),
    role: Annotated[
        TeamRole, Argument(description="of those in `add`, on this production alone; own: as in all of Kitsu")
    ] = "keep",
) -> Change:
    """Add people to a production's team, give those who are on it another role there, or take people off, after the
    person you work for said yes in their own dialog.

    Who is taken off stays assigned to tasks: assign_tasks changes that. For managers of the production and admins.
    """
    if not (add or remove):
        raise BadInput("Name at least one person in add or remove.")
    now = await production_to_set_up(kitsu, project, kitsu.directory.people)
    named = await gather(*[partial(person_named, kitsu, one) for one in (*add, *remove)])
    come, go = named[: len(add)], named[len(add) :]
    if both := {one.label for one in come} & {one.label for one in go}:
        raise BadInput(f"In add as well as in remove: {listed(sorted(both))}.")
    team = await _team(kitsu, now.project.id)
    wanted: dict[str, Mapping[str, Raw]] = {}
    for one in come:
        wanted[one.id] = {TEAM: True, ROLE: (team.get(one.id) or OWN) if role == KEEP else role}
    wanted |= {one.id: {TEAM: False, ROLE: OWN} for one in go}
    change = await plan_team(kitsu, "change_team", now, team, wanted)
    if not change.items:
        raise BadInput("The team is so already.")
    return change


async def plan_team(
    kitsu: Kitsu,
    tool: str,
    now: Snapshot,
    team: Mapping[str, str],
    wanted: Mapping[str, Mapping[str, Raw]],
    verb: str = "",
) -> Change:
    """What puts these people on the team or off it, and in these roles, by id; `team`: the roles of those on it.

    Raises:
        BadInput: somebody cannot be on it, or have that role.
    """
    people = await kitsu.directory.people.get()
    named = {one: people[one] for one in wanted if one in people}
    items = [_item(now, named[one], team, wanted[one]) for one in named]
    moving = [item for item in items if item.changes]
    acts = {item.key: _acts(item) for item in moving}
    _refuse(now, {item.key: named[_person_of(item.target)] for item in moving}, acts)
    verbs = {"joins": "Add to the team", "leaves": "Take off the team", "role": "Change the role of"}
    (alike, *others) = set(acts.values()) or {"role"}
    leaving = [named[_person_of(item.target)] for item in moving if acts[item.key] == "leaves"]
    rising = [item.address.rpartition("/")[2] for item in moving if item.changed(ROLE) == "manager"]
    return now.change(
        Change,
        items,
        moving,
        kind="teams",
        tool=tool,
        verb=verb or ("Change the team:" if others else verbs[alike]),
        noun="member",
        warnings=(
            *await _still_assigned(kitsu, now, leaving),
            *([f"May then set up all of {now.project.name}: {listed(rising, 3)}"] if rising else []),
        ),
        posts=False,
    )


def _item(now: Snapshot, person: Person, team: Mapping[str, str], wanted: Mapping[str, Raw]) -> Item:
    before = {TEAM: person.id in team, ROLE: team.get(person.id, OWN)}
    there = bool(wanted.get(TEAM, before[TEAM]))
    after = {TEAM: there, ROLE: wanted.get(ROLE, before[ROLE]) if there else OWN}
    shown = {name: (_value(name, before[name]), _value(name, after[name])) for name in before}
    return Item(
        person.id,
        f"{now.project.id}/{person.id}",
        f"{encoded(now.project.name)}/{encoded(person.label)}",
        (
            Field(TEAM, *shown[TEAM], move="joins" if there else "leaves"),
            Field(ROLE, *shown[ROLE], label="role here"),
        ),
    )


def _value(name: str, raw: Raw) -> Value:
    if name == TEAM:
        return Value(raw, "on the team" if raw else "not on the team")
    return Value(raw, "as everywhere" if raw == OWN else str(raw))


def _acts(item: Item) -> str:
    team = item.fields[0]
    return "role" if not team.changes else "joins" if team.after.raw else "leaves"


def _person_of(target: str) -> str:
    return target.partition("/")[2]


def _refuse(now: Snapshot, people: Mapping[str, Person], acts: Mapping[str, str]) -> None:
    """Refuse what Zou would, and what would change the rights of whoever asks, or of bots.

    Raises:
        BadInput: who it is, and why.
    """
    if now.me.id in people:
        raise BadInput(
            f"{people[now.me.id].label} is who this server is signed in as: its own rights are for somebody else to "
            "change, in Kitsu."
        )
    left = [one.label for key, one in people.items() if acts[key] != "leaves" and not one.active]
    if left:
        raise BadInput(f"Not active in Kitsu any more, so not for a team: {listed(left)}.")
    admins = [one.label for key, one in people.items() if acts[key] == "role" and one.role == "admin"]
    if admins:
        raise BadInput(f"Admins stay that on every production, whatever role is given: {listed(admins)}.")
    bots = [one.label for key, one in people.items() if acts[key] == "role" and one.is_bot]
    if bots:
        raise BadInput(f"The roles of bots are changed in Kitsu alone: {listed(bots)}.")


async def _still_assigned(kitsu: Kitsu, now: Snapshot, leaving: Sequence[Person]) -> list[str]:
    """What those who leave stay assigned to."""
    if not leaving:
        return []
    view = await (await kitsu.reading(now.project)).view(*ALL_KINDS)
    statuses = await kitsu.directory.statuses.get()
    every, done = Counter[str](), Counter[str]()
    for task in (task for entity in view.entities() for task in entity.tasks):
        status = statuses.get(task.status_id)
        every.update(task.assignees)
        done.update(task.assignees if status is not None and status.role == "done" else ())
    return [
        f"{one.label} stays assigned to {every[one.id]} tasks, {every[one.id] - done[one.id]} of them not done"
        for one in leaving
        if every[one.id]
    ]


async def _team(kitsu: Kitsu, project_id: str) -> dict[str, str]:
    """The role of everybody on a team, by id."""
    team: list[Mapping[str, Any]] = await kitsu.session.read(f"data/projects/{project_id}/team")
    return {one["id"]: one.get("project_role") or OWN for one in team}


async def _look(kitsu: Kitsu, targets: Sequence[str]) -> Looked:
    kitsu.directory.forget(("open_projects", "roles"))
    projects = list(dict.fromkeys(one.partition("/")[0] for one in targets))
    read = await gather(*[partial(_team, kitsu, one) for one in projects])
    teams = dict(zip(projects, read, strict=True))
    looked: dict[str, Mapping[str, Value]] = {}
    for target in targets:
        project, _, person = target.partition("/")
        team = teams[project]
        looked[target] = {TEAM: _value(TEAM, person in team), ROLE: _value(ROLE, team.get(person, OWN))}
    return looked


def _requests(change: Change, items: Sequence[Item]) -> Iterable[Request]:
    path = f"data/projects/{change.project_id}/team"
    for item in items:
        person, role = _person_of(item.target), item.changed(ROLE)
        body = {} if role is None else {"role": None if role == OWN else role}
        match _acts(item):
            case "joins":
                yield Request("POST", path, {"person_id": person} | body, 201, (item.key,))
            case "leaves":
                yield Request("DELETE", f"{path}/{person}", None, 204, (item.key,))
            case _:
                yield Request("PUT", f"{path}/{person}", body, 200, (item.key,))


async def _by(kitsu: Kitsu, target: str) -> str:
    del kitsu, target
    return "the team changed"


async def _again(kitsu: Kitsu, wanted: Wanted) -> Change:
    project_id = next(iter(wanted)).partition("/")[0]
    now = await production_to_set_up(kitsu, project_id, kitsu.directory.people)
    people = {_person_of(target): fields for target, fields in wanted.items()}
    return await plan_team(
        kitsu, "undo_change", now, await _team(kitsu, project_id), people, "Take back the change of the team:"
    )


TEAMS = SetsFields(look=_look, requests=_requests, changed_by=_by, again=_again)
