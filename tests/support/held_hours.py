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


def spent(plan: Applied, changes: Mapping[str, TableDifference]) -> set[str]:
    """The keys of what a plan logs anew, or takes back whole, and that is so."""
    entries = changes.get("time_spent", NOTHING)
    found = {
        f"{row['task_id']}/{row['person_id']}/{row['date']}"
        for rows in (entries.added, entries.removed)
        for row in rows.values()
    }
    return {item["key"] for item in plan.plan["items"] if item["target"] in found}


def hold_days_off(plan: Applied, changes: dict[str, TableDifference], names: Mapping[str, str]) -> None:
    """Exactly the planned days off come, change and go, and of the hours go only those that the plan says."""
    people = {name: person for person, name in names.items()}
    days, entries = changes.pop("day_off", NOTHING), changes.pop("time_spent", NOTHING)
    wanted: list[tuple[str, dict[str, tuple[str | None, str | None]]]] = []
    for item in plan.sent:
        its = {one["name"]: (one["before"]["raw"], one["after"]["raw"]) for one in item["fields"]}
        gone = its.pop("there", (None, None))[1] is False
        wanted.append((people[item["address"]], {
            name: (before, None if gone else after) for name, (before, after) in its.items() if gone or before != after
        }))  # fmt: skip
    found: list[tuple[str, dict[str, tuple[str | None, str | None]]]] = []
    for rows, is_there in ((days.added, True), (days.removed, False)):
        for row in rows.values():
            its = {name: row[name] or "" for name in ("date", "end_date", "description")}
            values = {name: (None, text) if is_there else (text, None) for name, text in its.items()}
            found.append((str(row["person_id"]), {name: one for name, one in values.items() if not is_there or one[1]}))
    assert sorted(one for one in found) == sorted(one for one in wanted if None in {*one[1].get("date", ("", ""))})
    changed = [
        {name: one for name, one in columns.items() if name != "updated_at"} for columns in days.changed.values()
    ]
    assert sorted(map(str, changed)) == sorted(
        str(dict(sorted(its.items()))) for _, its in wanted if None not in {*its.get("date", ("", ""))}
    )
    there = {item["key"] for item in plan.sent}
    told = [one["rest"] for one in plan.plan["effects"] if one["because"] in there]
    assert not entries.added
    assert not entries.changed
    assert sum(int(one.rpartition("(")[2].partition(" ")[0]) for one in told) == len(entries.removed)


def away(plan: Applied, changes: Mapping[str, TableDifference]) -> set[str]:
    """The keys of the days off of a plan that came, differ or are gone."""
    days = changes.get("day_off", NOTHING)
    found = {f"{row['person_id']}/{row['date']}" for row in days.added.values()}
    ids = {key[0] for key in (*days.changed, *days.removed)}
    return {
        item["key"]
        for item in plan.plan["items"]
        if item["target"] in found or item["target"].rpartition("/")[2] in ids
    }
