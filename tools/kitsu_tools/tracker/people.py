"""People of a production or of the studio, as far as Zou shows them to a role, and when they are away."""

from collections.abc import Iterable
from datetime import date, timedelta
from functools import partial
from operator import itemgetter
from typing import Any

from kitsu_tools.tracker.days_off import Away, days_off, spans_of
from kitsu_tools.tracker.errors import BadInput, NotFound, NotPermitted, listed, quoted
from kitsu_tools.tracker.gather import gather, gather_both
from kitsu_tools.tracker.kitsu import Kitsu
from kitsu_tools.tracker.model import Person, Project, decoded
from kitsu_tools.tracker.names import pick


async def team_of(kitsu: Kitsu, project: Project) -> list[Person]:
    """Those on a production's team, each with the role that it has there, and with contact data where Zou tells them:
    to managers of the production.
    """
    people, team = await gather_both(
        kitsu.directory.people.get, lambda: kitsu.session.read(f"data/projects/{project.id}/team")
    )
    return [_member(one, people[one["id"]]) for one in team if one["id"] in people]


def working_on(project: Project, people: Iterable[Person]) -> list[Person]:
    """Of these those on a production's team who are still there and no bots."""
    return [one for one in people if one.id in project.team and one.active and not one.is_bot]


async def department_named(kitsu: Kitsu, name: str) -> str:
    """The id of the department of this name.

    Raises:
        Unknown, Ambiguous: none or several have it; the message lists candidates.
    """
    return pick("department", name, (await kitsu.directory.departments.get()).items(), itemgetter(1))[0]


async def person_named(kitsu: Kitsu, wanted: str) -> Person:
    """Who is meant: by name or id, or by e-mail where it is one, which Zou finds by but tells only admins.

    Raises:
        BadInput: nobody, or several; the message lists candidates.
    """
    if "@" not in wanted.strip().strip("@"):
        return await kitsu.directory.person(wanted)
    people = await kitsu.directory.people.get()
    for email in dict.fromkeys((wanted.strip(), wanted.strip().casefold())):
        records = await kitsu.session.read("data/persons", {"email": email})
        found = [people[one["id"]] for one in records if one["id"] in people]
        if found:
            return found[0]
    raise BadInput(f"people: nobody has the e-mail {quoted(wanted)}. Give the full name.")


async def team_roles(kitsu: Kitsu, project: Project) -> dict[str, str]:
    """The role of everybody on a production, by id: their own where its team gives none."""
    own = {one.id: one.role for one in (await kitsu.directory.people.get()).values()}
    return own | {one.id: one.role for one in await team_of(kitsu, project)}


async def client_names(kitsu: Kitsu, project: Project) -> str:
    """Who is a client on a production, for a sentence."""
    roles, people = await team_roles(kitsu, project), (await kitsu.directory.people.get()).values()
    names = listed((one.label for one in working_on(project, people) if roles.get(one.id) == "client"), 3)
    return names or "none on the team yet"


async def contact_of(kitsu: Kitsu, person: Person) -> Person:
    """Somebody with contact data, where Zou tells them: to managers (1.0.97)."""
    try:
        record = await kitsu.session.read(f"data/persons/{person.id}")
    except (NotFound, NotPermitted):
        return person
    return _member({**record, "project_role": ""}, person)


async def days_off_of(kitsu: Kitsu, people: Iterable[str], first: date, last: date) -> Away:
    """When these people are away between two days, as far as Zou tells: to managers and supervisors about those of
    their productions, to everybody about themselves.
    """
    wanted, found = set(people), dict[str, list[dict[str, Any]]]()
    for year in range(first.year, last.year + 1):
        for one in await kitsu.session.read(f"data/persons/day-offs/{year}"):
            if one["person_id"] in wanted:
                found.setdefault(one["person_id"], []).append(one)
    return {
        person: [span for span in sorted(set(spans_of(its))) if span[0] <= last and span[1] >= first]
        for person, its in found.items()
    }


async def absences_of(kitsu: Kitsu, person: Person, projects: Iterable[Project], first: date) -> Away | None:
    """When somebody is away from a day on, by themselves or by the productions that they share with the identity; None
    where the role may not know it.
    """
    try:
        spans = spans_of(await kitsu.session.read(f"data/persons/{person.id}/day-offs"))
    except (NotFound, NotPermitted):
        year = first + timedelta(days=366)
        shared = await gather(*[partial(days_off, kitsu, one.id, first, year) for one in projects])
        if all(one is None for one in shared):
            return None
        spans = [span for one in shared for span in (one or {}).get(person.id, ())]
    return {person.id: sorted({span for span in spans if span[1] >= first})}


def _member(record: dict[str, Any], known: Person) -> Person:
    role = record.get("project_role") or known.role
    own = {"name": known.name, "label": known.label, "role": role, "departments": known.departments}
    return decoded(Person, {**record, **own})
