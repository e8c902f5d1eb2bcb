"""Pages of a list that changes meanwhile: nothing is skipped that can be helped, and the answer says so."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeAlias
from urllib.parse import unquote

import psycopg
import pytest

from support.api import ask
from support.client import connected

if TYPE_CHECKING:
    from kitsu_server.sandbox.lifecycle import Connection

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
