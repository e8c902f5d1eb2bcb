"""The tests that an agent's filters stand for."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence, Set
from contextlib import suppress
from dataclasses import dataclass, replace
from fnmatch import fnmatchcase
from itertools import chain
from typing import Generic, TypeVar
from urllib.parse import unquote

from kitsu_tools.answers import WRITTEN_IN_KITSU, shortened
from kitsu_tools.conditions import Condition, all_named, in_quotes, one_of, plain, values_of
from kitsu_tools.metadata import EXPLICITLY, as_text, column_named, items_of
from kitsu_tools.tracker.cached import ById
from kitsu_tools.tracker.errors import NotPermitted, Unknown, listed, quoted
from kitsu_tools.tracker.kitsu import Kitsu
from kitsu_tools.tracker.model import Column, Entity, Person, Project, Task, TaskType
from kitsu_tools.tracker.names import did_you_mean, first_last, matching
from kitsu_tools.tracker.statuses import ROLES, Status
from kitsu_tools.unseen import visible

T = TypeVar("T")

_AS_SHOWN = {"yes": "true", "no": "false"}
_MOST_VALUES = 12
_LONGEST_VALUE = 100  # characters

OWN_KEYS = ("name", "description", "assignee")
NAME_ALONE = "name is the last part of an address alone; what stands before it goes into `under`"


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


async def entity_filters(
    kitsu: Kitsu, project: Project, where: Sequence[str], entity_type: str, among: Sequence[Entity]
) -> Filters[Entity]:
    """The tests that filters stand for, on these entities. `entity_type` ("Shot", "Asset") says whose metadata columns
    and task types there are.

    Raises:
        BadInput: a filter's key is no task type, no column and none of name, description and assignee.
    """
    if not where:
        return Filters(())
    columns = [column for column in project.columns if column.entity_type == entity_type]
    every = (await kitsu.directory.task_types.get()).values()
    types = [one for one in every if one.for_entity == entity_type]
    named = [*(one.name for one in columns), *(one.name for one in types)]
    keys = [*OWN_KEYS, *named, *(one.field_name for one in columns), *(f"{EXPLICITLY}{one.name}" for one in columns)]
    conditions = [condition for text in where for condition in Condition.all_in(text, keys)]
    return Filters([await _test(kitsu, project, one, columns, types, among) for one in conditions])


async def statuses_named(kitsu: Kitsu, wanted: Sequence[str]) -> frozenset[str]:
    """Ids of the statuses that names, short names or roles stand for; one text may name several, see `values_of`.

    A role goes before a status of that name.
    """
    known = (await kitsu.directory.statuses.get()).values()
    found: set[str] = set()
    for name in all_named(wanted, _status_names(known)):
        if name.casefold() in ROLES:
            found |= {status.id for status in known if status.role == name.casefold()}
        else:
            found.add((await status_or_role(kitsu, name)).id)
    return frozenset(found)


async def types_named(kitsu: Kitsu, wanted: str) -> frozenset[str]:
    """Ids of the task types that a text names, of every kind of entity that has one of that name.

    Raises:
        Unknown, Ambiguous: the message lists the candidates.
    """
    known = [one.name for one in (await kitsu.directory.task_types.get()).values()]
    named = [await kitsu.directory.task_type(name) for name in all_named([wanted], known)]
    return frozenset(one.id for same in named for one in same)


async def _statuses_in(kitsu: Kitsu, text: str) -> list[str]:
    """The names of statuses that a text holds, as they were written; empty ones are those of `""`."""
    return values_of(text, one_of(_status_names((await kitsu.directory.statuses.get()).values())))


def _status_names(statuses: Iterable[Status]) -> Iterator[str]:
    return (name for status in statuses for name in (status.name, status.short_name))


async def status_or_role(kitsu: Kitsu, name: str) -> Status:
    """A status by name; the error also lists the roles."""
    try:
        return await kitsu.directory.status(name)
    except Unknown as error:
        meant = matching(name, ROLES, str)
        hint = did_you_mean(meant, "the role ")
        raise Unknown(f"No status {quoted(name)}. {hint}" if hint else f"{error} Roles are {listed(ROLES)}.") from None


async def assignee_filter(kitsu: Kitsu, project: Project, assignee: str) -> Filter[Task]:
    """A test of who is assigned: any of the full names (see `values_of`), `me` or `nobody` that the text holds.

    Raises:
        NotPermitted: the role may not see who is assigned, and would take every task for nobody's.
    """
    await require_plans(kitsu, project, "assignee")
    everyone = (await kitsu.directory.people.get()).values()
    names = {plain(name) for person in everyone for name in (person.name, person.label)}
    wanted: set[str] = set()
    nobody, note = False, ""

    def knows(text: str) -> bool:
        return plain(text) in names or plain(first_last(text)) in names

    for name in values_of(assignee, knows) or [assignee]:
        match name.casefold():
            case "nobody" | "":
                nobody = True
            case "me":
                me = await kitsu.directory.me.get()
                note = f"me is the bot {me.name!r}: for a person's tasks name the person" if me.is_bot else ""
                wanted.add(me.id)
            case _:
                wanted.add((await kitsu.directory.person(name)).id)
    return Filter(lambda task: not wanted.isdisjoint(task.assignees) if task.assignees else nobody, note)


async def require_plans(kitsu: Kitsu, project: Project, argument: str) -> None:
    """Refuse an argument about what the role is shown as empty everywhere.

    Raises:
        NotPermitted: it is a client's; `argument` names the argument.
    """
    if hidden := (await kitsu.hidden(project)).plans:
        raise NotPermitted(f"{argument}: {hidden}. Ask without it.")


async def _test(
    kitsu: Kitsu,
    project: Project,
    condition: Condition,
    columns: Sequence[Column],
    types: Sequence[TaskType],
    among: Sequence[Entity],
) -> Filter[Entity]:
    key = condition.key.casefold()
    column = column_named(columns, condition.key)
    if key in OWN_KEYS:
        test = await _own_test(kitsu, project, key, condition, among)
        return replace(test, note=test.note or _shared_name(column, f"the {key} itself"))
    found = {one.id for one in matching(condition.key, types, lambda task_type: task_type.name)}
    if column is not None:
        same = any(plain(one.name) == plain(key) for one in types)
        if not same or not await _are_statuses(kitsu, condition.value):
            people = await kitsu.directory.people.get() if column.data_type == "person" else ById[Person]()
            test = _column_test(column, condition, people, among)
            return replace(test, note=_shared_name(column, "the column") if same else "")
    if not found:
        named = [*OWN_KEYS, *(one.name for one in columns), *(one.name for one in types)]
        compares = "" if condition.key[-1] not in "<>~" else " Only = and != compare."
        raise Unknown(
            f"where: nothing to filter by is called {quoted(condition.key)}.{compares} There are: {listed(named, 40)}."
        )
    test = await _status_test(kitsu, condition, found, types[0].for_entity.lower())
    return replace(test, note=_shared_name(column, "the task type"))


def _shared_name(column: Column | None, taken_for: str) -> str:
    if column is None:
        return ""
    return f"{column.name} is a metadata column too; here it is {taken_for}. {EXPLICITLY}{column.name}=… is the column"


async def _are_statuses(kitsu: Kitsu, text: str) -> bool:
    """True where all that a text names are statuses or roles, by their whole names."""
    names = set(map(plain, _status_names((await kitsu.directory.statuses.get()).values())))
    values = set(map(plain, await _statuses_in(kitsu, text)))
    return bool(values) and values <= names.union(ROLES)


async def _status_test(kitsu: Kitsu, condition: Condition, types: Set[str], kind: str) -> Filter[Entity]:
    """A test of tasks of these types; `""` is to have none of them."""
    names, negated = await _statuses_in(kitsu, condition.value), condition.negated
    if not names:
        sign, having = ("!=", "with such a task") if negated else ("=", "without such a task")
        raise condition.refusal(f'Name a status, or write {condition.key}{sign}"" for {kind}s {having}.')
    statuses = await statuses_named(kitsu, [name for name in names if name])

    def fits(entity: Entity) -> bool:
        # Negated, it asks for tasks in other statuses: an entity without such a task has none, and one half done has.
        tasks = [task for task in entity.tasks if task.type_id in types]
        return any((task.status_id in statuses) != negated for task in tasks) or not (tasks or negated or all(names))

    return Filter(fits)


async def _own_test(
    kitsu: Kitsu, project: Project, key: str, condition: Condition, among: Sequence[Entity]
) -> Filter[Entity]:
    """A test of a name, a description, or of whom the tasks are assigned to."""
    if key == "assignee":
        people = await assignee_filter(kitsu, project, condition.value or "nobody")
        return Filter(lambda entity: any(map(people.fits, entity.tasks)) != condition.negated, people.note)
    if key == "name" and not condition.value:
        raise condition.refusal("Every name has something in it.")

    def text_of(entity: Entity) -> str:
        return visible(entity.name if key == "name" else entity.description).casefold()

    def is_like(text: str, pattern: str) -> bool:
        same = text == pattern if key == "name" or not pattern else pattern in text
        return same or fnmatchcase(text, pattern)

    def knows(pattern: str) -> bool:
        return any(is_like(text, pattern.casefold()) for text in map(text_of, among) if "," in text or "[" in pattern)

    patterns = [visible(pattern).casefold() for pattern in values_of(condition.value, knows)] or [""]
    hint = NAME_ALONE if key == "name" and any("/" in pattern for pattern in patterns) else ""
    if key == "name":  # as an address writes it, too
        patterns += [visible(unquote(pattern)).casefold() for pattern in patterns if "%" in pattern]
    return Filter(
        lambda entity: any(is_like(text_of(entity), pattern) for pattern in patterns) != condition.negated,
        hint=lambda _: hint,
    )


def _column_test(
    column: Column, condition: Condition, people: Mapping[str, Person], among: Sequence[Entity]
) -> Filter[Entity]:
    """A test of a metadata value as it is shown, and of each tag or tick of a list; `""` is to have none."""
    labels = {plain(person.label) for person in people.values()}

    def shown(entity: Entity) -> str:
        return as_text(entity.data.get(column.field_name), column, people)

    def parts(entity: Entity) -> list[str]:
        return [shown(entity), *items_of(entity.data.get(column.field_name), column)]

    def compared(text: str) -> str | float:
        if column.data_type == "number":
            with suppress(ValueError):
                return float(text)
        name = plain(first_last(text) if labels else text)
        return _AS_SHOWN.get(name, name)

    known = one_of(chain(column.choices, (part for entity in among for part in parts(entity))))

    def knows(text: str) -> bool:
        return known(text) or plain(first_last(text)) in labels

    wanted = set(map(compared, values_of(condition.value, knows) or [""]))

    def fits(entity: Entity) -> bool:
        return (not wanted.isdisjoint(map(compared, parts(entity)))) != condition.negated

    def hint(among: Sequence[Entity]) -> str:
        if any(map(fits, among)):
            return ""
        values = sorted({shortened(in_quotes(shown(entity)), _LONGEST_VALUE) or "(empty)" for entity in among})
        return f"{column.name} {WRITTEN_IN_KITSU} has the values {listed(values, _MOST_VALUES)}"

    return Filter(fits, hint=hint)
