"""Holding a write to its plan: the whole database may differ only as the journal says was planned."""

from __future__ import annotations

import json
import sqlite3
from contextlib import closing, contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from support.api import ask
from support.database import TableDifference, difference, snapshot
from support.held_previews import hold_previews
from support.held_tasks import hold_assignments, hold_plans

if TYPE_CHECKING:
    from collections.abc import Generator
    from pathlib import Path

    from kitsu_sandbox.lifecycle import Connection

NOTHING = TableDifference()
HOLD = {"assignments": hold_assignments, "plans": hold_plans}
"""What the difference of a plan of each other kind must be: what it accounts for it takes out of the tables."""
FOLLOW_FROM_COMMENTS = {"api_event", "news", "comment_mentions", "comment_department_mentions"}
"""Tables that Zou fills by itself for every comment: its event log, its news feed, whom a text names."""


@dataclass(frozen=True)
class Journaled:
    """A plan as the journal holds it, with the answer and what became of each item."""

    code: str
    answer: str | None
    text: str | None
    plan: dict[str, Any]
    outcomes: dict[str, str | None]

    @property
    def sent(self) -> list[dict[str, Any]]:
        """The items that the journal calls applied."""
        return [item for item in self.plan["items"] if self.outcomes.get(item["key"]) == "applied"]

    @property
    def effects(self) -> list[dict[str, Any]]:
        """What the plan says Kitsu itself does because of these."""
        return [effect for effect in self.plan["effects"] if self.outcomes.get(effect["because"]) == "applied"]


def journaled(journal: Path) -> list[Journaled]:
    """Every plan of a journal, oldest first."""
    with closing(sqlite3.connect(journal)) as db:
        plans = db.execute("select code, answer, text, change from changes order by proposed_at").fetchall()
        items = db.execute("select code, address, key, outcome from items").fetchall()
    return [
        Journaled(code, answer, text, json.loads(plan), {item[2]: item[3] for item in items if item[0] == code})
        for code, answer, text, plan in plans
    ]


@contextmanager
def held_to_plan(connection: Connection, journal: Path) -> Generator[None]:
    """What happens in this block must change the database as the last plan of the journal says, and not otherwise."""
    before = _settled(connection)
    yield
    changes = difference(before, snapshot(connection.database))
    plan = journaled(journal)[-1]
    if plan.plan["kind"] in HOLD:
        HOLD[plan.plan["kind"]](plan, changes)
        _hold_notifications(connection, plan, changes.pop("notification", NOTHING))
        assert changes.keys() <= {"api_event"}
        return
    assert not {table for table, change in changes.items() if change.removed}
    hold_previews(plan, changes)
    _hold_comments(plan, changes.pop("comment", NOTHING))
    _hold_tasks(plan, changes.pop("task", NOTHING))
    _hold_assets(plan, changes.pop("entity", NOTHING))
    _hold_notifications(connection, plan, changes.pop("notification", NOTHING))
    assert changes.keys() <= FOLLOW_FROM_COMMENTS


@contextmanager
def nothing_written(connection: Connection) -> Generator[None]:
    """What happens in this block must leave the whole database as it is."""
    before = _settled(connection)
    yield
    assert difference(before, snapshot(connection.database)) == {}


def _settled(connection: Connection) -> dict[str, Any]:
    # The first sign-in of all creates the organisation's row (seen on Zou 1.0.97), which is not this block's doing.
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


def _hold_notifications(connection: Connection, plan: Journaled, change: TableDifference) -> None:
    people = ask(connection.host, "data/persons", connection.token("admin")).body
    names = {person["id"]: person["full_name"] for person in people}
    told = {names[row["person_id"]] for row in change.added.values()}
    if any("may not see" in one for one in plan.plan["told"]):
        return
    said = {one.partition("~")[0] for one in plan.plan["told"]}  # two of one name are told apart by their ids
    assert told <= said
    if len(plan.sent) == len(plan.plan["items"]):
        assert told == said
