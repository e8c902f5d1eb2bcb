"""Filters an agent writes as text.

`Layout=done`, `Animation!=todo,wip`, `name=SH01*`, `assignee=Theo Marchand`, `difficulty=hard`.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from fnmatch import fnmatchcase
from typing import Any

from kitsu_tools.tracker.clock import day
from kitsu_tools.tracker.errors import BadInput, NotPermitted, Unknown, listed
from kitsu_tools.tracker.kitsu import PLANS_HIDDEN, Kitsu
from kitsu_tools.tracker.model import Entity, Project, Task
from kitsu_tools.tracker.names import matching
from kitsu_tools.tracker.statuses import ROLES, Role, Status

Fits = Callable[[Entity], bool]

_AS_SHOWN = {"yes": "true", "no": "false"}

NOT_OVERDUE: frozenset[Role] = frozenset({"done", "omitted"})


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
            raise BadInput(f"where: {text!r} is no filter. Write Layout=done, Animation!=todo,wip or name=SH01*.")
        return cls(key, negated, wanted)


async def entity_filter(kitsu: Kitsu, project: Project, where: Sequence[str], entity_type: str) -> Fits:
    """One test for all filters. `entity_type` ("Shot", "Asset") says whose metadata columns there are.

    Raises:
        BadInput: a filter's key is no task type, no column and none of name, description and assignee.
    """
    tests = [await _test(kitsu, project, Condition.of(text), entity_type) for text in where]
    return lambda entity: all(test(entity) for test in tests)


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
        raise Unknown(f"{error} Roles are {listed(ROLES)}.") from None


async def due_filter(kitsu: Kitsu, project: Project, due: str) -> tuple[Callable[[Task], bool], str]:
    """A test of due dates, and the phrase that says which day it took for today (empty when it needed none).

    `due` is `overdue` (before today and neither done nor omitted), `today`, a date, or FROM..TO with either end open.

    Raises:
        NotPermitted: the role may not see dates, and would take every task for one without.
    """
    await _require_plans(kitsu, project, "due")
    if due in {"overdue", "today"}:
        clock = await kitsu.clock()
        today = clock.today().isoformat()
        if due == "today":
            return (lambda task: task.due == today), clock.stamp()
        statuses = await kitsu.directory.statuses.get()
        closed = {status.id for status in statuses.values() if status.role in NOT_OVERDUE}
        return (lambda task: "" < task.due < today and task.status_id not in closed), clock.stamp()
    first, dots, last = due.partition("..")
    begin = day(first, "due").isoformat() if first else date.min.isoformat()
    end = (day(last, "due").isoformat() if last else date.max.isoformat()) if dots else begin
    if begin > end:
        raise BadInput(f"due: {due!r} ends before it begins. Write FROM..TO with the earlier date first.")
    return (lambda task: bool(task.due) and begin <= task.due <= end), ""


async def assignee_filter(kitsu: Kitsu, project: Project, assignee: str) -> Callable[[Task], bool]:
    """A test of who is assigned: a full name, `me` or `nobody`.

    Raises:
        NotPermitted: the role may not see who is assigned, and would take every task for nobody's.
    """
    await _require_plans(kitsu, project, "assignee")
    if assignee.casefold() == "nobody":
        return lambda task: not task.assignees
    if assignee.casefold() == "me":
        me = (await kitsu.directory.me.get()).id
        return lambda task: me in task.assignees
    person = (await kitsu.directory.person(assignee)).id
    return lambda task: person in task.assignees


async def _require_plans(kitsu: Kitsu, project: Project, argument: str) -> None:
    if not await kitsu.sees_plans(project):
        raise NotPermitted(f"{argument}: {PLANS_HIDDEN}. Ask without it.")


async def _test(kitsu: Kitsu, project: Project, condition: Condition, entity_type: str) -> Fits:
    positive = await _positive(kitsu, project, condition, entity_type)
    return (lambda entity: not positive(entity)) if condition.negated else positive


async def _positive(kitsu: Kitsu, project: Project, condition: Condition, entity_type: str) -> Fits:
    key = condition.key.casefold()
    if key in {"name", "description"}:
        return _text_test(key, condition.values)
    if key == "assignee":
        people = [await assignee_filter(kitsu, project, name) for name in condition.values]
        return lambda entity: any(fits(task) for task in entity.tasks for fits in people)
    columns = [column for column in project.columns if column.entity_type == entity_type]
    for column in columns:
        if key in {column.name.casefold(), column.field_name.casefold()}:
            return _column_test(column.field_name, condition.values)
    types = await kitsu.directory.task_types.get()
    named = [one for one in types.values() if one.for_entity == entity_type]
    found = {one.id for one in matching(condition.key, named, lambda task_type: task_type.name)}
    if not found:
        keys = ["name", "description", "assignee", *(column.name for column in columns), *(one.name for one in named)]
        raise Unknown(f"where: nothing to filter by is called {condition.key!r}. There are: {listed(keys, 40)}.")
    statuses = await statuses_named(kitsu, condition.values)
    return lambda entity: any(task.type_id in found and task.status_id in statuses for task in entity.tasks)


def _text_test(field: str, patterns: tuple[str, ...]) -> Fits:
    folded = [pattern.casefold() for pattern in patterns]
    globs = [pattern if any(mark in pattern for mark in "*?[") else f"*{pattern}*" for pattern in folded]
    if field == "name":
        globs = folded
    return lambda entity: any(fnmatchcase(str(getattr(entity, field)).casefold(), glob) for glob in globs)


def _column_test(field_name: str, values: tuple[str, ...]) -> Fits:
    def compared(text: str) -> str:
        return _AS_SHOWN.get(text.casefold(), text.casefold())

    wanted = set(map(compared, values))

    def fits(entity: Entity) -> bool:
        return compared(as_text(entity.data.get(field_name))) in wanted

    return fits


def as_text(value: Any) -> str:  # noqa: ANN401  metadata values are whatever the column's type holds
    """A metadata value as it is compared and shown. Kitsu's page keeps booleans as the words true and false."""
    match value:
        case None:
            return ""
        case bool():
            return "true" if value else "false"
        case list():
            return ", ".join(as_text(one) for one in value)  # pyright: ignore[reportUnknownVariableType]  JSON
        case _:
            return str(value)
