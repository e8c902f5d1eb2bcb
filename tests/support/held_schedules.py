"""Holding bars and milestones to what the journal says was planned."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from support.database import TableDifference

if TYPE_CHECKING:
    from collections.abc import Mapping

    from support.held_tasks import Applied

NOTHING = TableDifference()
TABLES = {"schedule-items": "schedule_item", "milestones": "milestone"}
OWN = ("project_id", "task_type_id", "object_id")


def hold_schedules(plan: Applied, changes: dict[str, TableDifference], names: Mapping[str, str]) -> None:
    """Exactly the planned bars and milestones are made, set and deleted, with the planned values."""
    del names
    for kind, table in TABLES.items():
        rows, made, gone, moved = changes.pop(table, NOTHING), list[Any](), list[Any](), dict[str, Any]()
        for item in plan.sent:
            its_kind, project, _, type_id, which = item["target"].split("/", 4)
            fields = {one["name"]: one for one in item["fields"]}
            if its_kind != kind:
                continue
            after = {name: _text(one["after"]["raw"]) for name, one in fields.items() if name not in {"there", "id"}}
            moves = {name: one for name, one in fields.items() if one["before"]["raw"] != one["after"]["raw"]}
            if "there" not in fields:
                moved[fields["id"]["before"]["raw"]] = {name: after[name] for name in moves}
            elif fields["there"]["after"]["raw"]:
                own = (project, type_id or None) + ((which or None,) if kind == "schedule-items" else ())
                made.append((own, {name: text for name, text in after.items() if text is not None}))
            else:
                gone.append(fields["id"]["before"]["raw"])
        columns = ("start_date", "end_date", "man_days") if kind == "schedule-items" else ("date", "name")
        added = [
            (
                tuple(row[one] for one in OWN if one in row),
                {name: row[name] for name in columns if row[name] is not None},
            )
            for row in rows.added.values()
        ]
        assert sorted(map(str, added)) == sorted(map(str, made))
        assert sorted(str(key[0]) for key in rows.removed) == sorted(gone)
        assert {
            str(key[0]): {name: after for name, (_, after) in one.items() if name != "updated_at"}
            for key, one in rows.changed.items()
        } == moved


def scheduled(plan: Applied, changes: Mapping[str, TableDifference]) -> set[str]:
    """The keys of the parts of a plan that are otherwise than before."""
    found: set[tuple[str, ...]] = set()
    for kind, table in TABLES.items():
        rows = changes.get(table, NOTHING)
        found |= {(kind, str(key[0])) for key in (*rows.changed, *rows.removed)}
        found |= {
            (kind, row["task_type_id"] or "", (row.get("object_id") if kind == "schedule-items" else row["name"]) or "")
            for row in rows.added.values()
        }
    there: set[str] = set()
    for item in plan.plan["items"]:
        kind, _, _, type_id, which = item["target"].split("/", 4)
        ids = {one["name"]: one["before"]["raw"] for one in item["fields"]}
        if (kind, ids.get("id", "")) in found or (kind, type_id, which) in found:
            there.add(item["key"])
    return there


def _text(raw: object) -> str | None:
    return None if raw is None else str(raw)
