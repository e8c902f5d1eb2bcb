"""What a plan makes, as Zou will answer it (seen on 1.0.97): placeholders stand for ids of what is not there yet."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any, cast

import orjson

from kitsu_tools.gate.change import Change, Item, ids_in, placeholder
from kitsu_tools.gate.existence import THERE
from kitsu_tools.tracker.errors import BadInput, listed
from kitsu_tools.tracker.kitsu import Kitsu
from kitsu_tools.tracker.model import Kind
from kitsu_tools.write.comments.planning import STATUS
from kitsu_tools.write.entities.create_entities import EPISODE_OF_ASSET
from kitsu_tools.write.entities.keys import Key, found_by, key_of
from kitsu_tools.write.entities.now import default_status
from kitsu_tools.write.entities.values import NAME, as_sent, tasks_of

ENTITIES, TASKS = "new entities", "new tasks"
NAMED_LATER = frozenset({ENTITIES, TASKS})
"""The kinds of change whose things later parts of a plan may name."""
REMOVED = frozenset({"deleted entities", "deleted tasks"})
Records = dict[str, dict[str, Any]]
"""Records, or what is set of them, by id."""
NOT_YET = "9999-12-31T00:00:00"
"""When a thing was made that is not there: the same each time it is planned."""
_COLUMNS = {STATUS: "task_status_id"}
"""What Zou calls a field of a change, where it is not called so."""


def makes(item: Item) -> bool:
    """Whether a thing is made of it."""
    return any(one.name == THERE and one.after.raw and not one.before.raw for one in item.fields)


def removed(changes: Iterable[Change]) -> frozenset[str]:
    """The ids of the entities and tasks that these remove."""
    return frozenset(item.target for one in changes if one.kind in REMOVED for item in one.items)


def following(before: Sequence[Change], change: Change) -> Change:
    """A change as the part of a plan after these: what it makes has a placeholder, and what it names of what they make
    hangs on that.

    Raises:
        BadInput: it removes what one of those makes.
    """
    number = len(before) + 1
    made = {one: key for at, earlier in enumerate(before, 1) for one, key in _placeholders(earlier, at)}

    def named(one: object) -> list[str]:
        return [made[found] for found in ids_in(orjson.dumps(one).decode()) if found in made] if made else []

    by_all = named(replace(change, items=(), effects=(), foresee=None))  # as what a playlist shows
    items = [replace(one, hangs_on=tuple(dict.fromkeys([*by_all, *named(one)]))) for one in change.items]
    undone = [one.address for one in items if one.hangs_on and change.kind in REMOVED]
    if undone:
        raise BadInput(f"{listed(undone, 4)}: made by an earlier one of these. Leave it out of both.")
    if change.kind in NAMED_LATER:
        items = [replace(one, made=placeholder(str(number), one.key)) if makes(one) else one for one in items]
    return replace(change, items=tuple(items))


def _placeholders(change: Change, number: int) -> Iterable[tuple[str, str]]:
    """What stands for what a part makes, with the key of its item in the whole."""
    for item in change.items if change.kind in NAMED_LATER else ():
        for one in (item.made, *(placeholder(item.made, type_id) for type_id in tasks_of(item))):
            yield one, f"{number}:{item.key}"


def columns_set(changes: Iterable[Change]) -> Records:
    """What these set of records, by the columns of Zou."""
    found: dict[str, dict[str, Any]] = {}
    for change in changes:
        effects = [(one.target, one.field) for one in change.effects if one.field is not None and not one.lead]
        for target, field in [*((item.target, one) for item in change.items for one in item.fields), *effects]:
            if field.changes:
                raw = field.after.raw
                found.setdefault(target, {})[_COLUMNS.get(field.name, field.name)] = (
                    list(raw) if isinstance(raw, tuple) else raw
                )
    return {target: as_sent(its) for target, its in found.items()}


async def new_records(kitsu: Kitsu, changes: Sequence[Change]) -> tuple[Records, Records]:
    """The entities and the tasks that these make, by id."""
    making = [(change, item) for change in changes for item in change.items if change.kind in NAMED_LATER]
    if not making:
        return {}, {}
    me, statuses = await kitsu.directory.me.get(), await kitsu.directory.statuses.get()
    common = {"created_at": NOT_YET, "updated_at": NOT_YET}
    keys = {key_of(item.target): item.made for change, item in making if change.kind == ENTITIES}
    above = {key.above for key in keys if key.above} - keys.keys()
    there = {key: str(one["id"]) for key, one in (await found_by(kitsu, above)).items()} if above else {}
    entities: Records = {}
    tasks: Records = {}

    def add_task(task_id: str, project_id: str, kind: Kind, entity_id: str, type_id: str) -> None:
        status = default_status(statuses, kind)
        tasks[task_id] = {
            "id": task_id,
            "type": "Task",
            "project_id": project_id,
            "entity_id": entity_id,
            "name": "main",
            "task_type_id": type_id,
            "task_status_id": status.id if status else "",
            "assigner_id": me.id,
            **_NEW_TASK,
            **common,
        }

    for change, item in making:
        if change.kind == ENTITIES:
            key = key_of(item.target)
            record = _entity(key, item, {**keys, **there}) | {"created_by": me.id, **common}
            entities[item.made] = {"id": item.made, **record}
            for type_id in tasks_of(item):
                add_task(placeholder(item.made, type_id), key.project_id, key.kind, item.made, type_id)
        else:
            kind, entity_id, type_id = item.target.split("/")
            add_task(item.made, change.project_id, cast("Kind", kind), entity_id, type_id)
    return entities, tasks


_NEW_TASK: Mapping[str, Any] = {
    **dict.fromkeys(("priority", "duration", "estimation", "completion_rate", "retake_count", "sort_order"), 0),
    **dict.fromkeys(("start_date", "due_date", "real_start_date", "end_date", "done_date", "last_comment_date")),
    "difficulty": 3,
    "nb_drawings": 0,
    "assignees": [],
    "last_preview_file_id": None,
    "description": None,
}
_NEW_ENTITY: Mapping[str, Any] = {
    **dict.fromkeys(("description", "nb_frames", "ready_for", "preview_file_id", "source_id", "code")),
    "canceled": False,
    "is_shared": False,
    "is_casting_standby": False,
    "status": "running",
    "nb_entities_out": 0,
}


def _entity(key: Key, item: Item, ids: Mapping[Key, str]) -> dict[str, Any]:
    fields = {one.name: one.after.raw for one in item.fields if one.name not in {THERE, "tasks", EPISODE_OF_ASSET}}
    parent = ids.get(key.above, "") if key.above else key.anchor
    is_asset = key.kind == "asset"
    episode = next((one.after.raw for one in item.fields if one.name == EPISODE_OF_ASSET), None)
    return {
        **_NEW_ENTITY,
        "type": key.kind.capitalize(),
        "project_id": key.project_id,
        NAME: key.names[-1],
        "data": {},
        "entity_type_id": key.anchor if is_asset else "",
        "parent_id": None if is_asset else parent or None,
        "source_id": episode,
        **as_sent(fields),
    }
