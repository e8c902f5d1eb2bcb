"""Holding hours and days off to what the journal says was planned."""

from __future__ import annotations

from typing import TYPE_CHECKING

from support.database import TableDifference

if TYPE_CHECKING:
    from collections.abc import Mapping

    from support.held_tasks import Applied

NOTHING = TableDifference()


def hold_hours(plan: Applied, changes: dict[str, TableDifference], names: Mapping[str, str]) -> None:
    """Exactly the planned minutes stand there, and each task has their sum."""
    del names
    entries, tasks = changes.pop("time_spent", NOTHING), changes.pop("task", NOTHING)
    wanted = {item["target"]: item["fields"][0] for item in plan.sent}
    moves = {target: (float(one["before"]["raw"]), float(one["after"]["raw"])) for target, one in wanted.items()}
    found: dict[str, tuple[float, float]] = {}
    for rows, is_there in ((entries.added, True), (entries.removed, False)):
        for row in rows.values():
            minutes = float(str(row["duration"]))
            key = f"{row['task_id']}/{row['person_id']}/{row['date']}"
            found[key] = (0.0, minutes) if is_there else (minutes, 0.0)
    changed = sorted(
        (float(str(one["duration"][0])), float(str(one["duration"][1]))) for one in entries.changed.values()
    )
    assert sorted([*found.values(), *changed]) == sorted(moves.values())
    assert found.items() <= moves.items()
    assert all(one.keys() <= {"duration", "updated_at"} for one in entries.changed.values())
    spent: dict[str, float] = {}
    for target, (before, after) in moves.items():
        task = target.partition("/")[0]
        spent[task] = spent.get(task, 0.0) + after - before
    assert {
        str(key[0]): float(str(one["duration"][1])) - float(str(one["duration"][0]))
        for key, one in tasks.changed.items()
        if "duration" in one
    } == {task: minutes for task, minutes in spent.items() if minutes}
    assert all(one.keys() <= {"duration", "updated_at"} for one in tasks.changed.values())
    for rows in (tasks.added, tasks.removed):
        assert not rows
    people = changes.pop("person", NOTHING)
    assert all(one.keys() <= {"last_presence", "updated_at"} for one in people.changed.values())
    assert {str(key[0]) for key in people.changed} <= {target.split("/")[1] for target in wanted}
