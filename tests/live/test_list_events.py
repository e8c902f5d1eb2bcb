"""What was done, as a person reads it: live, out of Kitsu's log and its news, for each role as far as it may know."""

from __future__ import annotations

import re
from functools import partial
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
    """Rows of waits, one after the other, up to the end and until nothing more comes: an act that others may join is
    told a little later than one that is whole.
    """
    rows: list[list[Any]] = []
    with anyio.fail_after(60):
        ended = False
        while True:
            told = await client.ask("wait_for_events", since=since, seconds=1 if ended else 20, **arguments)
            if ended and not told["rows"]:
                return rows
            rows, since = [*rows, *told["rows"]], told["since"]
            ended = ended or any(row[-1] == THE_END for row in rows)


def told(rows: list[list[Any]]) -> list[list[Any]]:
    """Rows as `TOLD` has them, whatever the status was before; each once, the first first."""
    return [[row[0], re.sub("status .* →", "status wfa →", row[3]), row[4]] for row in rows]


async def test_everything_that_is_done_is_told_live_and_by_the_log_and_by_whom(pristine: Connection) -> None:
    async with connected(pristine, role="manager", KITSU_PROJECT="Salt Harbour", KITSU_LIVE="auto") as client:
        since = (await client.ask("wait_for_events", seconds=0))["since"]
        await to_thread.run_sync(act_by_act, pristine)
        rows = await heard(client, since)
        listed = await client.ask("list_events", since="10 minutes", people=["Admin Bot"], limit=30)
        # One after the other out of the log by `since`, as an agent asks that was not there meanwhile.
        again = await client.ask("wait_for_events", since="1 minute", seconds=0, kinds=["status"])
        people = await client.ask("list_events", since="7 days", group_by=["person"])
        none = await client.ask("list_events", since="10 minutes", people=["Mara Okafor"], kinds=["comment"])
    missing = [one for one in TOLD if one not in told(rows) and one[0] != "SQ901"]
    assert missing == [] or missing == [["SQ010/SH0010:Layout", "task changed", ""]]  # told with the assignment
    assert {row[2] for row in rows} == {"Admin Bot"}
    logged = told(listed["rows"])
    for one in TOLD:
        assert one in logged or one[1] in {"task changed", "acknowledged a comment"}, one
    assert told(again["rows"])[-1] == TOLD[0]
    assert people["columns"][:3] == ["person", "acts", "kinds"]
    counts = {row[0]: row[1] for row in people["rows"]}
    assert counts["Admin Bot"] == listed["total"]
    assert list(counts.values()) == sorted(counts.values(), reverse=True)
    assert sum(row[1] for row in people["rows"]) == people["acts"] > len(TOLD)
    assert none["total"] == 0


@pytest.mark.parametrize("role", ["supervisor", "user", "client", "vendor"])
async def test_a_role_is_told_what_it_may_know_and_what_not(pristine: Connection, role: str) -> None:
    async with connected(pristine, role=role, KITSU_PROJECT="Salt Harbour", KITSU_LIVE="auto") as client:
        since = (await client.ask("wait_for_events", seconds=0))["since"]
        await to_thread.run_sync(act_by_act, pristine)
        await to_thread.run_sync(do, pristine, "GET", "status/test-event")
        live = await client.ask("wait_for_events", since=since, seconds=3)
        listed = await client.ask("list_events", since="1 minute", limit=100)
    rows = told([*live["rows"], *listed["rows"]])
    if role == "client":
        assert not any(row[1].endswith("comment") for row in rows), rows
        assert "of your role Kitsu tells nothing" in str(listed["notes"])
    elif role == "vendor":
        assert not any(":" in row[0] for row in rows), rows
    else:
        assert TOLD[0] in rows
        assert "of your role Kitsu tells comments, statuses and publishes, all else since" in str(listed["notes"])
    # Nobody below a manager may read the log, and no event names who did it.
    assert {row[2] for row in listed["rows"] if "assigned" in row[3]} <= {"somebody"}


async def test_several_wait_at_once_each_for_their_own_with_progress_and_may_give_up(pristine: Connection) -> None:
    shown: list[float] = []

    async def count(progress: float, total: float | None, message: str | None) -> None:  # noqa: ARG001
        shown.append(progress)

    async with connected(pristine, role="manager", KITSU_LIVE="auto") as client:
        await client.ask("wait_for_events", seconds=0)
        answers: dict[str, Any] = {}
        given_up: Any = None

        async def wait(name: str, **arguments: Any) -> None:
            answers[name] = await client.ask("wait_for_events", seconds=60, **arguments)

        async with anyio.create_task_group() as group:
            group.start_soon(partial(wait, "by status", under="Salt Harbour", statuses=["retake"]))
            group.start_soon(
                partial(wait, "by role", under="Salt Harbour/SQ010", statuses=["Retake"], kinds=["status"])
            )
            group.start_soon(partial(wait, "by type", under=TASK.partition(":")[0], task_types=["Layout"]))
            group.start_soon(partial(wait, "by person", people=["Admin Bot"]))
            given_up = await client.mcp.call_tool(
                "wait_for_events", {"seconds": 1, "under": "Robo Garden"}, progress_callback=count
            )
            with anyio.move_on_after(0.5):
                await client.ask("wait_for_events", seconds=600, under="Robo Garden")
            await to_thread.run_sync(comment, pristine, task_id(pristine, "Salt Harbour/SQ010/SH0020:Animation"), "no")
            await to_thread.run_sync(partial(comment, pristine, task_id(pristine, TASK), "yes", status="retake"))
    assert given_up.structured_content["rows"] == []
    assert shown
    texts = {name: [row[-1] for row in one["rows"]] for name, one in answers.items()}
    assert texts == {"by status": ["yes"], "by role": ["yes"], "by type": ["yes"], "by person": ["no"]}
