"""`change_studio`: task types, statuses, asset types, departments and automations, which every production may use.

One request a record. Which status is the default is not set from here: Zou 1.0.97 takes that flag from the first status
it finds with it, also from that of concepts, and takes it even where it then refuses the rest. What is deleted is used
by nothing, so an undo makes it anew.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict
from pydantic import Field as Argument

from kitsu_tools.arguments import KitsuHere
from kitsu_tools.gate.change import Change, Field, Item, Raw, Request, Value
from kitsu_tools.gate.existence import ABSENT, THERE, MakesAndSets, comes, goes, present
from kitsu_tools.gate.kind import Looked
from kitsu_tools.gate.sets_fields import Wanted
from kitsu_tools.tracker.addresses import encoded
from kitsu_tools.tracker.errors import BadInput, listed, quoted
from kitsu_tools.tracker.kitsu import Kitsu
from kitsu_tools.write.setup.settings import AS_TEXTS
from kitsu_tools.write.studio.now import admin_of_all
from kitsu_tools.write.studio.parts import GREY, NAME, OF, ONLY_WHEN_MADE, PARTS, THEN, WHEN, What
from kitsu_tools.write.studio.records import (
    Records,
    body_of,
    called,
    found,
    held,
    is_gone,
    is_new,
    named_in,
    one_named,
    records_of,
    setting_of,
    target_of,
    value_of,
    what_of,
)
from kitsu_tools.write.studio.refusals import consequences, refuse_circles, refuse_default, refuse_names
from kitsu_tools.write.studio.used import said, uses_of
from kitsu_tools.write.tool import writes

MOST = 50
WHAT = "the records of the studio"
NEEDED: Mapping[What, Sequence[str]] = {
    "task type": (OF,),
    "task status": ("short_name",),
    "automation": (OF, WHEN, THEN),
}


class Row(BaseModel):
    """One record of the studio."""

    model_config = ConfigDict(extra="forbid")

    what: What
    do: Literal["create", "change", "delete"]
    name: str = ""
    set: Annotated[Mapping[str, str], AS_TEXTS] = {}


@writes
async def change_studio(
    kitsu: KitsuHere,
    rows: Annotated[
        Sequence[Row],
        Argument(
            min_length=1,
            max_length=MOST,
            description="name: as get_studio has it, new automations have none. New: a task type needs of, a status "
            "short_name, an automation of, when and then. set: archived=yes, name, short_name, "
            "description, color, is_done, is_retake, is_artist_allowed …; task type: of (shot …), department; asset "
            "type: task_types; automation: of, when (Layout=done), then (Animation=ready; of assets also the shot task "
            "type that they are ready for)",
        ),
    ],
) -> Change:
    """Create, change, archive or delete task types, statuses, asset types, departments and status automations of the
    whole studio, after the person you work for said yes in their own dialog. What is used can be archived, not deleted.
    change_project has a production use them. For admins.
    """
    await admin_of_all(kitsu, WHAT)
    records, today = await records_of(kitsu), (await kitsu.clock()).today()
    wanted: dict[str, dict[str, Raw]] = {}
    for row in rows:
        settings, made = PARTS[row.what].settings, row.do == "create"
        if odd := [one for one in row.set if one not in settings or (one in ONLY_WHEN_MADE and not made)]:
            raise BadInput(_odd(row.what, odd, made))
        if row.do == "delete" and row.set:
            raise BadInput(f"{row.what} {quoted(row.name)}: to delete it, set nothing.")
        one = "" if made else one_named(row.what, row.name, records)
        given = {**row.set, NAME: row.name} if made and row.what != "automation" else row.set
        of = str(held(row.what, records[row.what][one])[OF] if one and OF in settings else given.get(OF, "")).casefold()
        fields = {
            name: setting_of(row.what, name, given[name], of, records, today) for name in settings if name in given
        }
        target = f"{row.what}/{one}"
        if made:
            target, fields = _new(row, fields)
        if target in wanted:
            name = row.name or called(row.what, fields, records)
            raise BadInput(f"rows: the {row.what} {quoted(name)} is there twice. Say all of it in one.")
        wanted[target] = {THERE: row.do != "delete", **fields}
    change = await plan_studio(kitsu, "change_studio", records, wanted)
    if not change.items:
        raise BadInput("All of it is so already.")
    return change


def _odd(what: What, odd: Sequence[str], made: bool) -> str:
    if "is_default" in odd:
        return (
            "is_default: Kitsu takes it from the first status that it finds with it, be it that of tasks or that of "
            "concepts, so it is set in Kitsu alone."
        )
    there = [one for one in PARTS[what].settings if made or one not in ONLY_WHEN_MADE]
    return (
        f"set: {listed(odd)} cannot be set of a {what}{' that is there' * (not made)}. These can: {listed(there, 20)}."
    )


def _new(row: Row, fields: dict[str, Raw]) -> tuple[str, dict[str, Raw]]:
    """What a new record is found by, and what it is to be."""
    if missing := [one for one in NEEDED.get(row.what, ()) if not fields.get(one)]:
        raise BadInput(f"A new {row.what} needs {listed(missing)} in set.")
    if row.what == "automation":
        if row.name:
            raise BadInput("An automation has no name: it is called by what it does. Leave the name out.")
        return target_of("automation", fields), fields
    if NAME in row.set:
        raise BadInput(f"{quoted(row.name)}: a new {row.what} has one name. Leave it out of set.")
    grey = {"color": GREY} if row.what in {"task status", "department"} else {}
    return target_of(row.what, fields), {**grey, **fields}


async def plan_studio(kitsu: Kitsu, tool: str, records: Records, wanted: Wanted) -> Change:
    """What makes these records so, by their targets.

    Raises:
        BadInput: they cannot be so, or something uses what would be deleted.
    """
    for target in wanted:
        what, record = what_of(target), found(records, target)
        if record and named_in(target) and f"{what}/{record['id']}" in wanted:
            name = _address(what, held(what, record), records)
            raise BadInput(f"{name} is there, and changed in the same call. Create the new one afterwards.")
    items = [_item(records, target, fields) for target, fields in wanted.items()]
    moving = tuple(item for item in items if item.changes)
    refuse_names(records, moving)
    refuse_circles(records, moving)
    for item in moving:
        refuse_default(records, item)
    verb = "Create" if all(map(is_new, moving)) else "DELETE for good" if all(map(is_gone, moving)) else "Change"
    return Change(
        kind="studio",
        tool=tool,
        project_id="",
        project="the studio",
        verb=f"Take back: {verb}" if tool == "undo_change" else verb,
        noun="record",
        items=moving,
        unchanged=tuple(item.address for item in items if not item.changes),
        warnings=tuple(await consequences(kitsu, moving)),
        posts=False,
    )


def _item(records: Records, target: str, wanted: Mapping[str, Raw]) -> Item:
    what, record, named = what_of(target), found(records, target), named_in(target)
    before = held(what, record) if record else named
    after = {name: wanted[name] for name in PARTS[what].settings if name in wanted}

    if record and named and any(before[name] != raw for name, raw in after.items()):
        raise BadInput(f"There is the {what} {quoted(called(what, before, records))} already, which is otherwise.")

    def shown(name: str, raw: Raw) -> Value:
        return value_of(what, name, raw, records)

    if record and not wanted[THERE]:
        same = {name: shown(name, raw) for name, raw in before.items()}
        fields = [goes("DELETED"), *(Field(name, one, one, _label(name)) for name, one in same.items())]
    elif record:
        fields = [Field(name, shown(name, before[name]), shown(name, raw), _label(name)) for name, raw in after.items()]
    else:
        new = ((name, shown(name, raw)) for name, raw in after.items() if raw is not None and name not in named)
        fields = [comes("new"), *(Field(name, Value(None, ""), one, _label(name), one.shown) for name, one in new)]
    text = next((str(one.after.raw) for one in fields if one.name == "description" and one.changes), "")
    return Item(target, target, _address(what, before, records), tuple(fields), text)


def _address(what: What, fields: Mapping[str, Raw], records: Records) -> str:
    """What a person knows a record by: of task types of one name also what they are of."""
    name = called(what, fields, records)
    if what == "task type" and [one[NAME] for one in records[what].values()].count(name) > 1:
        name = f"{fields[OF] or 'Asset'} {name}"
    return f"{what.capitalize()} {encoded(name.replace(': ', ' – ') if what == 'automation' else name)}"


def _label(name: str) -> str:
    return "" if name in {NAME, WHEN, THEN} else name.removeprefix("is_").replace("_", " ")


async def _look(kitsu: Kitsu, targets: Sequence[str]) -> Looked:
    records = await records_of(kitsu)
    looked: dict[str, Mapping[str, Value]] = {}
    for target in targets:
        what, record = what_of(target), found(records, target)
        looked[target] = ABSENT
        if record:
            values = {name: value_of(what, name, raw, records) for name, raw in held(what, record).items()}
            looked[target] = {**present(record["id"]), **values}
    return looked


def _requests(change: Change, items: Sequence[Item]) -> Iterable[Request]:
    """One request a record, with what changes of it alone."""
    del change
    for item in items:
        what, keys = what_of(item.target), (item.key,)
        route, which = PARTS[what].route, item.target.partition("/")[2]
        fields = {one.name: one.after.raw for one in item.fields if one.changes and one.name != THERE}
        if is_new(item):
            yield Request("POST", route, body_of(what, {**named_in(item.target), **fields}), 201, keys)
        elif is_gone(item):
            yield Request("DELETE", f"{route}/{which}", None, 204, keys)
        else:
            yield Request("PUT", f"{route}/{which}", body_of(what, fields), 200, keys)


async def _by(kitsu: Kitsu, target: str) -> str:
    del kitsu, target
    return "somebody changed it"


async def _again(kitsu: Kitsu, wanted: Wanted) -> Change:
    """What an undo wants: what was deleted is made anew, and so found by what it is called."""
    await admin_of_all(kitsu, WHAT)
    records, named, used = await records_of(kitsu), dict[str, Mapping[str, Raw]](), list[str]()
    for target, fields in wanted.items():
        what, record = what_of(target), found(records, target)
        if fields.get(THERE):
            named[target_of(what, fields)] = fields
        elif record and THERE in fields and (uses := await uses_of(kitsu, what, record["id"])):
            used.append(f"{_address(what, held(what, record), records)} ({said(uses)})")
        elif record:
            named[f"{what}/{record['id']}"] = {THERE: True, **fields}
    left = (f"Used by now, so not removed: {listed(used, 3)}",) if used else ()
    if left and not named:
        raise BadInput(f"{left[0]}. Archive it: archived=yes.")
    change = await plan_studio(kitsu, "undo_change", records, named)
    return replace(change, warnings=(*left, *change.warnings))


STUDIO = MakesAndSets(look=_look, requests=_requests, changed_by=_by, again=_again)
