"""Playlists and what they show, as the database has it and as each role may see it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import orjson
import psycopg
import pytest

from support.client import connected

if TYPE_CHECKING:
    from kitsu_sandbox.lifecycle import Connection
    from support.client import Agent

pytestmark = pytest.mark.anyio

DAILIES = "Salt Harbour/Dailies week 12"


def rows_of(kitsu: Connection, query: str) -> list[tuple[Any, ...]]:
    with psycopg.connect(kitsu.database) as database:
        return list(database.execute(query.encode()))


async def test_the_playlists_of_a_production_are_listed_with_whom_they_are_for(
    kitsu: Connection, client: Agent
) -> None:
    answer = await client.ask("list_playlists", project="Salt Harbour")
    expected = rows_of(
        kitsu,
        "select playlist.name, for_entity || 's', case when for_client then 'yes' else '' end from playlist "
        "join project on project.id = project_id where project.name = 'Salt Harbour'",
    )
    assert sorted((row[0], row[1], row[3]) for row in answer["rows"]) == sorted(expected)
    assert {row[4] for row in answer["rows"]} == {"Mara Okafor"}
    assert answer["under"] == "Salt Harbour"


async def test_a_playlist_shows_its_entries_in_order_with_revision_and_status(kitsu: Connection, client: Agent) -> None:
    answer = await client.ask("get_playlist", playlist=DAILIES)
    ((shots,),) = rows_of(kitsu, "select shots from playlist where name = 'Dailies week 12'")
    names = {
        str(one): f"{sequence}/{shot}"
        for one, shot, sequence in rows_of(
            kitsu,
            "select entity.id, entity.name, parent.name from entity join entity parent on parent.id = entity.parent_id",
        )
    }
    assert [row[1] for row in answer["rows"]] == [names[one["entity_id"]] for one in shots]
    assert [row[5] for row in answer["rows"]] == [one.get("preview_file_id") or "" for one in shots]
    assert [row[0] for row in answer["rows"]] == list(range(1, len(shots) + 1))
    shown = [row for row in answer["rows"] if row[5]]
    assert shown == [[2, "SQ010/SH0020", "Animation v1 mp4", "", shown[0][4], shown[0][5]]]
    task = await client.ask("get_task", task="Salt Harbour/SQ010/SH0020:Animation")
    assert task["status"].startswith(f"{shown[0][4]} ")


async def test_a_revision_newer_than_the_one_shown_is_told(pristine: Connection) -> None:
    with psycopg.connect(pristine.database) as database:
        database.execute(
            "insert into preview_file (id, name, task_id, revision, position, extension, status, validation_status, "
            "person_id) "
            "select gen_random_uuid(), 'v3', task_id, 3, 1, 'mp4', 'ready', 'neutral', person_id from preview_file "
            "where id::text = (select shots->1->>'preview_file_id' from playlist where name = 'Dailies week 12')"
        )
    async with connected(pristine) as client:
        answer = await client.ask("get_playlist", playlist=DAILIES)
    assert answer["rows"][1][2:4] == ["Animation v1 mp4", "v3"]


async def test_roles_see_the_playlists_that_kitsu_shows_them(kitsu: Connection) -> None:
    async with connected(kitsu, role="client") as client:
        listed = await client.ask("list_playlists", project="Salt Harbour")
        assert [row[0] for row in listed["rows"]] == ["Client review 1"]
        assert (await client.refusal("get_playlist", playlist=DAILIES)).startswith("No playlist 'Dailies week 12'.")
    async with connected(kitsu, role="vendor") as client:
        listed = await client.ask("list_playlists", project="Robo Garden")
        assert listed["rows"] == []
        assert listed["notes"] == ["Kitsu shows vendors no playlists"]


async def test_an_entry_of_what_is_gone_is_said_and_breaks_nothing(pristine: Connection) -> None:
    gone = "00000000-0000-4000-8000-000000000000"
    with psycopg.connect(pristine.database) as database:
        database.execute(
            "update playlist set shots = %s where name = 'Dailies week 12'",
            (orjson.dumps([{"entity_id": gone, "preview_file_id": gone}, {"preview_file_id": "odd"}, 7]).decode(),),
        )
    async with connected(pristine) as client:
        answer = await client.ask("get_playlist", playlist=DAILIES)
    assert [row[1:4] for row in answer["rows"]] == [["not yours to see", "not yours to see", ""]] * 2
