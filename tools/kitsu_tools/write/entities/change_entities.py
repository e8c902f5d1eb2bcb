"""What is set of entities that exist: name, frames, description, metadata, where they stand, whether they are omitted.
One PUT each, with the fields that change alone: Zou lays `data` over what is there (1.0.97), so that nothing else goes.

Follows `EntityResource.put` and `check_metadata_department_access` of Zou 1.0.97, which checks no name but one that is
taken, and lets a shot be moved into a sequence of another production.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from functools import partial
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict
from pydantic import Field as Argument
from pydantic.json_schema import SkipJsonSchema

from kitsu_tools.arguments import KitsuHere
from kitsu_tools.gate.change import Change, Item, Raw, Request, Value
from kitsu_tools.gate.kind import Looked
from kitsu_tools.gate.sets_fields import SetsFields, Wanted
from kitsu_tools.gate.text import checked
from kitsu_tools.tracker.addresses import encoded
from kitsu_tools.tracker.by_ids import records_by
from kitsu_tools.tracker.errors import BadInput, NotFound, NotPermitted, listed, quoted
from kitsu_tools.tracker.kitsu import Kitsu
from kitsu_tools.tracker.names import pick
from kitsu_tools.write.entities.entity_names import NamedEntity, entities_named
from kitsu_tools.write.entities.keys import ABOVE, Key, Record, found_by
from kitsu_tools.write.entities.now import MANAGES, EntitiesNow
from kitsu_tools.write.entities.rows import Frame
from kitsu_tools.write.entities.values import (
    DATA,
    DESCRIPTION,
    FPS,
    NAME,
    OMITTED,
    STATUS,
    as_sent,
    columns_of,
    field_of,
    frames_wanted,
    metadata_wanted,
    name_wanted,
    values,
)
from kitsu_tools.write.entities.words import EPISODE, PARENT, TYPE, Words, words_of
from kitsu_tools.write.snapshot import permitted, project_now
from kitsu_tools.write.tool import writes

MOST_CHANGED = 200
NONE = "none"


class EntityRow(BaseModel):
    """What is to be of some entities; what is left out stays."""

    model_config = ConfigDict(extra="forbid")

    entities: Annotated[list[str], Argument(description="addresses (SQ01/SH010), ids or links")]
    name: str = ""
    under: Annotated[str, Argument(description="move to this sequence or episode; none: out of any episode")] = ""
    kind: Annotated[str, Argument(description="an asset's new type")] = ""
    frame_in: Frame = None
    frame_out: Frame = None
    frames: Frame = None
    fps: str = ""
    description: str | SkipJsonSchema[None] = None
    data: Annotated[dict[str, Any], Argument(description="metadata by column; others stay")] = {}
    status: Annotated[
        Literal["", "running", "complete", "standby", "canceled"], Argument(description="of an episode")
    ] = ""
    omitted: Annotated[
        bool | SkipJsonSchema[None], Argument(description="true: out of the production; false: back")
    ] = None


@writes
async def change_entities(
    kitsu: KitsuHere,
    rows: Annotated[Sequence[EntityRow], Argument(max_length=MOST_CHANGED, description="what is alike in one row")],
) -> Change:
    """Rename, move, omit or restore up to 200 shots, assets, sequences, episodes, edits or concepts of one project, or
    set their frames, description, metadata or type, after the person you work for said yes in their own dialog.

    Propose all in one call. The receipt says what became of each.
    """
    texts = [text for row in rows for text in row.entities]
    each = iter(await entities_named(kitsu, texts, MOST_CHANGED))
    named = [(row, [next(each) for _ in row.entities]) for row in rows]
    known = {one.id: one for _, several in named for one in several}
    now, records = await _now(kitsu, list(known.values()))
    wanted: dict[str, dict[str, Raw]] = {one: {} for one in known}
    for row, several in named:
        if row.name and len(several) > 1:
            raise BadInput(f"name: {len(several)} entities cannot all be called {quoted(row.name)}. Give each its row.")
        for one in several:
            fields = await _wanted(kitsu, now, one, records[one.id], row)
            if twice := wanted[one.id].keys() & fields.keys():
                raise BadInput(f"{one.address} is named twice, with {listed(sorted(twice))}.")
            wanted[one.id] |= fields
    if not any(wanted.values()):
        raise BadInput("rows: name something to change.")
    change = await plan_changes(kitsu, "change_entities", now, list(known.values()), records, wanted, "Change")
    if not change.items:
        raise BadInput(f"These are so already: {listed(change.unchanged)}.")
    return change


async def plan_changes(
    kitsu: Kitsu,
    tool: str,
    now: EntitiesNow,
    named: Sequence[NamedEntity],
    records: Mapping[str, Record],
    wanted: Wanted,
    verb: str,
) -> Change:
    """What makes these fields of entities, by name, so.

    Raises:
        BadInput: a name is taken where one would stand.
        NotPermitted: Zou would refuse the role one of them.
    """
    words = await words_of(kitsu, now.project)
    items = [_item(now, words, one, records[one.id], wanted[one.id]) for one in named]
    moving = tuple(item for item in items if item.changes)
    by_id = {one.id: one for one in named}
    await permitted(kitsu, now, partial(_refuse_role, named=by_id, records=records, items=moving))
    near = await _refuse_taken(kitsu, by_id, records, moving)
    kinds = {by_id[item.target].kind for item in moving}
    return now.change(
        Change,
        items,
        moving,
        kind="changed entities",
        tool=tool,
        verb=_verb(moving) or verb,
        noun=kinds.pop() if len(kinds) == 1 else "thing",
        warnings=(
            *([f"Differs from what is there in case or blanks alone: {listed(near, 3)}"] if near else []),
            *([f"Omitted: {listed(out, 3)}"] if (out := _omitted(items, records)) else []),
        ),
        posts=False,
    )


async def _now(kitsu: Kitsu, named: Sequence[NamedEntity]) -> tuple[EntitiesNow, dict[str, Record]]:
    """The production, and the records of these as they are at this moment.

    Raises:
        NotFound: one is gone.
    """
    records: dict[str, Record] = {}

    async def read() -> None:
        read = await records_by(kitsu.session, "data/entities", "id", [one.id for one in named])
        records.update((one["id"], one) for one in read)

    now = await project_now(kitsu, named[0].project, read)
    gone = [one.address for one in named if one.id not in records]
    if gone:
        raise NotFound(f"Deleted, or not yours to see any more: {listed(gone)}. Leave them out.")
    statuses, people = await kitsu.directory.statuses.get(), await kitsu.directory.people.get()
    return EntitiesNow(**now, statuses=statuses, people=people), records


async def _wanted(kitsu: Kitsu, now: EntitiesNow, one: NamedEntity, record: Record, row: EntityRow) -> dict[str, Raw]:
    """The fields that a row sets of one entity.

    Raises:
        BadInput: it has no such field, or the field does not take the value.
    """
    columns = columns_of(now.project, one.kind)
    data: Mapping[str, Any] = record.get("data") or {}
    frames = (row.frame_in, row.frame_out, row.frames)
    for what, given, kind in (
        ("frames", {*frames, row.fps or None} != {None}, "shot"),
        ("status", bool(row.status), "episode"),
        ("kind", bool(row.kind), "asset"),
    ):
        if given and one.kind != kind:
            raise BadInput(f"{one.address}: {what} is of {kind}s alone.")
    wanted: dict[str, Raw] = frames_wanted(one.address, *frames, held=values(record, columns, now.people))
    wanted |= metadata_wanted(row.data, columns, one.kind, data)
    wanted |= {NAME: name_wanted(row.name)} if row.name.strip() else {}
    wanted |= {FPS: checked(row.fps, "fps")} if row.fps.strip() else {}
    wanted |= {STATUS: row.status} if row.status else {}
    wanted |= {} if row.omitted is None else {OMITTED: row.omitted}
    wanted |= {} if row.description is None else {DESCRIPTION: checked(row.description, "description") or None}
    if row.kind.strip():
        types = await kitsu.directory.asset_types.get()
        name = pick("asset type", row.kind.strip(), types.values(), str)
        wanted[TYPE] = next(key for key, called in types.items() if called == name)
    return wanted | (await _moved(kitsu, one, row.under) if row.under.strip() else {})


async def _moved(kitsu: Kitsu, one: NamedEntity, under: str) -> dict[str, Raw]:
    above = "episode" if one.kind == "asset" else ABOVE.get(one.kind)
    field = EPISODE if one.kind == "asset" else PARENT
    if under.strip().casefold() == NONE and above == "episode":
        return {field: None}
    project = encoded(one.project.name)
    whole = kitsu.find.is_id(under) or under.strip().casefold().startswith(f"{project.casefold()}/")
    place = await kitsu.find.place(under if whole else f"{project}/{under.strip()}")
    if above is None or place.entity is None or place.entity.kind != above or place.project.id != one.project.id:
        stands = f"stands in a {above} of its production" if above else "stands in nothing that it could be moved to"
        raise BadInput(f"under: {one.address} cannot be moved to {place.address}: a {one.kind} {stands}.")
    return {field: place.entity.id}


def _item(now: EntitiesNow, words: Words, one: NamedEntity, record: Record, wanted: Mapping[str, Raw]) -> Item:
    columns, sent = columns_of(now.project, one.kind), as_sent(wanted)
    both: Record = {**record, **sent, "data": {**(record.get("data") or {}), **sent.get("data", {})}}
    before, after = words.values(record), words.values(both)
    fields = [field_of(name, before[name], after[name], columns, alone=False) for name in wanted]
    if sum(each.changes for each in fields) > 1:  # an entry of the question has no room for what several were
        fields = [replace(each, move=each.move or each.after.shown) for each in fields]
    text = wanted.get(DESCRIPTION) if any(each.name == DESCRIPTION and each.changes for each in fields) else ""
    return Item(one.id, one.id, one.address, tuple(fields), str(text or ""))


def _verb(items: Sequence[Item]) -> str:
    """What is asked, where all that changes is whether they are omitted."""
    moves = {(one.name, bool(one.after.raw)) for item in items for one in item.fields if one.changes}
    return "Omit" if moves == {(OMITTED, True)} else "Restore" if moves == {(OMITTED, False)} else ""


def _omitted(items: Sequence[Item], records: Mapping[str, Record]) -> list[str]:
    """Those that are out of the production and stay so."""
    return [
        item.address
        for item in items
        if records[item.target].get(OMITTED) and not any(one.name == OMITTED and one.changes for one in item.fields)
    ]


async def _refuse_role(
    now: EntitiesNow, named: Mapping[str, NamedEntity], records: Mapping[str, Record], items: Sequence[Item]
) -> None:
    mine = now.me.departments

    def may(item: Item) -> bool:
        if now.role in MANAGES or records[item.target].get("created_by") == now.me.id:
            return True
        names = item.sets.keys()
        if now.role != "supervisor" or not all(name.startswith(DATA) for name in names):
            return False
        columns = columns_of(now.project, named[item.target].kind)
        filled = {f"{DATA}{one.field_name}" for one in columns if not mine.isdisjoint(one.departments)}
        return not mine or (named[item.target].kind in {"shot", "asset", "edit"} and filled.issuperset(names))

    refused = [item.address for item in items if not may(item)]
    if refused:
        own = "metadata, of its departments' columns, and " if now.role == "supervisor" else ""
        raise NotPermitted(f"The role {now.role!r} changes only {own}what it made itself; not {listed(refused)}.")


async def _refuse_taken(
    kitsu: Kitsu, named: Mapping[str, NamedEntity], records: Mapping[str, Record], items: Sequence[Item]
) -> list[str]:
    """Refuse names that are taken where these would stand; those that differ in case or blanks alone."""
    keys: dict[str, Key] = {}
    for item in items:
        after = {one.name: str(one.after.raw or "") for one in item.fields if one.changes}
        if after.keys() & {NAME, PARENT, TYPE}:
            record, one = records[item.target], named[item.target]
            held = {name: after.get(name, record.get(name) or "") for name in (NAME, PARENT, TYPE)}
            anchor = held[TYPE] if one.kind == "asset" else held[PARENT] if one.kind in ABOVE else ""
            keys[item.address] = Key(one.kind, one.project.id, anchor, (held[NAME],))
    near: dict[Key, str] = {}
    there = await found_by(kitsu, keys.values(), near) if keys else {}
    taken = [address for address, key in keys.items() if key in there or list(keys.values()).count(key) > 1]
    if taken:
        raise BadInput(f"The name is taken where they would stand: {listed(taken)}. Rename or move what has it first.")
    return [f"{address} ({near[key]!r})" for address, key in keys.items() if key in near]


async def _look(kitsu: Kitsu, targets: Sequence[str]) -> Looked:
    looked: dict[str, Mapping[str, Value]] = {}
    words: dict[str, Words] = {}
    for one in await records_by(kitsu.session, "data/entities", "id", targets):
        project = await kitsu.directory.project_by_id(one["project_id"])
        if project is not None:
            if project.id not in words:
                words[project.id] = await words_of(kitsu, project)
            looked[one["id"]] = words[project.id].values(one)
    return looked


def _requests(change: Change, items: Sequence[Item]) -> Iterable[Request]:
    del change
    for item in items:
        body = as_sent(item.sets)
        yield Request("PUT", f"data/entities/{item.target}", body, 200, (item.key,))


async def _by(kitsu: Kitsu, target: str) -> str:
    clock, record = await kitsu.clock(), await kitsu.session.read(f"data/entities/{target}")
    return f"somebody saved it at {clock.local(record.get('updated_at'))} {clock.zone.key}"


async def _again(kitsu: Kitsu, wanted: Wanted) -> Change:
    named = await entities_named(kitsu, list(wanted), MOST_CHANGED)
    now, records = await _now(kitsu, named)
    return await plan_changes(kitsu, "undo_change", now, named, records, wanted, "Take back the change of")


CHANGED_ENTITIES = SetsFields(look=_look, requests=_requests, changed_by=_by, again=_again)
