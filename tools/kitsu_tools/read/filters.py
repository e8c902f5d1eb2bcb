"""Filters an agent writes as text.

`Layout=done`, `Animation!=todo,wip`, `name=SH01*`, `assignee=Theo Marchand`, `difficulty=hard`.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from fnmatch import fnmatchcase
from typing import Generic, TypeVar

from kitsu_tools.answers import WRITTEN_IN_KITSU, shortened
from kitsu_tools.read.metadata import OF_ITEMS, as_text
from kitsu_tools.tracker.clock import day
from kitsu_tools.tracker.errors import BadInput, NotPermitted, Unknown, listed, quoted
from kitsu_tools.tracker.held import ById
from kitsu_tools.tracker.kitsu import PLANS_HIDDEN, Kitsu
from kitsu_tools.tracker.model import Column, Entity, Person, Project, Task
from kitsu_tools.tracker.names import matching
from kitsu_tools.tracker.statuses import ROLES, Role, Status

T = TypeVar("T")

_AS_SHOWN = {"yes": "true", "no": "false"}
_DAYS = {"yesterday": -1, "today": 0, "tomorrow": 1}
_DAY_WORDS = "overdue, yesterday, today, tomorrow or this week"
_VALUES_SHOWN = 12
_VALUE_SHOWN = 100  # characters

NAME_ALONE = "name is the last part of an address alone; what stands before it goes into `under`"
NOT_OVERDUE: frozenset[Role] = frozenset({"done", "omitted"})


@dataclass(frozen=True, slots=True)
class Filter(Generic[T]):
    """One test. `note` is what an answer says of it in any case, `hint` what it says when nothing at all passed."""

    fits: Callable[[T], bool]
    note: str = ""
    hint: Callable[[Sequence[T]], str] = lambda _: ""


@dataclass(frozen=True, slots=True)
class Filters(Generic[T]):
    """Several tests, all of which must hold."""

    tests: Sequence[Filter[T]]

    def fits(self, thing: T) -> bool:
        """True for what passes every test."""
        return all(test.fits(thing) for test in self.tests)

    def notes(self, among: Sequence[T], found: Sequence[T]) -> list[str]:
        """What an answer says about its filters: whom one took for whom, and why there may be no rows."""
        hints = [test.hint(among) for test in self.tests] if among and not found else []
        return list(dict.fromkeys(filter(None, [*(test.note for test in self.tests), *hints])))


@dataclass(frozen=True, slots=True)
class Condition:
    """One filter as it was written."""

    key: str
    negated: bool
    values: tuple[str, ...]

    @classmethod
    def of(cls, text: str) -> "Condition":
        """Read `key=value,value` or `key!=value`.

        Raises:
            BadInput: it is neither.
        """
        key, equals, values = text.partition("=")
        wanted = tuple(part.strip() for part in values.split(",") if part.strip())
        negated = key.endswith("!")
        key = key.rstrip("!").strip()
        if not equals or not key or not wanted:
            raise BadInput(f"where: {quoted(text)} is no filter. Write Layout=done, Animation!=todo,wip or name=SH01*.")
        return cls(key, negated, wanted)


async def entity_filters(kitsu: Kitsu, project: Project, where: Sequence[str], entity_type: str) -> Filters[Entity]:
    """The tests that filters stand for. `entity_type` ("Shot", "Asset") says whose metadata columns there are.

    Raises:
        BadInput: a filter's key is no task type, no column and none of name, description and assignee.
    """
    return Filters([await _test(kitsu, project, Condition.of(text), entity_type) for text in where])


async def statuses_named(kitsu: Kitsu, wanted: Sequence[str]) -> frozenset[str]:
    """Ids of the statuses that names, short names or roles stand for. A role goes before a status of that name."""
    known = (await kitsu.directory.statuses.get()).values()
    found: set[str] = set()
    for name in wanted:
        if name.casefold() in ROLES:
            found |= {status.id for status in known if status.role == name.casefold()}
        else:
            found.add((await status_or_role(kitsu, name)).id)
    return frozenset(found)


async def status_or_role(kitsu: Kitsu, name: str) -> Status:
    """A status by name; the error also lists the roles."""
    try:
        return await kitsu.directory.status(name)
    except Unknown as error:
        meant = matching(name, ROLES, str)
        hint = f"Did you mean the role {listed(meant)}?" if meant else ""
        raise Unknown(f"No status {quoted(name)}. {hint}" if hint else f"{error} Roles are {listed(ROLES)}.") from None


async def due_filter(kitsu: Kitsu, project: Project, due: str) -> tuple[Filter[Task], str]:
    """A test of due dates, and the phrase that says which day it took for today (empty when it needed none).

    `due` is `overdue` (before today and neither done nor omitted), `this week` (from Monday), a day, or FROM..TO with
    either end open; a day is a date, `yesterday`, `today` or `tomorrow`.

    Raises:
        NotPermitted: the role may not see dates, and would take every task for one without.
    """
    await require_plans(kitsu, project, "due")
    wanted, clock = due.strip().casefold(), await kitsu.clock()
    today = clock.today()
    if wanted == "overdue":
        statuses = await kitsu.directory.statuses.get()
        closed = {status.id for status in statuses.values() if status.role in NOT_OVERDUE}
        before = today.isoformat()
        return Filter(lambda task: "" < task.due < before and task.status_id not in closed), clock.stamp()
    first, last = _span(wanted, today)
    if first > last:
        raise BadInput(f"due: {quoted(due)} ends before it begins. Write FROM..TO with the earlier date first.")
    words = any(word in wanted for word in (*_DAYS, "this week"))
    return Filter(lambda task: bool(task.due) and first <= task.due <= last), clock.stamp() if words else ""


def _span(wanted: str, today: date) -> tuple[str, str]:
    """The first and the last day that are meant, as YYYY-MM-DD."""
    if wanted == "this week":
        monday = today - timedelta(days=today.weekday())
        return monday.isoformat(), (monday + timedelta(days=6)).isoformat()
    first, dots, last = (part.strip() for part in wanted.partition(".."))
    if not dots:
        return _day(first, today), _day(first, today)
    return _day(first, today) if first else date.min.isoformat(), _day(last, today) if last else date.max.isoformat()


def _day(text: str, today: date) -> str:
    if text in _DAYS:
        return (today + timedelta(days=_DAYS[text])).isoformat()
    try:
        return day(text, "due").isoformat()
    except BadInput as error:
        raise BadInput(f"{error} Or {_DAY_WORDS}.") from None


async def assignee_filter(kitsu: Kitsu, project: Project, assignee: str) -> Filter[Task]:
    """A test of who is assigned: a full name, `me` or `nobody`.

    Raises:
        NotPermitted: the role may not see who is assigned, and would take every task for nobody's.
    """
    await require_plans(kitsu, project, "assignee")
    match assignee.strip().casefold():
        case "nobody":
            return Filter(lambda task: not task.assignees)
        case "me":
            me = await kitsu.directory.me.get()
            note = f"me is the bot {me.name!r}: for a person's tasks name the person" if me.is_bot else ""
            return Filter(lambda task: me.id in task.assignees, note)
        case _:
            person = (await kitsu.directory.person(assignee)).id
            return Filter(lambda task: person in task.assignees)


async def require_plans(kitsu: Kitsu, project: Project, argument: str) -> None:
    """Refuse an argument about what the role is shown as empty everywhere.

    Raises:
        NotPermitted: it is a client's; `argument` names the argument.
    """
    if not await kitsu.sees_plans(project):
        raise NotPermitted(f"{argument}: {PLANS_HIDDEN}. Ask without it.")


async def _test(kitsu: Kitsu, project: Project, condition: Condition, entity_type: str) -> Filter[Entity]:
    key = condition.key.casefold()
    if key in {"name", "description"}:
        return _text_test(key, condition)
    if key == "assignee":
        people = [await assignee_filter(kitsu, project, name) for name in condition.values]
        note = next((one.note for one in people if one.note), "")
        return Filter(
            lambda entity: any(one.fits(task) for task in entity.tasks for one in people) != condition.negated, note
        )
    columns = [column for column in project.columns if column.entity_type == entity_type]
    for column in columns:
        if key in {column.name.casefold(), column.field_name.casefold()}:
            people = await kitsu.directory.people.get() if column.data_type == "person" else ById[Person]()
            return _column_test(column, condition, people)
    types = await kitsu.directory.task_types.get()
    named = [one for one in types.values() if one.for_entity == entity_type]
    found = {one.id for one in matching(condition.key, named, lambda task_type: task_type.name)}
    if not found:
        keys = ["name", "description", "assignee", *(column.name for column in columns), *(one.name for one in named)]
        raise Unknown(f"where: nothing to filter by is called {quoted(condition.key)}. There are: {listed(keys, 40)}.")
    statuses = await statuses_named(kitsu, condition.values)
    # Negated, it asks for tasks in other statuses: an entity without such a task has none, and one half done has.
    return Filter(
        lambda entity: any(
            task.type_id in found and (task.status_id in statuses) != condition.negated for task in entity.tasks
        )
    )


def _text_test(field: str, condition: Condition) -> Filter[Entity]:
    folded = [pattern.casefold() for pattern in condition.values]
    globs = [pattern if any(mark in pattern for mark in "*?[") else f"*{pattern}*" for pattern in folded]
    if field == "name":
        globs = folded

    def fits(entity: Entity) -> bool:
        return any(fnmatchcase(str(getattr(entity, field)).casefold(), glob) for glob in globs) != condition.negated

    hint = NAME_ALONE if field == "name" and any("/" in glob for glob in globs) else ""
    return Filter(fits, hint=lambda _: hint)


def _column_test(column: Column, condition: Condition, people: Mapping[str, Person]) -> Filter[Entity]:
    """A test of a metadata value as it is shown; of a list of tags or ticks, of each of them."""

    def shown(entity: Entity) -> str:
        return as_text(entity.data.get(column.field_name), column, people)

    def compared(text: str) -> str:
        return _AS_SHOWN.get(text.casefold(), text.casefold())

    wanted = set(map(compared, condition.values))

    def fits(entity: Entity) -> bool:
        text = shown(entity)
        parts = text.split(", ") if column.data_type in OF_ITEMS else [text]
        return (not wanted.isdisjoint(map(compared, parts))) != condition.negated

    def hint(among: Sequence[Entity]) -> str:
        if any(map(fits, among)):
            return ""
        values = sorted({shortened(shown(entity), _VALUE_SHOWN) or "(empty)" for entity in among})
        return f"{column.name} {WRITTEN_IN_KITSU} has the values {listed(values, _VALUES_SHOWN)}"

    return Filter(fits, hint=hint)
