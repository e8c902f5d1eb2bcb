"""`change_people`: who works in the studio, as what and in which departments; one PUT a person.

Follows `PersonResource` of Zou 1.0.97. It takes any field of a person from an admin, so what is sent is named here: an
`expiration_date` makes a new token, a `position` that is none makes the person unreadable, departments are replaced
whole and those that are not there left out without a word. Nobody is added: an account is an e-mail, and whoever reads
that can have a password sent.
"""

from collections.abc import Mapping, Sequence
from functools import partial
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict
from pydantic import Field as Argument

from kitsu_tools.arguments import KitsuHere
from kitsu_tools.gate.change import Change, Field, Item, Raw, Value
from kitsu_tools.gate.kind import Looked
from kitsu_tools.gate.sets_fields import SetsFields, Wanted, puts
from kitsu_tools.tracker.addresses import encoded
from kitsu_tools.tracker.errors import BadInput, NotPermitted, listed
from kitsu_tools.tracker.gather import gather
from kitsu_tools.tracker.kitsu import Kitsu
from kitsu_tools.tracker.model import Person
from kitsu_tools.tracker.people import department_named
from kitsu_tools.write.naming import all_found
from kitsu_tools.write.setup.names import refuse_taken
from kitsu_tools.write.setup.settings import AS_TEXTS, Setting, flag, like, line, one_of, plainly, whole
from kitsu_tools.write.studio.now import admin_of_all
from kitsu_tools.write.tasks.values import CLEAR
from kitsu_tools.write.tool import writes

MOST = 100
WHAT = "people"
Name = Literal[
    "first_name", "last_name", "phone", "role", "contract", "position", "seniority", "daily_salary", "active"
]
DEPARTMENTS, ACTIVE, ROLE = "departments", "active", "role"
NAMES = ("first_name", "last_name")
HIGHEST_SALARY = 10_000_000
MAY: Mapping[Raw, str] = {
    "manager": "sets up productions, sees salaries",
    "supervisor": "reviews, plans and assigns tasks of its departments",
    "user": "works on tasks assigned to it",
    "vendor": "sees tasks assigned to it alone",
    "client": "sees what is for clients",
}
"""The roles that are given here, and what each may; rights of admins are given and taken in Kitsu alone."""


class Row(BaseModel):
    """What is to be of some people: what is left out stays."""

    model_config = ConfigDict(extra="forbid")

    people: Annotated[Sequence[str], Argument(min_length=1, max_length=MOST)]
    set: Annotated[Mapping[Name, str], AS_TEXTS] = {}
    join: Sequence[str] = ()
    leave: Sequence[str] = ()


@writes
async def change_people(
    kitsu: KitsuHere,
    rows: Annotated[
        Sequence[Row],
        Argument(
            min_length=1,
            max_length=MOST,
            description="people: names, e-mails or page links; join, leave: departments; active: yes or no (who left); "
            "contract: open-ended, fixed-term, short-term, freelance, apprentice or internship; position: supervisor, "
            "lead or artist; seniority: senior, mid or junior; "
            "role: no admin; none clears",
        ),
    ],
) -> Change:
    """Change people of the studio: archive who left, departments, contract, role, name, after the person you work for
    said yes in their own dialog. Not admins' rights, bots, e-mails, passwords or tokens, and nobody new: those in
    Kitsu. For admins.
    """
    await admin_of_all(kitsu, WHAT)
    named = list(dict.fromkeys(one for row in rows for one in row.people))
    found = dict(zip(named, await all_found(named, kitsu.find.person, "person"), strict=True))
    there, today = await _records(kitsu), (await kitsu.clock()).today()
    wanted: dict[str, Mapping[str, Raw]] = {}
    for row in rows:
        if not (row.set or row.join or row.leave):
            raise BadInput(f"rows: say what is to be of {listed(row.people, 3)}: set, join or leave.")
        fields: dict[str, Raw] = {}
        for name in SETTINGS:
            if name in row.set:
                text = row.set[name]
                clears = name in _CLEARED and text.strip().casefold() == CLEAR
                fields[SETTINGS[name].column] = _CLEARED[name] if clears else SETTINGS[name].read(text, name, today)
        comes, goes = [[await department_named(kitsu, one) for one in names] for names in (row.join, row.leave)]
        if both := set(comes) & set(goes):
            names = await kitsu.directory.departments.get()
            raise BadInput(f"In join as well as in leave: {listed(names.get(one, '?') for one in both)}.")
        for person in dict.fromkeys(found[one].id for one in row.people):
            if person in wanted:
                raise BadInput(f"{there[person]['full_name']} is in several rows. Say all of it in one.")
            wanted[person] = dict(fields)
            if (comes or goes) and person in there:
                of_all = (set(there[person][DEPARTMENTS]) | set(comes)) - set(goes)
                wanted[person] = {**fields, DEPARTMENTS: tuple(sorted(of_all))}
    change = await plan_people(kitsu, "change_people", there, wanted)
    if not change.items:
        raise BadInput("All of it is so already.")
    return change


async def plan_people(kitsu: Kitsu, tool: str, there: Mapping[str, Mapping[str, Any]], wanted: Wanted) -> Change:
    """What makes these fields of people so, by id and Zou's column.

    Raises:
        BadInput: it is nobody, a bot, an admin's rights, or a name that another has.
    """
    people, departments = await kitsu.directory.people.get(), await kitsu.directory.departments.get()
    if strange := [one for one in wanted if one not in there or one not in people]:
        raise BadInput(f"Kitsu's list of people does not have {listed(strange)} any more.")
    items = [
        Item(one, one, _address(people[one]), _fields(there[one], fields, departments))
        for one, fields in wanted.items()
    ]
    moving = tuple(item for item in items if item.changes)
    _refuse((await kitsu.directory.me.get()).id, there, items)
    _refuse_names(there, moving)
    archived = all(item.changed(ACTIVE) is False for item in moving)
    return Change(
        kind="people",
        tool=tool,
        project_id="",
        project="the studio",
        verb="Take back changes of" if tool == "undo_change" else "Archive" if archived else "Change",
        noun="person",
        items=moving,
        unchanged=tuple(item.address for item in items if not item.changes),
        warnings=(*await _left_behind(kitsu, moving), *_rights(there, moving)),
        posts=False,
    )


def _address(person: Person) -> str:
    """As a person is named; the mark of one of several with the name stays as it is."""
    return encoded(person.name) + person.label.removeprefix(person.name)


def _fields(record: Mapping[str, Any], wanted: Mapping[str, Raw], departments: Mapping[str, str]) -> tuple[Field, ...]:
    before = _values(record, departments)
    after = {name: _value(name, raw, departments) for name, raw in wanted.items()}
    if ACTIVE in after:  # counted on: an admin stays one
        after.setdefault(ROLE, before[ROLE])
    moves = {True: "restored", False: "archived"}
    return tuple(
        Field(name, before[name], after[name], LABELS[name], moves[bool(after[name].raw)] if name == ACTIVE else "")
        for name in LABELS
        if name in after
    )


def _values(record: Mapping[str, Any], departments: Mapping[str, str]) -> Mapping[str, Value]:
    held = {name: tuple(sorted(record[name])) if name == DEPARTMENTS else record.get(name) for name in LABELS}
    return {
        name: _value(name, "" if raw is None and name == "phone" else raw, departments) for name, raw in held.items()
    }


def _value(name: str, raw: Raw, departments: Mapping[str, str]) -> Value:
    if isinstance(raw, tuple):
        return Value(raw, ", ".join(sorted(departments.get(one, "?") for one in raw)) or CLEAR)
    return Value(raw, ("active" if raw else "archived") if name == ACTIVE else plainly(raw))


def _refuse(me: str, there: Mapping[str, Mapping[str, Any]], items: Sequence[Item]) -> None:
    """Refuse whom nobody changes from here, whatever of them it is, and what makes or unmakes an admin."""
    for item in items:
        record = there[item.target]
        if item.target == me:
            raise BadInput(
                f"{item.address} is who this server is signed in as: that is for somebody else to change, in Kitsu."
            )
        if record["is_bot"] or record.get("is_guest"):
            raise BadInput(f"{item.address} is a bot or a guest, which are changed in Kitsu alone.")
        if record["role"] == "admin" and any(item.changed(name) is not None for name in (ROLE, ACTIVE)):
            raise BadInput(f"{item.address} is an admin: their role, and whether they are active, is Kitsu's alone.")


def _refuse_names(there: Mapping[str, Mapping[str, Any]], moving: Sequence[Item]) -> None:
    """Refuse names that another has: by them people are mentioned, assigned and found."""
    named = {one: str(record["full_name"]) for one, record in there.items()}
    for item in moving:
        if any(item.changed(name) is not None for name in NAMES):
            full = " ".join(str(item.changed(name) or there[item.target][name]) for name in NAMES)
            refuse_taken(full, [name for one, name in named.items() if one != item.target], "the name")
            named[item.target] = full


def _rights(there: Mapping[str, Mapping[str, Any]], moving: Sequence[Item]) -> list[str]:
    """What some may do then that they may not now, or the other way round."""
    back = [item.address for item in moving if item.changed(ACTIVE)]
    given = {role: [item.address for item in moving if item.changed(ROLE) == role] for role in MAY}
    of_none = [
        item.address
        for item in moving
        if (item.changed(ROLE) or there[item.target][ROLE]) == "supervisor" and item.changed(DEPARTMENTS) == ()
    ]
    return [
        *([f"Can sign in again, with the former password: {listed(back, 3)}"] if back else []),
        *(f"A {role} {MAY[role]}: {listed(names, 3)}" for role, names in given.items() if names),
        *([f"Of no department, so then supervises all: {listed(of_none, 3)}"] if of_none else []),
    ]


async def _left_behind(kitsu: Kitsu, moving: Sequence[Item]) -> list[str]:
    """What archiving people means: nobody takes over what they are assigned to."""
    leaving = [item for item in moving if item.changed(ACTIVE) is False]
    read = [partial(kitsu.session.read, f"data/persons/{item.target}/tasks") for item in leaving]
    tasks: list[list[Mapping[str, Any]]] = await gather(*read)
    open_tasks = [f"{item.address} {len(its)}" for item, its in zip(leaving, tasks, strict=True)]
    return [f"Cannot sign in then; open tasks stay theirs: {listed(open_tasks, 4)}"] if leaving else []


async def _records(kitsu: Kitsu) -> dict[str, Mapping[str, Any]]:
    """Everybody as Zou holds them now, by id.

    Raises:
        NotPermitted: it tells less than all of them, as to anybody but admins.
    """
    kitsu.directory.forget(("people",))
    every: list[Mapping[str, Any]] = await kitsu.session.read("data/persons", {"relations": "true"})
    if any("contract_type" not in one for one in every):
        raise NotPermitted("Only admins change people, and are told all of them: this identity is none any more.")
    return {one["id"]: one for one in every}


async def _look(kitsu: Kitsu, targets: Sequence[str]) -> Looked:
    there, departments = await _records(kitsu), await kitsu.directory.departments.get()
    return {one: _values(there[one], departments) for one in targets if one in there}


async def _by(kitsu: Kitsu, target: str) -> str:
    del kitsu, target
    return "somebody changed the person"


async def _again(kitsu: Kitsu, wanted: Wanted) -> Change:
    await admin_of_all(kitsu, WHAT)
    return await plan_people(kitsu, "undo_change", await _records(kitsu), wanted)


SETTINGS: Mapping[Name, Setting] = {
    "first_name": Setting("first_name", line(80), plainly),
    "last_name": Setting("last_name", line(80), plainly),
    "phone": Setting("phone", like(r"\+?[\d ()./-]+", "+33 6 12 34 56 78", 30), plainly),
    "role": Setting(ROLE, one_of(*map(str, MAY)), plainly),
    "contract": Setting(
        "contract_type",
        one_of("open-ended", "fixed-term", "short-term", "freelance", "apprentice", "internship"),
        plainly,
    ),
    "position": Setting("position", one_of("supervisor", "lead", "artist"), plainly),
    "seniority": Setting("seniority", one_of("senior", "mid", "junior"), plainly),
    "daily_salary": Setting("daily_salary", whole(HIGHEST_SALARY), plainly),
    "active": Setting(ACTIVE, flag, plainly),
}
_CLEARED: Mapping[Name, Raw] = {"phone": "", "position": None, "seniority": None, "daily_salary": None}
LABELS = {ACTIVE: "", ROLE: ROLE, DEPARTMENTS: DEPARTMENTS} | {
    setting.column: name.replace("_", " ") for name, setting in SETTINGS.items() if name not in {ACTIVE, ROLE}
}
"""What is set of people by Zou's columns, gravest first."""
PEOPLE = SetsFields(look=_look, requests=partial(puts, "data/persons"), changed_by=_by, again=_again)
