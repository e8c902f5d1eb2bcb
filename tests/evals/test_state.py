"""What counts as a change besides comments, between two states of the sandbox's database."""

from __future__ import annotations

from typing import Any

import pytest

from evals.state import State, other_changes

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
    assert other_changes(state({}), state({"c": COMMENT}, **changed)) == ["task changed ×1"]


def test_what_kitsu_changes_with_a_comment_follows_from_it() -> None:
    moved = {"task_status_id": "u", "last_comment_date": "2030", "retake_count": 1, "updated_at": "2030"}
    dates = {"real_start_date": "2030", "end_date": "2030", "done_date": "2030"}
    assert other_changes(state({}), state({"c": COMMENT}, **moved, **dates)) == []


def test_without_a_comment_nothing_follows() -> None:
    assert other_changes(state({}), state({}, updated_at="2030")) == ["task changed ×1"]
