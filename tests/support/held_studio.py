"""Holding changes of people and of the studio's records to what the journal says was planned."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

from support.database import TableDifference
from support.held_setup import as_text, fields_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from support.held import Journaled
    from support.held_tasks import Applied

NOTHING = TableDifference()
TABLES = {
    "task type": "task_type",
    "task status": "task_status",
    "asset type": "entity_type",
    "department": "department",
    "automation": "status_automation",
}
LINKS = "task_type_asset_type_link"
COLUMNS = {"department": "department_id", "copies_revision": "import_last_revision"}


def hold_people(plan: Applied, changes: dict[str, TableDifference], names: Mapping[str, str]) -> None:
    """Of people exactly what was planned differs, and the departments that they joined and left."""
    del names
    people, links = changes.pop("person", NOTHING), changes.pop("department_link", NOTHING)
    for one in (people.added, people.removed, links.changed):
        assert not one
    wanted = {item["target"]: fields_of(item) for item in plan.sent}
    departments = {one: fields.pop("departments", ((), ())) for one, fields in wanted.items()}
    found = {
        str(key[0]): {one: row[one][1] for one in row.keys() - {"updated_at"}} for key, row in people.changed.items()
    }
    columns = {one: {name: as_text(after) for name, (_, after) in fields.items()} for one, fields in wanted.items()}
    assert {one: row for one, row in found.items() if row} == {one: row for one, row in columns.items() if row}
    assert found.keys() <= wanted.keys()
    for rows, of, other in ((links.added, 1, 0), (links.removed, 0, 1)):
        every = {(one, each) for one, two in departments.items() for each in set(two[of]) - set(two[other])}
        assert {(str(row["person_id"]), str(row["department_id"])) for row in rows.values()} == every


def hold_studio(plan: Applied, changes: dict[str, TableDifference], names: Mapping[str, str]) -> None:
    """Records come, differ and go as planned, with the task types of asset types."""
    del names
    tables = {what: changes.pop(table, NOTHING) for what, table in TABLES.items()}
    links = changes.pop(LINKS, NOTHING)
    linked, unlinked = set[tuple[str, str]](), set[tuple[str, str]]()
    came, went, differ = ({what: dict[str, Any]() for what in TABLES} for _ in range(3))
    for item in plan.sent:
        what, _, which = item["target"].partition("/")
        fields = fields_of(item)
        there = fields.pop("there", (True, True))
        one = plan.made[item["key"]] if there == (False, True) else which
        was, now = fields.pop("task_types", ((), ()))
        if there == (True, False):
            was = next((each["before"]["raw"] for each in item["fields"] if each["name"] == "task_types"), ())
        linked |= {(one, each) for each in set(now or ()) - set(was or ())}
        unlinked |= {(one, each) for each in set(was or ()) - set(now or ())}
        of = went if there == (True, False) else came if there == (False, True) else differ
        of[what][one] = _columns(what, {name: after for name, (_, after) in fields.items()}, which.removeprefix("/"))
    for what, change in tables.items():
        assert {str(key[0]) for key in change.removed} == set(went[what])
        added = {str(key[0]): row for key, row in change.added.items()}
        assert set(added) == set(came[what])
        assert all(came[what][one].items() <= row.items() for one, row in added.items()), added
        found = {
            str(key[0]): {name: row[name][1] for name in row.keys() - {"updated_at"}}
            for key, row in change.changed.items()
        }
        assert {one: row for one, row in found.items() if row} == {one: row for one, row in differ[what].items() if row}
    for rows, every in ((links.added, linked), (links.removed, unlinked)):
        assert {(str(row["asset_type_id"]), str(row["task_type_id"])) for row in rows.values()} == every


def in_the_studio(plan: Journaled, changes: Mapping[str, TableDifference]) -> Counter[str]:
    """How often each record of a plan came, went or differs."""
    count = Counter[str]()
    for item in plan.plan["items"]:
        what, _, which = item["target"].partition("/")
        change = changes.get(TABLES[what], NOTHING)
        named = _columns(what, {}, which[1:]) if which.startswith("/") else {}
        touched = {str(key[0]) for key in (*change.changed, *change.removed)}
        count[item["key"]] = (
            sum(named.items() <= row.items() for row in change.added.values()) if named else int(which in touched)
        )
    return count


def _columns(what: str, fields: Mapping[str, Any], named: str) -> dict[str, Any]:
    """What the row holds, as PostgreSQL prints it: of what is new also what the target says."""
    automation = what == "automation"
    if automation and ":" in named:
        fields = dict(zip(("of", "when", "then"), named.split(":"), strict=True)) | dict(fields)
    elif not automation and named.count("-") != 4:
        fields = {"name": named, **fields}
    columns: dict[str, Any] = {}
    for name, raw in fields.items():
        if name in {"when", "then"}:
            side, (task_type, status) = "in" if name == "when" else "out", raw.split("=")
            ready = status == "ready_for"
            columns |= {f"{side}_task_type_id": task_type, f"{side}_task_status_id": None if ready else status}
        elif name == "of":
            columns["entity_type" if automation else "for_entity"] = raw
        else:
            columns[COLUMNS.get(name, name)] = as_text(raw)
    return columns


HOLD_STUDIO = {"people": hold_people, "studio": hold_studio}
