"""Pages of a list: every row once, and where it changes meanwhile nothing is skipped that can be helped."""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING, Any, TypeAlias
from urllib.parse import unquote

import psycopg
import pytest

from support.api import ask
from support.client import connected

if TYPE_CHECKING:
    from kitsu_sandbox.lifecycle import Connection
    from support.client import Agent

Listing: TypeAlias = tuple[str, dict[str, Any]]

pytestmark = pytest.mark.anyio

MOVED = "The list changed since the page before (others have come or moved): start again for an exact list."
SHRUNK = "The list changed since the page before (it had {} rows): start again for an exact list."

SHOTS: Listing = ("list_shots", {"under": "Salt Harbour/SQ020"})
TASKS: Listing = ("list_tasks", {"under": "Salt Harbour/SQ010", "task_type": "Layout"})
CASTING: Listing = ("get_casting", {"of": "Salt Harbour/SQ010"})
PROJECTS: Listing = ("list_projects", {})

NAMED = {"entities": "select id from entity where name = %s", "projects": "select id from project where name = %s"}
NAMED["tasks"] = """
select task.id from task join entity on entity.id = task.entity_id join entity parent on parent.id = entity.parent_id
join task_type on task_type.id = task.task_type_id
where parent.name = 'SQ010' and task_type.name = 'Layout' and entity.name = %s
"""
DEALT_WITH = """
update task set updated_at = now(), task_status_id = (select id from task_status where short_name = 'wip')
where id = any(%s::uuid[])
"""


def hand_made(offset: object) -> str:
    return base64.urlsafe_b64encode(f"{offset}.11{'.0000000000' * 4}".encode()).decode()


async def pages(client: Agent, tool: str, **arguments: Any) -> list[list[Any]]:
    """Every row, page after page."""
    rows: list[list[Any]] = []
    page = await client.ask(tool, **arguments)
    while True:
        rows += page["rows"]
        assert page["total"] >= len(rows)
        if "next" not in page:
            assert page["total"] == len(rows)
            return rows
        page = await client.ask(tool, **arguments, next=page["next"])


@pytest.mark.parametrize("limit", [1, 4, 11, 1000])
async def test_the_pages_hold_every_row_exactly_once(client: Agent, limit: int) -> None:
    whole = await client.ask("list_shots", under="Salt Harbour", where=["name=SH*"])
    paged = await pages(client, "list_shots", under="Salt Harbour", where=["name=SH*"], limit=limit)
    assert "next" not in whole
    assert paged == whole["rows"]
    assert len(paged) == 11


async def test_a_cursor_belongs_to_its_question(client: Agent) -> None:
    cursor = (await client.ask("list_shots", under="Salt Harbour", limit=2))["next"]
    other = "This `next` belongs to another question. Repeat the arguments it came from, or leave it out."
    for arguments in (
        {"under": "Robo Garden"},
        {"under": "Salt Harbour/SQ010"},
        {"under": "Salt Harbour", "where": ["Layout=done"]},
        {"under": "Salt Harbour", "show": ["frames"]},
    ):
        assert await client.refusal("list_shots", **arguments, next=cursor) == other
    assert await client.refusal("list_tasks", under="Salt Harbour", next=cursor) == other
    following = await client.ask("list_shots", under="salt harbour", limit=3, next=cursor)
    assert [row[0] for row in following["rows"]] == ["SQ010/SH0030", "SQ010/SH0040", "SQ020/SH0010"]


@pytest.mark.parametrize(
    "cursor", ["x", "é", "AAAA", "Mi4xMQ==", "-1", "Mi4xMS4yOTJkYzA4ZA", "\x00", " ", hand_made(-1), hand_made(" 1")]
)
async def test_a_cursor_of_nobodys_making_is_refused(client: Agent, cursor: str) -> None:
    text = await client.refusal("list_shots", under="Salt Harbour", next=cursor)
    assert text == "This `next` was not made by this tool. Pass it unchanged, or leave it out."


async def test_pages_of_a_list_that_shrank_say_so_and_past_its_end_there_is_nothing(pristine: Connection) -> None:
    token = pristine.token("admin")
    async with connected(pristine) as client:
        first = await client.ask("list_shots", under="Salt Harbour/SQ020", limit=3, show=["id"])
        second = await client.ask("list_shots", under="Salt Harbour/SQ020", limit=1, show=["id"], next=first["next"])
        ids = [row[1] for row in first["rows"]]
        assert ask(pristine.host, f"data/shots/{ids[0]}?force=true", token, method="DELETE").status == 204
        shrunk = await client.ask("list_shots", under="Salt Harbour/SQ020", limit=3, show=["id"], next=first["next"])
        assert shrunk["notes"] == [
            "The list changed since the page before (it had 5 rows): start again for an exact list."
        ]
        assert [row[0] for row in shrunk["rows"]] == ["SH0040", "SH0050"]
        last = shrunk["rows"][-1][1]
        assert ask(pristine.host, f"data/shots/{last}?force=true", token, method="DELETE").status == 204
        past = await client.refusal("list_shots", under="Salt Harbour/SQ020", show=["id"], next=second["next"])
    assert past == "This `next` points past the end: the list has 3 rows now. Leave it out to start again."


@pytest.mark.parametrize(
    ("listing", "route", "moved"),
    [
        (SHOTS, "entities", 0),
        (SHOTS, "entities", 1),  # the one that was shown last: what follows is found by the row after it
        (SHOTS, "entities", 2),  # the first that was not shown
        (TASKS, "tasks", 0),
        (CASTING, "entities", 0),
        (PROJECTS, "projects", 0),
    ],
)
async def test_a_row_that_moves_down_leaves_none_skipped_and_the_next_page_says_so(
    pristine: Connection, listing: Listing, route: str, moved: int
) -> None:
    tool, arguments = listing
    async with connected(pristine, role="admin") as client:
        first = await client.ask(tool, **arguments, limit=2)
        whole = await client.ask(tool, **arguments)
    name = unquote(whole["rows"][moved][0].partition(":")[0].rpartition("/")[2])
    with psycopg.connect(pristine.database) as database:
        ids = [row[0] for row in database.execute(NAMED[route].encode(), [name])]
    assert ids
    for one in ids:
        body = {"due_date": "2099-01-01T00:00:00"} if route == "tasks" else {"name": "zz"}
        assert ask(pristine.host, f"data/{route}/{one}", pristine.token("admin"), method="PUT", body=body).status == 200

    def unseen(rows: list[list[Any]]) -> list[str]:
        return [row[0] for row in rows if row[0] not in {one[0] for one in first["rows"]}]

    async with connected(pristine, role="admin") as client:
        second = await client.ask(tool, **arguments, next=first["next"])
        changed = await client.ask(tool, **arguments)
        again = await client.ask(tool, **arguments, limit=2)
        unchanged = await client.ask(tool, **arguments, next=again["next"])
    assert unseen(second["rows"]) == unseen(changed["rows"]) != []
    assert len(second["rows"]) < changed["total"] == whole["total"]
    assert second["notes"][-1] == MOVED
    assert MOVED not in unchanged.get("notes", [])


async def test_a_page_whose_rows_were_all_dealt_with_is_followed_by_what_stood_after_it(pristine: Connection) -> None:
    """The list of what waits for somebody gets shorter while it is worked through."""
    arguments = {"under": "Salt Harbour", "status": ["todo"], "show": ["-priority"]}
    async with connected(pristine) as client:
        before = await client.ask("list_tasks", **arguments)
        first = await client.ask("list_tasks", **arguments, limit=4)
        ids = [(await client.ask("get_task", task=f"{first['under']}/{row[0]}"))["id"] for row in before["rows"][:5]]
        for dealt_with in (4, 5):  # the row after the page, too
            with psycopg.connect(pristine.database) as database:
                database.execute(DEALT_WITH.encode(), [ids[:dealt_with]])
            second = await client.ask("list_tasks", **arguments, next=first["next"])
            assert second["notes"][-1] == SHRUNK.format(before["total"])
            assert [row[0] for row in second["rows"]] == [row[0] for row in before["rows"][dealt_with:]]
