"""What counts as a change besides comments, between two states of the sandbox's database."""

from __future__ import annotations

import json
from typing import Any

import pytest

from evals.state import State, changes
from evals.task import Changed

TASK = {"id": "t", "entity_id": "e", "task_type_id": "y", "task_status_id": "s", "due_date": None, "priority": 0}
COMMENT = {"id": "c", "object_id": "t", "task_status_id": "s", "text": "hi"}


def state(comments: dict[str, Any], **fields: Any) -> State:
    return State(
        {
            "task": {"t": TASK | fields},
            "task_type": {"y": {"name": "Animation"}},
            "task_status": {"s": {"short_name": "wip"}},
            "entity": {"e": {"entity_type_id": "k", "parent_id": None, "project_id": "p", "name": "SH"}},
            "entity_type": {"k": {"name": "Shot"}},
            "project": {"p": {"name": "P"}},
            "comment": comments,
            "comment_mentions": {},
        }
    )


@pytest.mark.parametrize(
    "changed", [{"due_date": "2030-01-01"}, {"priority": 3}, {"task_status_id": "u", "estimation": 480}]
)
def test_a_commented_tasks_own_fields_must_stay(changed: dict[str, Any]) -> None:
    assert changes([], state({}), state({"c": COMMENT}, **changed)) == ["task changed ×1"]


def test_what_kitsu_changes_with_a_comment_follows_from_it() -> None:
    moved = {"task_status_id": "u", "last_comment_date": "2030", "retake_count": 1, "updated_at": "2030"}
    dates = {"real_start_date": "2030", "end_date": "2030", "done_date": "2030"}
    assert changes([], state({}), state({"c": COMMENT}, **moved, **dates)) == []


def test_without_a_comment_nothing_follows() -> None:
    assert changes([], state({}), state({}, updated_at="2030")) == ["task changed ×1"]


WANTED = Changed(table="task", how="changed", rows=[{"address": "P/SH:Animation", "priority": 3}])


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"priority": 3, "updated_at": "2030"}, []),
        ({"priority": 2}, [f"task is not changed: {json.dumps(WANTED.rows[0])}", "task changed ×1"]),
        (
            {"priority": 3, "due_date": "2030"},
            [f"task is not changed: {json.dumps(WANTED.rows[0])}", "task changed ×1"],
        ),
        ({}, [f"task is not changed: {json.dumps(WANTED.rows[0])}"]),
    ],
)
def test_a_wanted_row_has_what_is_wanted_and_differs_in_nothing_else(changed: dict[str, Any], said: list[str]) -> None:
    assert changes([WANTED], state({}), state({}, **changed)) == said
