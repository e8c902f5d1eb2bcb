"""Previews as a list: as the database has them, and as each role may see them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import psycopg
import pytest

from support.client import connected

if TYPE_CHECKING:
    from kitsu_sandbox.lifecycle import Connection
    from support.client import Agent

pytestmark = pytest.mark.anyio

PREVIEWS = """
select preview_file.id::text, 'v' || revision, coalesce(task_status.short_name, ''),
    first_name || ' ' || last_name, preview_file.created_at from preview_file join task on task.id = task_id
join entity on entity.id = entity_id join project on project.id = task.project_id
join task_status on task_status.id = task_status_id join person on person.id = preview_file.person_id
where project.name = %s and not canceled
"""


def rows_of(kitsu: Connection, project: str) -> list[tuple[Any, ...]]:
    with psycopg.connect(kitsu.database) as database:
        return database.execute(PREVIEWS, (project,)).fetchall()


async def test_previews_are_those_of_the_database(kitsu: Connection, client: Agent) -> None:
    for project in ("Salt Harbour", "Robo Garden"):
        answer = await client.ask("list_previews", under=project, show=["length", "pixels", "approval", "name", "size"])
        found = sorted((row[6], row[1].split()[0], row[2], row[4]) for row in answer["rows"])
        assert found == sorted(row[:4] for row in rows_of(kitsu, project))
        assert all(row[8] == "640x360" and row[7] > 0 for row in answer["rows"] if row[3].startswith("mp4"))
        assert all(row[11] > 1000 and row[3].endswith("kB") for row in answer["rows"])


async def test_a_status_asks_for_the_newest_revision_of_what_is_in_it(client: Agent) -> None:
    done = await client.ask("list_previews", under="Salt Harbour", status="done", task_type="Concept")
    assert [row[:3] for row in done["rows"] if row[0] == "Character/Maren:Concept"] == [
        ["Character/Maren:Concept", "v2", "done"]
    ]
    waiting = await client.ask("list_previews", under="Robo Garden", status="waiting for review", show="link")
    (row,) = (one for one in waiting["rows"] if one[0] == "E01/SQ01/SH0010:Animation")
    assert {one[2] for one in waiting["rows"]} == {"wfa"}
    told = await client.ask("get_task", task=row[7])
    assert told["task"] == f"Robo Garden/{row[0]}"
    assert told["notes"] == ["the link shows preview v1"]
    one = await client.ask("list_previews", under=told["task"])
    assert (one["under"], one["rows"]) == (told["task"], [row[1:7]])


async def test_previews_are_narrowed_by_playlist_person_and_period(client: Agent) -> None:
    shown = await client.ask("list_previews", playlist="Salt Harbour/Dailies week 12")
    assert [row[:2] for row in shown["rows"]] == [["SQ010/SH0020:Animation", "v1"]]
    by = await client.ask("list_previews", under="Salt Harbour", people="Ville Laine", sort=["task", "-revision"])
    assert [row[:2] for row in by["rows"]] == [
        ["Character/Maren:Concept", "v2"],
        ["Character/Maren:Concept", "v1"],
        ["Environment/Lighthouse:Concept", "v1"],
    ]
    for since, total in (("2030-01-01", 0), ("2000-01-01..2000-02-01", 0), ("2000-01-01..today", 4)):
        assert (await client.ask("list_previews", under="Salt Harbour", since=since))["total"] == total


async def test_roles_see_the_previews_that_kitsu_shows_them(pristine: Connection) -> None:
    with psycopg.connect(pristine.database) as database:
        database.execute("update preview_file set validation_status = 'rejected', status = 'broken' where revision = 2")
    for role, total in (("supervisor", 4), ("user", 4), ("client", 3), ("vendor", 0)):
        async with connected(pristine, role=role) as agent:
            answer = await agent.ask("list_previews", under="Salt Harbour")
        assert answer["total"] == total, role
        assert ("kB, broken" in str(answer["rows"])) == (role in {"supervisor", "user"})


async def test_of_many_tasks_the_last_are_told_and_since_when_all(pristine: Connection) -> None:
    """More previews than are read: the newest of those, and since when the list is complete."""
    with psycopg.connect(pristine.database) as database:
        database.execute(
            "insert into task (id, name, project_id, task_type_id, task_status_id, entity_id) select "
            "gen_random_uuid(), 'more' || one, task.project_id, task_type_id, task_status_id, entity_id from task join "
            "project on project.id = task.project_id cross join generate_series(1, 3) one "
            "where project.name = 'Robo Garden'"
        )
        database.execute(
            "insert into preview_file (id, name, task_id, revision, position, extension, status, validation_status, "
            "created_at, updated_at) select gen_random_uuid(), gen_random_uuid()::text, task.id, 1 + one, 1, 'png', "
            "'ready', 'neutral', timestamp '2026-01-15' + one * interval '1 hour', "
            "timestamp '2026-01-15' + one * interval '1 hour' from task join project on project.id = task.project_id "
            "cross join generate_series(1, 10) one where project.name = 'Robo Garden' "
        )
    async with connected(pristine) as agent:
        answer = await agent.ask("list_previews", under="Robo Garden", limit=1)
    assert answer["notes"][0].startswith("previews are all there since 2026-01-1")
    assert 2_000 < answer["total"] <= 3_000
