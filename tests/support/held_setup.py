"""Holding changes of how productions are set up to what the journal says was planned."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from support.database import TableDifference

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
