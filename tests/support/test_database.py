"""A difference of the whole database names every row that a write touched, and nothing else."""

from __future__ import annotations

from time import thread_time
from typing import TYPE_CHECKING

import psycopg

from support.api import ask
from support.database import TableDifference, difference, snapshot

if TYPE_CHECKING:
    from kitsu_sandbox.lifecycle import Connection


def test_reading_through_the_api_changes_nothing(kitsu: Connection) -> None:
    before = snapshot(kitsu.database)
    for path in ("data/projects/open", "data/tasks?page=1&limit=10", "data/persons"):
        assert ask(kitsu.host, path, kitsu.token("manager")).status == 200
    assert difference(before, snapshot(kitsu.database)) == {}


def test_a_comment_adds_its_rows_and_changes_its_task(pristine: Connection) -> None:
    token = pristine.token("manager")
    task = ask(pristine.host, "data/tasks?page=1&limit=1", token).body["data"][0]
    before = snapshot(pristine.database)
    body = {"task_status_id": task["task_status_id"], "comment": "one more look"}
    comment = ask(pristine.host, f"actions/tasks/{task['id']}/comment", token, method="POST", body=body).body
    found = difference(before, snapshot(pristine.database))
    assert (
        {"api_event", "comment", "news", "task"}
        <= found.keys()
        <= {"api_event", "comment", "news", "notification", "task"}
    )
    (row,) = found["comment"].added.values()
    assert (row["id"], row["text"]) == (comment["id"], "one more look")
    assert found["task"].changed.keys() == {(task["id"],)}
    assert found["task"].changed[task["id"],].keys() == {"last_comment_date", "updated_at"}
    assert found["task"].added == found["task"].removed == {}


def test_a_removed_row_is_told_by_its_key(kitsu: Connection) -> None:
    before = snapshot(kitsu.database)
    after = {**before, "milestone": dict(before["milestone"])}
    key, row = after["milestone"].popitem()
    assert difference(before, after) == {"milestone": TableDifference(removed={key: row})}


def test_what_is_committed_and_nothing_else_is_in_the_next_snapshot(pristine: Connection) -> None:
    before = snapshot(pristine.database)
    with psycopg.connect(pristine.database) as database:
        database.execute("delete from news")
        assert snapshot(pristine.database) == before
        database.commit()
        assert difference(before, snapshot(pristine.database)).keys() == {"news"}
        database.execute("delete from notification")
    assert difference(before, snapshot(pristine.database)).keys() == {"news", "notification"}


def test_a_snapshot_costs_less_than_half_a_second_of_work_and_reads_what_was_written_to(pristine: Connection) -> None:
    known = snapshot(pristine.database)
    with psycopg.connect(pristine.database) as database:
        database.execute("delete from news")
    now = snapshot(pristine.database)
    assert not now["news"]
    assert all(now[table] is rows for table, rows in known.items() if table != "news")
    began = thread_time()
    assert snapshot(f"{pristine.database}?application_name=another") == now
    assert thread_time() - began < 0.5
