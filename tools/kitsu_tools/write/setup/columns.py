"""Metadata columns as Zou holds them, and the requests that make, change and delete them.

Follows the routes of metadata descriptors of Zou 1.0.97. A PUT that leaves out a column's type, choices, departments or
whether clients see it resets them: so each is sent, as it was looked at last. A column's values lie in its entities
under a key made of its name: another name moves them, and deleting the column deletes them.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from functools import partial
from typing import Any

import orjson

from kitsu_tools.gate.change import Change, Item, Raw, Request, Value
from kitsu_tools.gate.existence import ABSENT, present
from kitsu_tools.gate.kind import Looked
from kitsu_tools.likeness import folded
from kitsu_tools.tracker.board import ALL_KINDS
from kitsu_tools.tracker.gather import gather
from kitsu_tools.tracker.kitsu import Kitsu
from kitsu_tools.tracker.model import Kind
from kitsu_tools.write.snapshot import Snapshot

NAME, TYPE, CHOICES, DEPARTMENTS, CLIENTS = "name", "data_type", "choices", "departments", "for_client"
LABELS = {NAME: "", TYPE: "type", CHOICES: "choices", DEPARTMENTS: "departments", CLIENTS: "for clients"}


def entity_and_name(target: str) -> tuple[str, str]:
    """What a target of a column that is to be made says."""
    _, entity, name = target.split("/", 2)
    return entity, name


def fields_of(record: Mapping[str, Any]) -> dict[str, Raw]:
    """What Zou holds of a column: its choices as JSON, as their order counts."""
    return {
        NAME: record[NAME],
        TYPE: record.get(TYPE) or "string",
        CHOICES: orjson.dumps(record.get(CHOICES) or []).decode(),
        DEPARTMENTS: tuple(sorted(record.get(DEPARTMENTS) or ())),
        CLIENTS: bool(record.get(CLIENTS)),
    }


def choices_of(raw: Raw) -> list[str]:
    """The choices in their order."""
    return orjson.loads(str(raw)) if raw else []


def column_value(name: str, raw: Raw, departments: Mapping[str, str]) -> Value:
    """A field of a column, as a person reads it."""
    match name:
        case "choices":
            return Value(raw, ", ".join(choices_of(raw)) or "none")
        case "departments":
            ids = raw if isinstance(raw, tuple) else ()
            return Value(raw, ", ".join(sorted(departments.get(one, "?") for one in ids)) or "all")
        case "for_client":
            return Value(raw, "yes" if raw else "no")
        case _:
            return Value(raw, str(raw))


def key_of(name: str) -> str:
    """What Zou makes its key of, give or take letters that it transcribes."""
    return " ".join(re.split(r"[\W_]+", folded(name))).strip()


def _kind(entity_type: str) -> Kind:
    return next(kind for kind in ALL_KINDS if kind == entity_type.lower())


async def values_of(kitsu: Kitsu, now: Snapshot, columns: Mapping[str, tuple[str, str]]) -> dict[str, list[Any]]:
    """The values that lie under the name of each column, by its key."""
    kinds: dict[str, Kind] = {one: _kind(of) for one, (of, _) in columns.items()}
    view = await (await kitsu.reading(now.project)).view(*dict.fromkeys(kinds.values()))
    held: dict[str, list[Any]] = {one: [] for one in columns}
    for one, (_, name) in columns.items():
        for entity in view.entities(kinds[one]):
            held[one] += [
                value for key, value in entity.data.items() if key_of(key) == key_of(name) and value is not None
            ]
    return held


async def columns_of(kitsu: Kitsu, project_id: str) -> list[Mapping[str, Any]]:
    """The columns of a production."""
    return await kitsu.session.read(f"data/projects/{project_id}/metadata-descriptors")


async def look(kitsu: Kitsu, targets: Sequence[str]) -> Looked:
    """Columns by `<production>/<id>`, and those to be made by `<production>/<entity>/<name>`."""
    kitsu.directory.forget(("open_projects",))
    projects = list(dict.fromkeys(one.partition("/")[0] for one in targets))
    read = await gather(*[partial(columns_of, kitsu, one) for one in projects])
    names, looked = await kitsu.directory.departments.get(), dict[str, Mapping[str, Value]]()
    for project, there in zip(projects, read, strict=True):
        for one in there:
            fields = {name: column_value(name, raw, names) for name, raw in fields_of(one).items()}
            looked[f"{project}/{one['id']}"] = fields
            looked[f"{project}/{one['entity_type']}/{one[NAME]}"] = {**present(one["id"]), **fields}
    return {one: looked.get(one, ABSENT) for one in targets if one in looked or one.count("/") > 1}


def after_of(item: Item) -> dict[str, Any]:
    """What its fields are to be, by name."""
    return {one.name: one.after.raw for one in item.fields}


def _body(item: Item) -> dict[str, Any]:
    """All of it: what is left out of a PUT Zou resets (1.0.97)."""
    after = after_of(item)
    return {one: after[one] for one in (TYPE, CLIENTS)} | {
        CHOICES: choices_of(after[CHOICES]),
        DEPARTMENTS: list(after[DEPARTMENTS]),
    }


def making(change: Change, items: Sequence[Item]) -> Iterable[Request]:
    """One POST a column."""
    for item in items:
        entity, name = entity_and_name(item.target)
        body = {"entity_type": entity, NAME: name} | _body(item)
        yield Request("POST", f"data/projects/{change.project_id}/metadata-descriptors", body, 201, (item.key,))


def setting(change: Change, items: Sequence[Item]) -> Iterable[Request]:
    """One PUT a column."""
    for item in items:
        path = f"data/projects/{change.project_id}/metadata-descriptors/{item.key}"
        yield Request("PUT", path, {NAME: after_of(item)[NAME]} | _body(item), 200, (item.key,))


def removing(change: Change, items: Sequence[Item]) -> Iterable[Request]:
    """One DELETE a column."""
    for item in items:
        path = f"data/projects/{change.project_id}/metadata-descriptors/{item.key}"
        yield Request("DELETE", path, None, 204, (item.key,))
