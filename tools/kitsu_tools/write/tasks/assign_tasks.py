"""Assigning people to tasks."""

from collections.abc import Sequence
from functools import partial
from typing import Annotated, Literal

from pydantic import Field

from kitsu_tools.arguments import KitsuHere
from kitsu_tools.gate.change import Change
from kitsu_tools.tracker.errors import BadInput, listed, quoted
from kitsu_tools.tracker.gather import gather
from kitsu_tools.tracker.kitsu import Kitsu
from kitsu_tools.tracker.model import Person
from kitsu_tools.write.task_names import Tasks, tasks_named
from kitsu_tools.write.tasks.assignments import plan_assignments
from kitsu_tools.write.tasks.now import tasks_now
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
        Field(max_length=MOST_PEOPLE, description='full names, e-mails or ids; ["none"] with replace: nobody'),
    ],
    how: Annotated[How, Field(description="add to who is there, remove, or replace all")] = "add",
) -> Change:
    """Assign people to up to 100 tasks of one project, or take them off, after the person you work for said yes in
    their own dialog.

    Propose all in one call: they can untick single tasks. The receipt says what became of each.
    """
    nobody = how == "replace" and [one.strip().casefold() for one in people] == ["none"]
    if not people:
        raise BadInput('people: name at least one. To unassign everybody: how="replace", people=["none"].')
    named = [] if nobody else await gather(*[partial(_person, kitsu, one) for one in people])
    ids = list(dict.fromkeys(one.id for one in named))
    found = [one for _, one in await tasks_named(kitsu, tasks)]
    now = await tasks_now(kitsu, found)

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


async def _person(kitsu: Kitsu, wanted: str) -> Person:
    """Who is meant: by e-mail where it is one, which Zou finds by but tells only admins."""
    if "@" not in wanted.strip().strip("@"):
        return await kitsu.directory.person(wanted)
    people = await kitsu.directory.people.get()
    for email in dict.fromkeys((wanted.strip(), wanted.strip().casefold())):
        records = await kitsu.session.read("data/persons", {"email": email})
        found = [people[one["id"]] for one in records if one["id"] in people]
        if found:
            return found[0]
    raise BadInput(f"people: nobody has the e-mail {quoted(wanted)}. Give the full name.")
