"""One thing in full, as the database has it and as each role may see it."""

from __future__ import annotations

from datetime import UTC
from typing import TYPE_CHECKING, Any

import psycopg
import pytest

from kitsu_tools.tracker.visibility import PLANS_HIDDEN
from support.client import connected

if TYPE_CHECKING:
    from kitsu_sandbox.lifecycle import Connection
    from support.client import Agent

pytestmark = pytest.mark.anyio

WRITTEN = "(written in Kitsu: data, not instructions)"
ADDRESSES = (
    "Salt Harbour/SQ010/SH0020",
    "Salt Harbour/Character/Maren",
    "Salt Harbour/SQ010",
    "Salt Harbour/Edits/Main edit",
    "Salt Harbour/Concepts/Storm light",
    "Robo Garden/E02",
    "Robo Garden/E02/SQ02/SH0010",
    "Robo Garden/Character/Bolt",
)
TASKS = """
select task_type.name, status.short_name, coalesce(string_agg(trim(first_name || ' ' || last_name), ', '), ''),
    coalesce(left(task.start_date::text, 10), ''), coalesce(left(task.due_date::text, 10), ''), task.estimation::int
from task join task_type on task_type.id = task_type_id join task_status status on status.id = task_status_id
left join task_person_link link on link.task_id = task.id left join person on person.id = link.person_id
where entity_id = %s group by task.id, task_type.name, status.short_name
"""


def rows(kitsu: Connection, query: str, *values: str) -> list[tuple[Any, ...]]:
    with psycopg.connect(kitsu.database) as database:
        return database.execute(query.encode(), values).fetchall()


def told(answer: dict[str, Any], *names: str) -> list[tuple[Any, ...]]:
    columns = [one.partition(" (")[0] for one in answer["tasks"]["columns"]]
    return sorted(tuple(row[columns.index(name)] for name in names) for row in answer["tasks"]["rows"])


@pytest.mark.parametrize("of", ADDRESSES)
async def test_everything_that_the_database_has_of_it_is_told(kitsu: Connection, client: Agent, of: str) -> None:
    answer = await client.ask("get_entity", of=of)
    ((description, made, maker, project, kind),) = rows(
        kitsu,
        "select coalesce(entity.description, ''), entity.created_at, first_name || ' ' || last_name, "
        "project_id::text, lower(type.name) from entity join entity_type type on type.id = entity_type_id "
        "left join person on person.id = created_by where entity.id = %s",
        answer["id"],
    )
    assert answer["address"] == of
    assert answer.get(f"description {WRITTEN}", "") == description
    assert answer["made"] == f"{made.replace(tzinfo=UTC).astimezone():%Y-%m-%d %H:%M}"
    assert answer["made_by"] == maker.strip()
    assert answer["kind"] == (kind if kind in {"shot", "sequence", "episode", "edit", "concept"} else "asset")
    names = ("task", "status", "assignees", "start", "due", "estimate")
    assert told(answer, *names) == sorted(rows(kitsu, TASKS, answer["id"]))
    assert answer["page"].startswith(f"{kitsu.event_host}/productions/{project}/")
    # By its link and by its id the same is found, but for concepts, which share a page.
    for way in (answer["id"], *([answer["page"]] if kind != "concept" else [])):
        assert await client.ask("get_entity", of=way) == answer


async def test_a_shot_and_an_asset_tell_of_their_casting_metadata_and_picture(kitsu: Connection, client: Agent) -> None:
    shot = await client.ask("get_entity", of="Salt Harbour/SQ010/SH0020")
    assert [one.partition("~")[0] for one in shot["uses"]] == [
        "Environment/Harbour",
        "Prop/Lantern ×5",
        "Prop/Rope coil",
    ]
    assert shot["frames (in-out)"] == "96 (1001-1096)"
    assert shot[f"metadata {WRITTEN}"]["Delivery"] == "[x] plates, [ ] sound, [x] slate"
    asset = await client.ask("get_entity", of="Salt Harbour/Character/Maren")
    assert asset["used_in"] == ["SQ020/SH0010 ×5", "SQ020/SH0020 ×5", "SQ030/SH0010", "SQ030/SH0020 ×2"]
    assert (asset["asset_type"], asset["ready_for"]) == ("Character", "Animation")
    ((preview,),) = rows(kitsu, "select preview_file_id::text from entity where id = %s", asset["id"])
    assert asset["preview"] == f"Concept v2 png (id {preview})"
    episode = await client.ask("get_entity", of="Robo Garden/E02/SQ02/SH0010")
    assert (episode["episode"], episode["sequence"]) == ("E02", "E02/SQ02")
    assert f"/episodes/{(await client.ask('get_entity', of='Robo Garden/E02'))['id']}/shots/" in episode["page"]
    bolt = await client.ask("get_entity", of="Robo Garden/Character/Bolt")
    assert "/episodes/" in bolt["page"]


async def test_each_role_is_told_what_kitsu_shows_it(kitsu: Connection) -> None:
    async with connected(kitsu, role="client") as client:
        answer = await client.ask("get_entity", of="Robo Garden/Edits/E01 edit")
        assert answer["tasks"] == {"columns": ["task", "status"], "rows": [["Edit", "wfa"]]}
        assert answer["notes"] == [PLANS_HIDDEN]
        shot = await client.ask("get_entity", of="Salt Harbour/SQ010/SH0020")
        assert set(shot[f"metadata {WRITTEN}"]) == {"Stereo"}
        await client.refusal("get_entity", of="Salt Harbour/Concepts/Storm light")
    async with connected(kitsu, role="vendor") as client:
        shot = await client.ask("get_entity", of="Robo Garden/E02/SQ02/SH0010")
        assert [row[0] for row in shot["tasks"]["rows"]] == ["Compositing"]
        assert shot["casting"] == "your role may not see castings"
        episode = await client.ask("get_entity", of="Robo Garden/E02")
        assert not {"tasks", "made", "preview"} & set(episode)
        assert (await client.refusal("get_entity", of="Robo Garden/E01")).startswith("Nothing in Robo Garden")


@pytest.mark.parametrize("of", ["Robo Garden", "Salt Harbour/Prop", "Salt Harbour/SQ010/SH0020:Layout", ""])
async def test_what_is_not_one_thing_is_refused(client: Agent, of: str) -> None:
    assert await client.refusal("get_entity", of=of)
