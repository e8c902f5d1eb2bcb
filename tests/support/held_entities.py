"""Holding entities and tasks that are made, changed and deleted to what the journal says was planned."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote

from support.database import TableDifference

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from support.held_tasks import Applied

NOTHING = TableDifference()
GOES_ALONG = {
    "comment", "comment_mentions", "comment_department_mentions", "comment_preview_link", "comment_acknowledgments",
    "attachment_file", "preview_file", "preview_file_storage_state", "news", "notification", "subscription",
    "time_spent", "task_person_link", "production_schedule_version_task_link",
    "entity_link", "entity_concept_link", "entity_version", "schedule_item", "playlist", "working_file", "output_file",
    "assignations", "task",
}  # fmt: skip
"""Tables from which rows go with the entities or tasks that are deleted."""


def hold_new_entities(plan: Applied, changes: dict[str, TableDifference], names: Mapping[str, str]) -> None:
    """Exactly the planned entities are there as planned, with exactly their tasks."""
    del names
    entities, tasks = changes.pop("entity", NOTHING), changes.pop("task", NOTHING)
    for rows in (entities.removed, entities.changed, tasks.removed, tasks.changed):
        assert not rows
    assert sorted(row["name"] or "" for row in entities.added.values()) == sorted(map(_name, plan.sent))
    made = sorted((str(row["entity_id"]), str(row["task_type_id"])) for row in tasks.added.values())
    wanted_tasks: list[tuple[str, str]] = []
    by_name = {row["name"]: row for row in entities.added.values()}
    for item in plan.sent:
        row = by_name[_name(item)]
        data = json.loads(row["data"] or "{}")
        for one in item["fields"]:
            after = one["after"]["raw"]
            if one["name"] == "tasks":
                those = [(str(row["id"]), type_id) for type_id in after]
                wanted_tasks += those if item["key"] not in plan.partly else [each for each in those if each in made]
            elif one["name"].startswith("data."):
                assert data.pop(one["name"].removeprefix("data.")) == after
            elif one["name"] != "there":
                assert row[one["name"]] == str(after)
        assert not data
    assert made == sorted(wanted_tasks)


def hold_new_tasks(plan: Applied, changes: dict[str, TableDifference], names: Mapping[str, str]) -> None:
    """Exactly the planned tasks are there."""
    del names
    tasks = changes.pop("task", NOTHING)
    for rows in (tasks.removed, tasks.changed):
        assert not rows
    made = sorted(f"{row['entity_id']}/{row['task_type_id']}" for row in tasks.added.values())
    assert made == sorted(item["target"].partition("/")[2] for item in plan.sent)


def hold_changed_entities(plan: Applied, changes: dict[str, TableDifference], names: Mapping[str, str]) -> None:
    """Exactly the planned fields of the planned entities have their planned values; what else is in `data` stays."""
    del names
    entities, versions = changes.pop("entity", NOTHING), changes.pop("entity_version", NOTHING)
    for rows in (entities.added, entities.removed, versions.removed):
        assert not rows
    assert all(columns.keys() <= {"data", "updated_at"} for columns in versions.changed.values())  # Zou folds them
    wanted = {item["target"]: _fields(item) for item in plan.sent}
    found: dict[str, dict[str, Any]] = {}
    for (key,), columns in entities.changed.items():
        its = {name: after for name, (_, after) in columns.items() if name not in {"updated_at", "data"}}
        before, after = (json.loads(one or "{}") for one in columns.get("data", ("{}", "{}")))
        its |= {f"data.{name}": _printed(after[name]) for name in after if after[name] != before.get(name)}
        assert before.keys() <= after.keys()
        found[str(key)] = its
    assert found == wanted, (found, wanted)
    assert {row["entity_id"] for row in versions.added.values()} <= wanted.keys()


def hold_deleted(plan: Applied, changes: dict[str, TableDifference], names: Mapping[str, str]) -> None:
    """Exactly these are gone, with what the plan counts, and nothing is made or changed but what pointed there."""
    del names
    table = "task" if plan.plan["kind"] == "deleted tasks" else "entity"
    rows = changes.pop(table, NOTHING)
    targets = {item["target"] for item in plan.sent}
    assert targets <= {str(key[0]) for key in rows.removed}
    assert not rows.added
    counted: dict[str, int] = {}
    for item in plan.sent:
        says = next(one["move"] for one in item["fields"] if one["name"] == "there")
        for part in says.partition(", with ")[2].split(", "):
            number, _, thing = part.partition(" ")
            if number.isdecimal():
                counted[thing.removesuffix("s")] = counted.get(thing.removesuffix("s"), 0) + int(number)
    if table == "entity":
        below = sum(counted.get(kind, 0) for kind in ("shot", "sequence", "asset", "scene", "edit"))
        assert len(rows.removed) == len(targets) + below
        assert len(changes.get("task", NOTHING).removed) == counted.get("task", 0)
        assert all(
            columns.keys() <= {"nb_entities_out", "is_casting_standby", "updated_at"}
            for columns in rows.changed.values()
        )
    assert len(changes.get("comment", NOTHING).removed) == counted.get("comment", 0)
    assert len(changes.get("preview_file", NOTHING).removed) == counted.get("preview", 0)
    files = changes.pop("stored_file", NOTHING)  # marked to be purged later
    assert all(row["deleted_at"] for row in files.added.values())
    for name in GOES_ALONG & changes.keys():
        its = changes.pop(name)
        assert not its.added
    if table == "task":
        pictures = changes.pop("entity", NOTHING)
        assert all(columns.keys() <= {"preview_file_id", "updated_at"} for columns in pictures.changed.values())
        assert not pictures.removed


def _name(item: Mapping[str, Any]) -> str:
    return unquote(item["target"].rpartition("/")[2])


def _fields(item: Mapping[str, Any]) -> dict[str, str | None]:
    moved: Iterable[Any] = (one for one in item["fields"] if one["before"]["raw"] != one["after"]["raw"])
    return {one["name"]: _printed(one["after"]["raw"]) for one in moved}


def _printed(raw: object) -> str | None:
    """A value as PostgreSQL prints it."""
    return None if raw is None else str(raw).lower() if isinstance(raw, bool) else str(raw)
