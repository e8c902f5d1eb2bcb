"""Holding a write to its plan: the whole database may differ only as the journal says was planned."""

from __future__ import annotations

import json
import sqlite3
from contextlib import closing, contextmanager
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from support.api import ask
from support.database import Database, TableDifference, difference, snapshot
from support.held_castings import hold_castings
from support.held_comments import hold_attached, hold_comment_changes, hold_deleted_comments, hold_replies
from support.held_drawings import hold_drawings
from support.held_entities import hold_changed_entities, hold_deleted, hold_new_entities, hold_new_tasks
from support.held_hours import hold_days_off, hold_hours
from support.held_playlists import hold_deleted_playlists, hold_new_playlists, hold_playlists
from support.held_previews import hold_previews, hold_revisions
from support.held_schedules import hold_schedules
from support.held_setup import HOLD_SETUP
from support.held_studio import HOLD_STUDIO
from support.held_tasks import NOT_ALL, hold_assignments, hold_plans

if TYPE_CHECKING:
    from collections.abc import Generator, Mapping
    from pathlib import Path

    from kitsu_sandbox.lifecycle import Connection

NOTHING = TableDifference()
HOLD = {
    "assignments": hold_assignments,
    "plans": hold_plans,
    "drawings": hold_drawings,
    "revisions": hold_revisions,
    "castings": hold_castings,
    "hours": hold_hours,
    "days off": hold_days_off,
    "schedules": hold_schedules,
    "new entities": hold_new_entities,
    "changed entities": hold_changed_entities,
    "deleted entities": hold_deleted,
    "new tasks": hold_new_tasks,
    "deleted tasks": hold_deleted,
    "playlists": hold_playlists,
    "new playlists": hold_new_playlists,
    "deleted playlists": hold_deleted_playlists,
    "replies": hold_replies,
    "comment changes": hold_comment_changes,
    "deleted comments": hold_deleted_comments,
    **HOLD_SETUP,
    **HOLD_STUDIO,
}
"""What the difference of a plan of each other kind must be: what it accounts for it takes out of the tables."""
COLUMNS: dict[str, dict[str, set[str]]] = {
    "task": {
        "assignments": {"assigner_id"},
        "plans": {"start_date", "due_date", "estimation", "priority", "difficulty"},
        "castings": {"nb_assets_ready"},
        "new entities": set(),
        "new tasks": set(),
        "new playlists": set(),
    },
    "entity": {"castings": {"nb_entities_out"}, "new entities": set(), "new tasks": set()},
}
"""What of a task or an entity is of a kind alone, where a plan has several."""
NEW = {
    "task": {"start_date": None, "due_date": None, "estimation": "0", "priority": "0", "difficulty": "3"}
    | {"last_comment_date": None},
    "entity": {"nb_entities_out": "0"},
}
"""What is in these columns of a row that was just made."""
FOLLOW_FROM_COMMENTS = {"api_event", "news", "comment_mentions", "comment_department_mentions"}
"""Tables that Zou fills by itself for every comment: its event log, its news feed, whom a text names."""


@dataclass(frozen=True)
class Journaled:
    """A plan as the journal holds it, with the answer and what became of each item: also in words, and what it made."""

    code: str
    answer: str | None
    text: str | None
    plan: dict[str, Any]
    outcomes: dict[str, str | None]
    details: dict[str, str]
    made: dict[str, str]

    @property
    def partly(self) -> set[str]:
        """The keys of items of which the journal names a part as done."""
        failed = {key for key, outcome in self.outcomes.items() if outcome == "failed"}
        return {key for key in failed if self.made[key] or self.details[key].startswith(NOT_ALL)}

    @property
    def sent(self) -> list[dict[str, Any]]:
        """The items that the journal calls applied, or of which it says what is there."""
        there = {key for key, outcome in self.outcomes.items() if outcome == "applied"} | self.partly
        return [item for item in self.plan["items"] if item["key"] in there]

    @property
    def effects(self) -> list[dict[str, Any]]:
        """What the plan says Kitsu itself does because of these."""
        there = {item["key"] for item in self.sent}
        return [effect for effect in self.plan["effects"] if effect["because"] in there]


def journaled(journal: Path) -> list[Journaled]:
    """Every plan of a journal, oldest first."""
    with closing(sqlite3.connect(journal)) as db:
        plans = db.execute("select code, answer, text, change from changes order by proposed_at").fetchall()
        items = db.execute("select code, key, outcome, coalesce(detail, ''), coalesce(reference, '') from items")
        cells = [tuple(row) for row in items]

    def of(code: str, column: int) -> dict[str, Any]:
        return {row[1]: row[column] for row in cells if row[0] == code}

    return [
        Journaled(code, answer, text, json.loads(plan), of(code, 2), of(code, 3), of(code, 4))
        for code, answer, text, plan in plans
    ]


@contextmanager
def held_to_plan(connection: Connection, journal: Path) -> Generator[None]:
    """What happens in this block must change the database as the last plan of the journal says, and not otherwise."""
    before = _settled(connection)
    yield
    hold(connection, journaled(journal)[-1], difference(before, snapshot(connection.database)))


def hold(connection: Connection, plan: Journaled, changes: dict[str, TableDifference]) -> None:
    """These must be the changes that the journal says this plan made."""
    people = ask(connection.host, "data/persons", connection.token("admin")).body
    names = {person["id"]: person["full_name"] for person in people}
    if plan.plan["kind"] == "several":
        for step, its in steps_of(plan, changes):
            if step.plan["kind"] in HOLD:
                HOLD[step.plan["kind"]](step, its, names)
            else:
                hold_attached(step, its)
                hold_previews(step, its)
                _hold_comments(step, its.pop("comment", NOTHING))
                _hold_tasks(step, its.pop("task", NOTHING))
                _hold_assets(step, its.pop("entity", NOTHING))
            left = {table for table, change in its.items() if change != NOTHING and table != "task"}
            changes = {table: change for table, change in changes.items() if table in left}
        _hold_notifications(plan, changes.pop("notification", NOTHING), names)
        assert changes.keys() <= FOLLOW_FROM_COMMENTS
        return
    if plan.plan["kind"] in HOLD:
        HOLD[plan.plan["kind"]](plan, changes, names)
        if plan.plan["kind"] == "drawings":  # those in the review are told, without a notification
            assert changes.keys() <= {"api_event"}
            return
        _hold_notifications(plan, changes.pop("notification", NOTHING), names)
        assert changes.keys() <= {"api_event"}, {name: changes[name] for name in changes.keys() - {"api_event"}}
        return
    assert not {table for table, change in changes.items() if change.removed}
    hold_attached(plan, changes)
    hold_previews(plan, changes)
    _hold_comments(plan, changes.pop("comment", NOTHING))
    _hold_tasks(plan, changes.pop("task", NOTHING))
    _hold_assets(plan, changes.pop("entity", NOTHING))
    _hold_notifications(plan, changes.pop("notification", NOTHING), names)
    assert changes.keys() <= FOLLOW_FROM_COMMENTS


def steps_of(
    plan: Journaled, changes: Mapping[str, TableDifference]
) -> Generator[tuple[Journaled, dict[str, TableDifference]]]:
    """Each step of a plan of several, with what is left of the difference: of tasks and entities the rows that it
    makes, and of others the columns that are its own, also where another step made the row.
    """
    deletes = any(step["kind"].startswith("deleted") for step in plan.plan["steps"])
    makers = {one: int(key.partition(":")[0]) for key, one in plan.made.items()}
    for number, step in enumerate(plan.plan["steps"], 1):

        def its(of: Mapping[str, Any], at: str = f"{number}:") -> dict[str, Any]:
            return {key.removeprefix(at): one for key, one in of.items() if key.startswith(at)}

        own = json.loads(step["change"])
        yield (
            Journaled(plan.code, plan.answer, own["text"], own, its(plan.outcomes), its(plan.details), its(plan.made)),
            {**changes, **_apart(changes, own["kind"])}
            | {table: _of_step(table, changes.get(table, NOTHING), number, own, makers, deletes) for table in NEW},
        )


def _apart(changes: Mapping[str, TableDifference], kind: str) -> dict[str, TableDifference]:
    """Tables of a step without the rows that went along with what another step deletes."""
    told, links = changes.get("notification", NOTHING), changes.get("entity_link", NOTHING)
    gone = {key[0] for key in changes.get("entity", NOTHING).removed}
    match kind:
        case "deleted playlists":
            its = {key: row for key, row in told.removed.items() if row["playlist_id"]}
            return {"notification": replace(told, removed=its)}
        case "castings":
            its = {
                key: row
                for key, row in links.removed.items()
                if gone.isdisjoint({row["entity_in_id"], row["entity_out_id"]})
            }
            return {"entity_link": replace(links, removed=its)}
        case _:
            return {}


def _of_step(
    table: str, change: TableDifference, number: int, own: dict[str, Any], makers: Mapping[str, int], deletes: bool
) -> TableDifference:
    statuses = {one["target"]: one["fields"][0]["before"]["raw"] for one in own["items"] if own["kind"] == "comments"}
    made_in = {
        key: makers.get(str(key[0])) or makers.get(str(row.get("entity_id")), number)
        for key, row in change.added.items()
    }
    added = {key: row for key, row in change.added.items() if made_in[key] == number}
    changed = dict(change.changed)
    for key in change.added.keys() - added.keys():
        row, status = change.added[key], statuses.get(str(key[0]))
        new = NEW[table] | ({"task_status_id": status} if status else {})
        changed[key] = {name: (new[name], row[name]) for name in new if row[name] != new[name]}
    columns = COLUMNS[table].get(own["kind"])
    others = {one for kind, of in COLUMNS[table].items() if kind != own["kind"] for one in of}
    changed = {
        key: {name: one for name, one in row.items() if (name not in others if columns is None else name in columns)}
        for key, row in changed.items()
    }
    removed = {} if deletes and not own["kind"].startswith("deleted") else change.removed
    changed = {key: row for key, row in changed.items() if row.keys() - {"updated_at"}}
    return replace(change, added=added, changed=changed, removed=removed)


@contextmanager
def nothing_written(connection: Connection) -> Generator[None]:
    """What happens in this block must leave the whole database as it is."""
    before = _settled(connection)
    yield
    changes = difference(before, snapshot(connection.database))
    assert changes == {}, changes


def _settled(connection: Connection) -> Database:
    """The database once Zou has come to this question: what it was at before is written then."""
    ask(connection.host, "auth/authenticated", connection.token("admin"))
    return snapshot(connection.database)


def _after(field: dict[str, Any]) -> Any:
    return field["after"]["raw"]


def _hold_comments(plan: Journaled, change: TableDifference) -> None:
    wanted = sorted(
        [(item["target"], _after(item["fields"][0])) for item in plan.sent]
        + [(one["target"], _after(one["field"])) for one in plan.effects if one["field"]]
    )
    assert sorted((row["object_id"], row["task_status_id"]) for row in change.added.values()) == wanted
    assert not change.changed
    ours = [row for row in change.added.values() if (row["text"] or "").endswith(f"[{plan.code}]")]
    assert {row["object_id"] for row in ours} == {item["target"] for item in plan.sent}
    assert all((row["text"] or "").startswith((plan.text or "").strip()) for row in ours)


def _hold_tasks(plan: Journaled, change: TableDifference) -> None:
    now = {item["target"]: _after(item["fields"][0]) for item in plan.sent}
    now |= {one["target"]: _after(one["field"]) for one in plan.effects if one["field"] and not one["lead"]}
    named = set(now) | {one["target"] for one in plan.effects if one["field"]}
    assert not change.added
    counted: set[str] = (
        {"nb_assets_ready", "updated_at"} if any(one["field"] is None for one in plan.effects) else set()
    )
    touched = {key[0] for key, columns in change.changed.items() if not columns.keys() <= counted}
    assert touched == named
    moved = {key[0]: row["task_status_id"][1] for key, row in change.changed.items() if "task_status_id" in row}
    assert moved.items() <= now.items()


def _hold_assets(plan: Journaled, change: TableDifference) -> None:
    ready = sum(one["field"] is None for one in plan.effects)
    assert not change.added
    assert len(change.changed) <= ready
    assert all(columns.keys() <= {"ready_for", "updated_at"} for columns in change.changed.values())


def _hold_notifications(plan: Journaled, change: TableDifference, names: Mapping[str, str]) -> None:
    told = {names[str(row["person_id"])] for row in change.added.values()}
    if any("may not see" in one for one in plan.plan["told"]):
        return
    said = {one.partition("~")[0] for one in plan.plan["told"]}  # two of one name are told apart by their ids
    assert told <= said
    if len(plan.sent) == len(plan.plan["items"]):
        assert told == said
