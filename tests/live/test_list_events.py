"""What was done, as a person reads it: live, out of Kitsu's log and its news, for each role as far as it may know."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import anyio
import pytest
from anyio import to_thread

from support.client import connected
from support.doing import comment, do, task_id

if TYPE_CHECKING:
    from kitsu_sandbox.lifecycle import Connection

pytestmark = pytest.mark.anyio

THE_END = "the end"
TASK = "Salt Harbour/SQ010/SH0010:Layout"


def act_by_act(kitsu: Connection) -> None:
    """One of everything, by the Admin Bot."""
    task = do(kitsu, "GET", f"data/tasks/{task_id(kitsu, TASK)}")
    project, shot = task["project_id"], task["entity_id"]
    people = {one["full_name"]: one["id"] for one in do(kitsu, "GET", "data/persons")}
    posted = comment(kitsu, task["id"], "Line one.\nLine two.", status="wip")
    do(kitsu, "POST", f"data/tasks/{task['id']}/comments/{posted['id']}/reply", {"text": "Agreed."})
    do(kitsu, "POST", f"data/tasks/{task['id']}/comments/{posted['id']}/ack")
    do(kitsu, "PUT", f"actions/persons/{people['Mara Okafor']}/assign", {"task_ids": [task["id"]]})
    do(kitsu, "PUT", f"data/tasks/{task['id']}", {"estimation": 480})
    do(kitsu, "PUT", f"data/entities/{shot}", {"description": "Rain."})
    made = do(kitsu, "POST", f"data/projects/{project}/sequences", {"name": "SQ900"})
    do(kitsu, "PUT", f"data/entities/{made['id']}", {"name": "SQ901"})
    do(kitsu, "POST", "data/playlists", {"name": "Dailies", "project_id": project, "for_entity": "shot"})
    comment(kitsu, task["id"], THE_END)


TOLD = [
    ["SQ010/SH0010:Layout", "status wfa → wip, comment", "Line one. Line two."],
    ["SQ010/SH0010:Layout", "replied", "Agreed."],
    ["SQ010/SH0010:Layout", "acknowledged a comment", ""],
    ["SQ010/SH0010:Layout", "assigned Mara Okafor", ""],
    ["SQ010/SH0010:Layout", "task changed", ""],
    ["SQ010/SH0010", "shot changed", ""],
    ["SQ901", "sequence created, sequence changed", ""],
    ["Salt Harbour", "playlist created", ""],
    ["SQ010/SH0010:Layout", "comment", "the end"],
]


async def heard(client: Any, since: str, **arguments: Any) -> list[list[Any]]:
    """Rows of waits, one after the other, up to the end."""
    rows: list[list[Any]] = []
    with anyio.fail_after(60):
        while not any(row[-1] == THE_END for row in rows):
            told = await client.ask("wait_for_events", since=since, seconds=20, **arguments)
            rows, since = [*rows, *told["rows"]], told["since"]
    return rows


async def test_everything_that_is_done_is_told_live_and_by_the_log_and_by_whom(pristine: Connection) -> None:
    async with connected(pristine, role="manager", KITSU_PROJECT="Salt Harbour") as client:
        since = (await client.ask("wait_for_events", seconds=0))["since"]
        await to_thread.run_sync(act_by_act, pristine)
        rows = await heard(client, since)
        print(rows)
        listed = await client.ask("list_events", since="2 minutes")
        print(listed)
        assert {row[2] for row in rows} == {"Admin Bot"}
