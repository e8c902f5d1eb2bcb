"""People: who there is on a production or in the studio, and when they are away."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Annotated, Literal, get_args

from mcp.types import CallToolResult
from pydantic import Field

from kitsu_tools.answers import Table
from kitsu_tools.arguments import KitsuHere, Limit, Next, Sort
from kitsu_tools.read.entity_columns import in_order_of_names, key_of_names
from kitsu_tools.read.listing import (
    Column,
    Key,
    Measure,
    columns_of_groups,
    grouped,
    in_order_of,
    named,
    table_of,
    table_of_groups,
)
from kitsu_tools.read.periods import period_named
from kitsu_tools.tracker.addresses import encoded
from kitsu_tools.tracker.days_off import Away, days_off
from kitsu_tools.tracker.errors import BadInput, NotPermitted
from kitsu_tools.tracker.kitsu import Kitsu
from kitsu_tools.tracker.model import Person, Project
from kitsu_tools.tracker.people import days_off_of, department_named, team_of
from kitsu_tools.tracker.visibility import DAYS_OFF_UNKNOWN, KINDS_HIDDEN, NARROW

RoleName = Literal["admin", "manager", "supervisor", "artist", "client", "vendor"]
Contract = Literal["open-ended", "fixed-term", "short-term", "freelance", "apprentice", "internship"]
GroupBy = Literal["department", "role", "contract"]
AWAY_DAYS = 60
LONGEST_DAYS = 3 * 366
AWAY_IN_PART = "days off are told of those alone whose your role may see"
CONTACT_HIDDEN = "contract, e-mail and phone Kitsu shows to managers only"
TEAMS_ONLY = "only people of productions that you are on"


@dataclass(frozen=True)
class People:
    """What the ids of people stand for; `away` is None where nothing is known of it."""

    departments: Mapping[str, str]
    projects: Sequence[Project]
    away: Away | None


async def list_people(
    kitsu: KitsuHere,
    project: Annotated[str, Field(description="its team; empty: the studio")] = "",
    department: Annotated[str, Field(description="only people of it")] = "",
    role: Annotated[Sequence[RoleName], Field(description="on the production, or in the studio")] = (),
    contract: Annotated[Sequence[Contract], Field(description="for managers")] = (),
    away: Annotated[str, Field(description="only who is away: today, this week, a date or FROM..TO")] = "",
    left: Annotated[bool, Field(description="those who left instead")] = False,
    group_by: Annotated[Sequence[GroupBy], Field(max_length=2, description="count instead of listing")] = (),
    sort: Sort = (),
    limit: Limit = 100,
    next: Next = "",
) -> Annotated[CallToolResult, Table]:
    """List people: role, departments, days off in the next 60 days, productions, and for managers contract, e-mail and
    phone. Bots are left out. What somebody works on is get_person's.
    """
    clock = await kitsu.clock()
    today = clock.today()
    first, last = _days(away, today)
    found = (await kitsu.find.production(project)).project if project.strip() else None
    every = await team_of(kitsu, found) if found else list((await kitsu.directory.people_seen()).values())
    there = [one for one in every if not one.is_bot]
    departments, me = await kitsu.directory.departments.get(), await kitsu.directory.me.get()
    if me.role == "client" and (department or "department" in group_by):
        raise NotPermitted(f"department: {KINDS_HIDDEN}. Ask without it.")
    if department:
        wanted = await department_named(kitsu, department)
        there = [one for one in there if wanted in one.departments]
    has_contact = any(one.contract or one.email for one in every)
    if contract and not has_contact:
        raise NotPermitted(f"contract: {CONTACT_HIDDEN}. Ask without it{'' if found else ', or name a production'}.")
    there = [
        one
        for one in there
        if one.active != left and (not role or role_name(one) in role) and (not contract or one.contract in contract)
    ]
    off, note = await _away(kitsu, found, there, first, last)
    if away:
        if off is None:
            raise NotPermitted(f"away: {DAYS_OFF_UNKNOWN}. Ask without it.")
        there = [one for one in there if off.get(one.id)]
    known = People(departments, () if found else await kitsu.directory.open_projects.get(), off)
    columns = columns_of_people(known, contact=has_contact, departments=me.role != "client")
    narrow = found is None and me.role in NARROW
    contact = found is None and me.role == "manager"
    notes = [note, TEAMS_ONLY if narrow else "", f"{CONTACT_HIDDEN}, of a production's team" if contact else ""]
    question = ("people", found.id if found else "", department, tuple(role), tuple(contract), away, left, today)
    under = encoded(found.name) if found else ""
    if group_by:
        keys = [_keys(departments)[one] for one in dict.fromkeys(group_by)]
        if "contract" in group_by and not has_contact:
            raise NotPermitted(f"group_by: {CONTACT_HIDDEN}.")
        measures: list[Measure[Person]] = [Measure("people", len)]
        groups, total = grouped(there, keys, measures), len(there)
        of_groups = columns_of_groups(keys, measures)
        return table_of_groups(question, groups, of_groups, sort, clock, under, limit, next, notes, people=total)
    order = named("sort", sort, columns)
    there.sort(key=lambda one: one.label.casefold())
    return table_of(
        (*question, tuple(sort)),
        in_order_of(there, order),
        columns.values(),
        clock,
        under=under,
        limit=limit,
        after=next,
        notes=notes,
        today=clock.stamp(),
    )


def columns_of_people(known: People, *, contact: bool, departments: bool) -> dict[str, Column[Person]]:
    """What is said of each; productions where there are several."""

    def its_departments(one: Person) -> str:
        return ", ".join(sorted(known.departments.get(its, "?") for its in one.departments))

    def productions(one: Person) -> str:
        return ", ".join(encoded(project.name) for project in known.projects if one.id in project.team)

    columns: Sequence[Column[Person]] = (
        Column("person", lambda one: one.label),
        Column("role", role_name),
        *([Column("departments", its_departments)] if departments else []),
        *([Column("productions", productions)] if known.projects else []),
        *([Column("away", lambda one: away_of(known.away or {}, one.id))] if known.away is not None else []),
        *(
            [
                Column("contract", lambda one: one.contract),
                Column("e-mail", lambda one: one.email),
                Column("phone", lambda one: one.phone),
            ]
            if contact
            else []
        ),
    )
    return {column.name: column for column in columns}


def role_name(person: Person) -> str:
    """As Kitsu's pages call a role in a word: Zou's `user` is an artist."""
    return "artist" if person.role == "user" else person.role


def away_of(away: Away, person_id: str) -> str:
    """`2026-12-01, 2026-12-24..2027-01-03`."""
    return ", ".join(
        first.isoformat() if first == last else f"{first.isoformat()}..{last.isoformat()}"
        for first, last in sorted(away.get(person_id, ()))
    )


async def _away(
    kitsu: Kitsu, project: Project | None, people: Iterable[Person], first: date, last: date
) -> tuple[Away | None, str]:
    """When these people are away, and what an answer says of it: a team's as the production shows it."""
    if project is not None:
        off = await days_off(kitsu, project.id, first, last)
        return off, DAYS_OFF_UNKNOWN if off is None else ""
    me = await kitsu.directory.me.get()
    if me.role in NARROW:
        return None, DAYS_OFF_UNKNOWN
    off = await days_off_of(kitsu, (one.id for one in people), first, last)
    return off, "" if me.role == "admin" else AWAY_IN_PART


def _days(away: str, today: date) -> tuple[date, date]:
    """The days that are asked for, else the next ones.

    Raises:
        BadInput: they are no days, or more than three years of them.
    """
    if not away.strip():
        return today, today + timedelta(days=AWAY_DAYS)
    first, last = period_named("away", away, today)
    if last == date.max:
        last = first + min(timedelta(days=LONGEST_DAYS), date.max - first)
    if last - first > timedelta(days=LONGEST_DAYS):
        raise BadInput("away: name a period of three years at most.")
    return first, last


def _keys(departments: Mapping[str, str]) -> Mapping[GroupBy, Key[Person]]:
    def in_departments(one: Person) -> Iterable[tuple[tuple[object, str], str]]:
        return [in_order_of_names(departments.get(its, "?")) for its in one.departments] or [in_order_of_names("")]

    roles = list(get_args(RoleName))
    return {
        "department": Key("department", in_departments),
        "role": Key(
            "role", lambda one: [(roles.index(role_name(one)) if role_name(one) in roles else 9, role_name(one))]
        ),
        "contract": key_of_names("contract", lambda one: one.contract),
    }
