"""Holding changes of how productions are set up to what the journal says was planned."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

from support.database import TableDifference
from support.held_tasks import NOT_ALL

if TYPE_CHECKING:
    from collections.abc import Mapping

    from support.held_tasks import Applied

NOTHING = TableDifference()
SAVED = {"updated_at"}
"""What Zou writes of a thing that hangs on what was changed."""


def fields_of(item: Mapping[str, Any]) -> dict[str, tuple[Any, Any]]:
    """What an item changes, by the field's name: before and after."""
    each = {one["name"]: (one["before"]["raw"], one["after"]["raw"]) for one in item["fields"]}
    return {name: two for name, two in each.items() if two[0] != two[1]}


def only_saved(change: TableDifference) -> None:
    """Of these rows nothing differs but when they were saved."""
    assert not change.added
    assert not change.removed
    assert all(columns.keys() <= SAVED for columns in change.changed.values()), change.changed


def hold_teams(plan: Applied, changes: dict[str, TableDifference], names: Mapping[str, str]) -> None:
    """Who comes, goes and gets another role on the production is who was planned to."""
    del names
    team = changes.pop("project_person_link", NOTHING)
    only_saved(changes.pop("project", NOTHING))
    came, went, moved = set[Any](), set[Any](), set[Any]()
    for item in plan.sent:
        project, _, person = item["target"].partition("/")
        fields = fields_of(item)
        role = fields.get("role", (None, "own"))[1]
        if "team" not in fields:
            moved.add((project, person, role))
        elif fields["team"][1]:
            came.add((project, person, role))
        else:
            went.add((project, person))
    rows = team.added.values()
    assert {(row["project_id"], row["person_id"], row["role"] or "own") for row in rows} == came
    assert set(team.removed) == went
    assert {(*key, row["role"][1] or "own") for key, row in team.changed.items()} == moved


def hold_projects(plan: Applied, changes: dict[str, TableDifference], names: Mapping[str, str]) -> None:
    """The production's row, its links and their places differ as planned, and a show without episodes has its first."""
    del names
    columns: dict[str, str | None] = {}
    linked: dict[str, tuple[set[Any], set[Any]]] = {}
    ordered: dict[str, set[Any]] = {}
    for item in plan.sent:
        project, kind, name = item["target"].split("/")
        fields = fields_of(item)
        if kind == "set":
            columns[str(COLUMNS.get(name, name))] = as_text(fields["value"][1])
        elif kind == "order":
            ordered[name] = {(project, one, str(at)) for at, one in enumerate(fields["value"][1].split(","), 1)}
        else:
            linked.setdefault(kind, (set(), set()))[0 if fields["there"][1] else 1].add((project, name))
    (row,) = changes.pop("project", NOTHING).changed.values() or [{}]
    assert {name: after for name, (_, after) in row.items() if name not in SAVED} == columns
    for kind, table in LINK_TABLES.items():
        change = changes.pop(table, NOTHING)
        came, went = linked.get(kind, (set(), set()))
        assert {tuple(one)[:2] for one in change.added} == came, table
        assert {tuple(one)[:2] for one in change.removed} == went, table
        places = {(*tuple(one)[:2], row["priority"][1]) for one, row in change.changed.items() if "priority" in row}
        assert places <= ordered.get(kind, set())
        assert bool(places) == bool(ordered.get(kind)), table
    assert len(changes.pop("entity", NOTHING).added) == len(plan.effects), plan.effects


def set_up(plan: Applied, changes: Mapping[str, TableDifference]) -> set[str]:
    """The keys of the settings, links and orders of a plan that are otherwise than before."""
    row = next(iter(changes.get("project", NOTHING).changed.values()), dict[str, Any]())
    links = {kind: changes.get(table, NOTHING) for kind, table in LINK_TABLES.items()}
    found = {
        f"order/{kind}" for kind, change in links.items() if any("priority" in one for one in change.changed.values())
    }
    found |= {f"{kind}/{key[1]}" for kind, change in links.items() for key in (*change.added, *change.removed)}
    columns = {
        str(COLUMNS.get(name, name)): name for name in (item["key"].partition("/")[2] for item in plan.plan["items"])
    }
    found |= {f"set/{name}" for column, name in columns.items() if column in row}
    return found & {item["key"] for item in plan.plan["items"]}


COLUMNS = {"status": "project_status_id", "type": "production_type", "style": "production_style"}
LINK_TABLES = {
    "task type": "project_task_type_link",
    "task status": "project_task_status_link",
    "asset type": "project_asset_type_link",
    "automation": "project_status_automation_link",
}


def hold_columns(plan: Applied, changes: dict[str, TableDifference], names: Mapping[str, str]) -> None:
    """Columns come, differ and go as planned; values move and go with them, as many as the plan says."""
    del names
    change, links = (
        changes.pop("metadata_descriptor", NOTHING),
        changes.pop("department_metadata_descriptor_link", NOTHING),
    )
    entities = changes.pop("entity", NOTHING)
    assert not entities.added
    assert not entities.removed
    assert all(columns.keys() <= {"data", "updated_at"} for columns in entities.changed.values())
    fields = {item["key"]: fields_of(item) for item in plan.sent}
    made = {plan.made[key]: one for key, one in fields.items()} if plan.plan["kind"] == "new columns" else {}
    gone = set(fields) if plan.plan["kind"] == "deleted columns" else set[str]()
    assert {key[0] for key in change.added} == set(made)
    assert {key[0] for key in change.removed} == gone
    for key, row in change.added.items():
        wanted = made[str(key[0])]
        assert row["data_type"] == wanted["data_type"][1]
        assert row["choices"] == json.dumps(json.loads(wanted["choices"][1]), ensure_ascii=False)
        assert row["for_client"] == as_text(wanted["for_client"][1])
    columns = {str(key[0]): row for key, row in change.changed.items()}
    assert set(columns) == (set(fields) if plan.plan["kind"] == "columns" else set()) - _of_departments_alone(fields)
    for key, row in columns.items():
        changed = {name for name in row if name not in {*SAVED, "field_name"}}
        assert changed == set(fields[key]) - {"departments"}
    linked = {
        (made_id, one)
        for made_id, wanted in {**made, **(fields if plan.plan["kind"] == "columns" else {})}.items()
        for one in set(wanted.get("departments", ((), ()))[1] or ()) - set(wanted.get("departments", ((), ()))[0] or ())
    }
    assert set(links.added) == linked
    sent = tuple(f"{item['address'].rpartition('/')[2]}: " for item in plan.sent)
    warned = [one for one in plan.plan["warnings"] if one.startswith(sent)]
    says = " ".join([*warned, *(one["fields"][0]["move"] for one in plan.sent)])
    said = re.findall(r"(\d+) values? move|DELETED with (\d+) value", says)
    gone_values = 0
    for row in entities.changed.values():  # one thing may hold values of several
        was, now = (json.loads(one or "{}") for one in row["data"])
        gone_values += sum(was[key] is not None for key in was.keys() - now.keys())
    assert gone_values == sum(int(one or other) for one, other in said)


def _of_departments_alone(fields: Mapping[str, Mapping[str, Any]]) -> set[str]:
    """Columns of which nothing but the departments changes: their own row stays."""
    return {key for key, one in fields.items() if set(one) == {"departments"}}


def as_text(raw: object) -> str | None:
    """A value as PostgreSQL prints it."""
    if isinstance(raw, bool):
        return "true" if raw else "false"
    return None if raw is None else str(raw)


def hold_productions(plan: Applied, changes: dict[str, TableDifference], names: Mapping[str, str]) -> None:
    """A production with what was planned of it, the columns that are of all, and of a show the first episode; of an
    unfinished one is named what it has not.
    """
    del names
    projects = changes.pop("project", NOTHING)
    assert not projects.changed
    made_ids = [key[0] for key in projects.added]
    assert made_ids == [plan.made[item["key"]] for item in plan.sent]
    after = {one["name"]: one for item in plan.sent for one in item["fields"]}
    for item, row in zip(plan.sent, projects.added.values(), strict=True):
        assert row["name"] == item["target"].partition("/")[2]
        settings = {
            str(COLUMNS.get(name, name)): as_text(one["after"]["raw"])
            for name, one in after.items()
            if name in row or name in COLUMNS
        }
        assert {name: row[name] for name in settings} == settings
    missing = list[str]()
    for kind, table in {**LINK_TABLES, "team": "project_person_link"}.items():
        found = {tuple(one)[:2] for one in changes.pop(table, NOTHING).added}
        wanted = {(made, one) for made in made_ids for one in (after[kind]["after"]["raw"] if kind in after else ())}
        assert found <= wanted
        missing += [after[kind]["label"]] if found != wanted else []
    told = " ".join(plan.details[item["key"]] for item in plan.sent if item["key"] in plan.partly)
    assert sorted(filter(None, told.removeprefix(f"{NOT_ALL}: ").partition(";")[0].split(", "))) == sorted(missing), (
        told
    )
    shows = made_ids if plan.effects else []
    assert [one["project_id"] for one in changes.pop("entity", NOTHING).added.values()] == shows
    for table in ("metadata_descriptor", "department_metadata_descriptor_link"):
        assert not changes.pop(table, NOTHING).removed


HOLD_SETUP = {
    "productions": hold_productions,
    "teams": hold_teams,
    "projects": hold_projects,
    **dict.fromkeys(("columns", "new columns", "deleted columns"), hold_columns),
}
