"""Metadata columns of a production: made, changed, deleted; by its managers, and supervisors of their departments."""

from collections.abc import Iterable, Mapping, Sequence, Set
from dataclasses import replace
from operator import itemgetter
from typing import Annotated, Any, Literal

import orjson
from pydantic import BaseModel, ConfigDict
from pydantic import Field as Argument

from kitsu_tools.arguments import KitsuHere
from kitsu_tools.gate.change import Change, Field, Item, Raw, Value
from kitsu_tools.gate.existence import Creates, Removes, comes, goes
from kitsu_tools.gate.sets_fields import SetsFields, Wanted
from kitsu_tools.tracker.addresses import encoded
from kitsu_tools.tracker.errors import BadInput, NotPermitted, counted, listed, quoted
from kitsu_tools.tracker.kitsu import Kitsu
from kitsu_tools.tracker.names import pick
from kitsu_tools.tracker.people import department_named
from kitsu_tools.write.setup.columns import (
    CHOICES,
    CLIENTS,
    DEPARTMENTS,
    LABELS,
    NAME,
    TYPE,
    after_of,
    choices_of,
    column_value,
    columns_of,
    entity_and_name,
    fields_of,
    key_of,
    look,
    making,
    removing,
    setting,
    values_of,
)
from kitsu_tools.write.setup.names import name_wanted
from kitsu_tools.write.setup.now import MANAGES, production_to_set_up
from kitsu_tools.write.snapshot import Snapshot, permitted
from kitsu_tools.write.tool import writes

MOST_COLUMNS = 50
LONGEST_NAME = 120
Of = Literal["asset", "shot", "sequence", "episode", "edit"]
Type = Literal["", "string", "number", "list", "taglist", "boolean", "checklist", "date", "url", "textarea", "person"]
CHOOSING = frozenset({"list", "taglist", "checklist"})
"""Types that have choices."""
BUILT_IN = frozenset({"frame in", "frame out", "fps", "max retakes", "resolution", "nb frames"})
"""What Kitsu itself keeps where the values of columns lie: a column of that name would show it, and take it along when
it is deleted.
"""
NO_WAY_BACK = "A deleted column does not come back, nor do its values."


class Column(BaseModel):
    """One column: what is left out stays, or is as Kitsu makes it."""

    model_config = ConfigDict(extra="forbid")

    of: Of
    name: str
    new_name: str = ""
    type: Type = ""
    choices: Annotated[Sequence[str], Argument(max_length=200)] = ()
    departments: Sequence[str] = ()
    for_clients: Literal["", "yes", "no"] = ""


@writes
async def change_columns(
    kitsu: KitsuHere,
    project: Annotated[str, Argument(description="name, id or page link")],
    do: Annotated[Literal["create", "change", "delete"], Argument(description="with all of them")],
    columns: Annotated[
        Sequence[Column],
        Argument(max_length=MOST_COLUMNS, description='choices, departments: all of them; ["none"] clears'),
    ],
) -> Change:
    """Create, change or delete metadata columns of a production, after the person you work for said yes in their own
    dialog. Deleting deletes their values for good. For its managers and admins, and supervisors of their departments.
    """
    if not columns:
        raise BadInput("columns: name at least one.")
    now = await production_to_set_up(kitsu, project, kitsu.directory.departments, roles=MANAGES | {"supervisor"})
    there = await columns_of(kitsu, now.project.id)
    if do == "create":
        return await _plan_new(kitsu, now, there, columns)
    named = {(record := _named(there, one))["id"]: (record, one) for one in columns}
    if len(named) < len(columns):
        raise BadInput("columns: the same one is given twice.")
    if do == "delete":
        return await _plan_removal(kitsu, "change_columns", now, [record for record, _ in named.values()])
    wanted = {one: await _wanted(kitsu, record, column) for one, (record, column) in named.items()}
    change = await _plan_fields(kitsu, "change_columns", now, there, wanted, "Change")
    if not change.items:
        raise BadInput("Every column is so already.")
    return change


async def _plan_new(
    kitsu: Kitsu, now: Snapshot, there: Sequence[Mapping[str, Any]], columns: Sequence[Column]
) -> Change:
    names, items, so = await kitsu.directory.departments.get(), list[Item](), list[str]()
    taken = [(one["entity_type"], one["name"]) for one in there]
    for column in columns:
        entity, name = column.of.capitalize(), name_wanted(column.name, "name", LONGEST_NAME)
        target, address = f"{now.project.id}/{entity}/{name}", _address(now, entity, name)
        fields = await _wanted(kitsu, {NAME: name}, column)
        same = next((one for one in there if (one["entity_type"], one["name"]) == (entity, name)), None)
        if same is not None and fields_of(same) == fields:
            so.append(address)
            continue
        _refuse_name(name, [other for of, other in taken if of == entity])
        taken.append((entity, name))
        values = {one: column_value(one, raw, names) for one, raw in fields.items() if one != NAME}
        shown = [Field(one, Value(None, ""), value, LABELS[one], value.shown) for one, value in values.items()]
        items.append(Item(address, target, address, (comes("new"), *shown)))
    if not items:
        raise BadInput(f"There already, and so: {listed(so)}.")
    await _permitted(kitsu, now, [after_of(item)[DEPARTMENTS] for item in items])
    held = await values_of(kitsu, now, {item.key: entity_and_name(item.target) for item in items})
    change = now.change(
        Change,
        items,
        items,
        kind="new columns",
        tool="change_columns",
        verb="Create",
        noun="column",
        warnings=tuple(
            f"Values under that name show in it: {_counted(item, held)}" for item in items if held[item.key]
        ),
        posts=False,
    )
    return replace(change, unchanged=tuple(so))


async def _plan_fields(
    kitsu: Kitsu, tool: str, now: Snapshot, there: Sequence[Mapping[str, Any]], wanted: Wanted, verb: str
) -> Change:
    names, by_id = await kitsu.directory.departments.get(), {one["id"]: one for one in there}
    items = [_item(now, by_id[one], {**fields_of(by_id[one]), **fields}, names) for one, fields in wanted.items()]
    moving = [item for item in items if item.changes]
    await _permitted(kitsu, now, [_both(item) for item in moving])
    records = {item.key: by_id[item.key] for item in moving}
    for key, record in records.items():
        if (name := str(wanted[key].get(NAME, record[NAME]))) != record[NAME]:
            of = record["entity_type"]
            others = [one[NAME] for one in there if one["entity_type"] == of and one["id"] != key]
            new = [str(one[NAME]) for other, one in wanted.items() if other != key and NAME in one]
            _refuse_name(name, [*others, *new])
    held = await values_of(kitsu, now, {key: (one["entity_type"], one[NAME]) for key, one in records.items()})
    return now.change(
        Change,
        items,
        moving,
        kind="columns",
        tool=tool,
        verb=verb,
        noun="column",
        warnings=tuple(says for item in moving for says in _consequences(item, held[item.key])),
        posts=False,
    )


def _consequences(item: Item, values: Sequence[Any]) -> Iterable[str]:
    """What becomes of the values of a column that is changed."""
    changed = {one.name: one for one in item.fields if one.changes}
    name = item.address.rpartition("/")[2]
    if NAME in changed and values:
        yield f"{name}: {counted(len(values), 'value')} move to the new name"
    if TYPE in changed and values:
        yield f"{name}: {counted(len(values), 'value')} stay as they were written"
    if CHOICES in changed:
        before, after = (set(choices_of(one.raw)) for one in (changed[CHOICES].before, changed[CHOICES].after))
        lost = sum(_chosen(one, before - after) for one in values)
        if lost:
            yield f"{name}: {counted(lost, 'value')} of choices that go stay"
    if CLIENTS in changed and changed[CLIENTS].after.raw:
        yield f"{name}: clients see it then"


def _chosen(value: object, choices: Set[str]) -> bool:
    """Whether a value is one of these choices, or holds one, as those of tag lists and check lists do."""
    return (
        value in choices
        if isinstance(value, str)
        else any(f'"{one}"' in orjson.dumps(value).decode() for one in choices)
    )


async def _plan_removal(kitsu: Kitsu, tool: str, now: Snapshot, records: Sequence[Mapping[str, Any]]) -> Change:
    """What deletes these columns, with their values counted."""
    await _permitted(kitsu, now, [tuple(one[DEPARTMENTS]) for one in records])
    held = await values_of(kitsu, now, {one["id"]: (one["entity_type"], one[NAME]) for one in records})
    items = [
        Item(
            one["id"],
            f"{now.project.id}/{one['id']}",
            _address(now, one["entity_type"], one[NAME]),
            (goes(f"DELETED with {counted(len(held[one['id']]), 'value')}"),),
        )
        for one in records
    ]
    return now.change(
        Change,
        items,
        items,
        kind="deleted columns",
        tool=tool,
        verb="DELETE for good",
        noun="column",
        warnings=(NO_WAY_BACK,),
        posts=False,
    )


def _item(now: Snapshot, record: Mapping[str, Any], wanted: Mapping[str, Raw], names: Mapping[str, str]) -> Item:
    before = {name: column_value(name, raw, names) for name, raw in fields_of(record).items()}
    fields = (Field(one, before[one], column_value(one, wanted[one], names), LABELS[one]) for one in LABELS)
    address = _address(now, record["entity_type"], record[NAME])
    return Item(record["id"], f"{now.project.id}/{record['id']}", address, tuple(fields))


def _address(now: Snapshot, entity: str, name: str) -> str:
    return f"{encoded(now.project.name)}/{entity} {encoded(name)}"


async def _wanted(kitsu: Kitsu, record: Mapping[str, Any], column: Column) -> dict[str, Raw]:
    """What a column is to be; what is left out stays."""
    wanted = fields_of(record)
    if column.new_name:
        wanted[NAME] = name_wanted(column.new_name, "new_name", LONGEST_NAME)
    wanted[TYPE] = column.type or wanted[TYPE]
    if column.choices:
        choices = (
            [] if _is_none(column.choices) else [name_wanted(one, "choices", LONGEST_NAME) for one in column.choices]
        )
        if len(set(choices)) < len(choices):
            raise BadInput(f"{column.name}: a choice is given twice.")
        wanted[CHOICES] = orjson.dumps(choices).decode()
    if column.departments:
        named: Sequence[str] = () if _is_none(column.departments) else column.departments
        wanted[DEPARTMENTS] = tuple(sorted({await department_named(kitsu, one) for one in named}))
    if column.for_clients:
        wanted[CLIENTS] = column.for_clients == "yes"
    if choices_of(wanted[CHOICES]) and wanted[TYPE] not in CHOOSING and (column.choices or column.type):
        raise BadInput(f"{column.name}: the type {wanted[TYPE]!r} has no choices; {listed(sorted(CHOOSING))} have.")
    return wanted


def _is_none(given: Sequence[str]) -> bool:
    return [one.strip().casefold() for one in given] == ["none"]


def _named(there: Sequence[Mapping[str, Any]], column: Column) -> Mapping[str, Any]:
    of = [one for one in there if one["entity_type"] == column.of.capitalize()]
    return pick(f"column of {column.of}s", column.name, of, itemgetter(NAME), itemgetter("id"))


def _refuse_name(name: str, taken: Sequence[str]) -> None:
    if not key_of(name):
        raise BadInput(
            f"name: {quoted(name)} has neither letter nor digit, of which Kitsu makes the key of its values."
        )
    if key_of(name) in BUILT_IN:
        raise BadInput(f"name: under {quoted(name)} Kitsu keeps values of its own, which the column would take along.")
    same = next((one for one in taken if key_of(one) == key_of(name)), None)
    if same is not None:
        raise BadInput(f"name: there is the column {quoted(same)} already. Take another name, or change that one.")


def _both(item: Item) -> tuple[str, ...]:
    """Departments before and after: both count for who may."""
    (field,) = [one for one in item.fields if one.name == DEPARTMENTS]
    raws = [one.raw if isinstance(one.raw, tuple) else () for one in (field.before, field.after)]
    return (*raws[0], *raws[1])


async def _permitted(kitsu: Kitsu, now: Snapshot, each: Sequence[Sequence[str]]) -> None:
    """Refuse a supervisor columns that are not of all of their departments (`check_all_departments_access`)."""

    async def judge(now: Snapshot) -> None:
        may = now.role in MANAGES or all(one and now.me.departments <= set(one) for one in each)
        if not may:
            raise NotPermitted(f"The role {now.role!r} changes only columns that are of its departments.")

    await permitted(kitsu, now, judge)


def _counted(item: Item, held: Mapping[str, Sequence[Any]]) -> str:
    return f"{item.address.rpartition('/')[2]} {len(held[item.key])}"


async def _by(kitsu: Kitsu, target: str) -> str:
    del kitsu, target
    return "somebody changed the column"


async def _again(kitsu: Kitsu, wanted: Wanted) -> Change:
    project_id = next(iter(wanted)).partition("/")[0]
    now = await production_to_set_up(kitsu, project_id, roles=MANAGES | {"supervisor"})
    fields = {target.partition("/")[2]: one for target, one in wanted.items()}
    there = await columns_of(kitsu, project_id)
    return await _plan_fields(kitsu, "undo_change", now, there, fields, "Take back the change of")


async def _removal(kitsu: Kitsu, change: Change, items: Sequence[Item], _: object) -> Change:
    """The deletion of columns that were made here and hold nothing yet."""
    now = await production_to_set_up(kitsu, change.project_id, roles=MANAGES | {"supervisor"})
    made = {item.made for item in items}
    records = [one for one in await columns_of(kitsu, now.project.id) if one["id"] in made]
    held = await values_of(kitsu, now, {one["id"]: (one["entity_type"], one[NAME]) for one in records})
    empty = [one for one in records if not held[one["id"]]]
    left = listed(one[NAME] for one in records if held[one["id"]])
    if not empty:
        raise BadInput(f"Values were written in the meantime, so nothing is deleted: {left}.")
    removal = await _plan_removal(kitsu, "undo_change", now, empty)
    return replace(
        removal, warnings=(*([f"Hold values by now, so they stay: {left}"] if left else []), *removal.warnings)
    )


COLUMNS = SetsFields(look=look, requests=setting, changed_by=_by, again=_again)
MADE = Creates(look=look, requests=making, changed_by=_by, removal=_removal)
GONE = Removes(look=look, requests=removing, changed_by=_by, no_way_back=NO_WAY_BACK)
