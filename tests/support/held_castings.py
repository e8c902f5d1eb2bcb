"""Holding castings to what the journal says was planned."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from support.database import TableDifference

if TYPE_CHECKING:
    from collections.abc import Mapping

    from support.held_tasks import Applied

NOTHING = TableDifference()
COUNTED = {
    "entity": {"nb_entities_out", "updated_at"},
    "task": {"nb_assets_ready", "updated_at"},
}
"""What Zou counts anew of what uses assets."""


def hold_castings(plan: Applied, changes: dict[str, TableDifference], names: Mapping[str, str]) -> None:
    """Exactly the planned links come, change and go, with what follows from them, and others stay as they were."""
    del names
    links = changes.pop("entity_link", NOTHING)
    there = {item["key"] for item in plan.sent}
    effects = [one for one in plan.plan["effects"] if one["because"] in there]
    fields: list[tuple[str, list[dict[str, Any]]]] = [(item["target"], item["fields"]) for item in plan.sent]
    fields += [(one["target"], [one["field"]]) for one in effects if one["field"]]
    wanted = {
        (*target.split("|")[1:], one["name"]): str(one["after"]["raw"])
        for target, its in fields
        for one in its
        if one["before"]["raw"] != one["after"]["raw"]
    }
    found: dict[tuple[str, ...], str | None] = {}
    for rows, is_there in ((links.added, True), (links.removed, False)):
        for row in rows.values():
            link = str(row["entity_in_id"]), str(row["entity_out_id"])
            found[*link, "nb_occurences"] = row["nb_occurences"] if is_there else "0"
            if row["label"] and (is_there or (*link, "label") in wanted):
                found[*link, "label"] = row["label"] if is_there else ""
    for key, columns in links.changed.items():
        assert columns.keys() <= {"nb_occurences", "label", "updated_at"}
        found |= {(str(key[0]), str(key[1]), name): columns[name][1] for name in columns if name != "updated_at"}
    beyond = found.keys() - wanted.keys()
    if any(not one["field"] for one in effects):  # Zou does not tell whether an episode loses what its last shot lost
        beyond = {one for one in beyond if found[one] != "0"}
    assert not beyond
    assert {one: value for one, value in found.items() if one in wanted} == wanted
    for table, columns in COUNTED.items():
        rows = changes.pop(table, NOTHING)
        assert not rows.added
        assert not rows.removed
        assert all(one.keys() <= columns for one in rows.changed.values())


def cast(plan: Applied, changes: Mapping[str, TableDifference]) -> set[str]:
    """The keys of the links of a plan that are otherwise than before."""
    links = changes.get("entity_link", NOTHING)
    ends = {
        (str(row["entity_in_id"]), str(row["entity_out_id"]))
        for rows in (links.added, links.removed)
        for row in rows.values()
    } | {(str(key[0]), str(key[1])) for key in links.changed}
    return {item["key"] for item in plan.plan["items"] if tuple(item["target"].split("|")[1:]) in ends}
