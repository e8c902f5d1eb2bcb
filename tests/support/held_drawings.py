"""Holding drawings on a preview to what the journal says was drawn, changed or removed."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from support.database import TableDifference

if TYPE_CHECKING:
    from collections.abc import Mapping

    from support.held_tasks import Applied

NOTHING = TableDifference()


def hold_drawings(plan: Applied, changes: dict[str, TableDifference], names: Mapping[str, str]) -> None:
    """Each object became what was planned, and nothing else of any preview changed."""
    del names
    previews = changes.pop("preview_file", NOTHING)
    assert not previews.added
    assert not previews.removed
    assert {column for row in previews.changed.values() for column in row} <= {"annotations", "updated_at"}
    assert {key[0] for key in previews.changed} <= {place["preview_id"] for place in plan.plan["places"]}
    before, after = objects(changes={"preview_file": previews})
    moved = {key for key in before | after if before.get(key) != after.get(key)}
    assert moved == {item["key"] for item in plan.sent}
    assert all(after.get(item["key"]) == wanted(item) for item in plan.sent)


def drawn(plan: Applied, changes: Mapping[str, TableDifference]) -> set[str]:
    """The keys of the items that came to be as planned, whatever the journal says."""
    before, after = objects(changes)
    return {
        item["key"] for item in plan.plan["items"] if after.get(item["key"]) == wanted(item) != before.get(item["key"])
    }


def wanted(item: dict[str, Any]) -> dict[str, Any] | None:
    """The object that an item is to become, None where it is to go."""
    raw = item["fields"][0]["after"]["raw"]
    return json.loads(raw) if raw is not None else None


def objects(changes: Mapping[str, TableDifference]) -> tuple[dict[str, Any], dict[str, Any]]:
    """What is drawn on the previews that changed, by id, before and after; without the moment it was made at."""
    rows = changes.get("preview_file", NOTHING).changed.values()
    columns = [row["annotations"] for row in rows if "annotations" in row]
    return _by_id(one for one, _ in columns), _by_id(one for _, one in columns)


def _by_id(several: Any) -> dict[str, Any]:
    return {
        one["id"]: {key: value for key, value in one.items() if key != "createdAt"}
        for annotations in several
        for moment in json.loads(annotations or "null") or ()
        for one in moment["drawing"]["objects"]
    }
