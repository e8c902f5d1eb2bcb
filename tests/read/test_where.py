"""Filters of names, values and columns that hold commas, equals signs and exclamation marks, and of what is empty."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import psycopg
import pytest
from psycopg.types.json import Jsonb

from kitsu_tools.answers import WRITTEN_IN_KITSU
from support.api import ask
from support.client import connected

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator

    from kitsu_sandbox.lifecycle import Connection, Sandbox
    from support.client import Agent

pytestmark = pytest.mark.anyio

COLUMNS: dict[str, tuple[str, list[str]]] = {
    "Location": ("list", ["Paris, Studio 2", "Paris", "London", "Oslo, Fjord"]),
    "Tags": ("taglist", ["rain", "night", "close-up"]),
    "Takes": ("number", []),
    "Mood 2": ("string", []),  # renamed below: Zou would make one key of both
    "Mood": ("string", []),
    "Size=big": ("string", []),
    "Layout": ("string", []),
    "Name": ("string", []),
    "Frames": ("string", []),
    "Lead": ("person", []),
}
SHOTS: dict[str, dict[str, Any]] = {
    "SH0010": {"location": "Paris, Studio 2", "tags": "rain,night", "takes": 3.0, "mood_2": "dark", "mood": "x!=y"},
    "SH0020": {"location": "Paris", "tags": ["night", "a, b"], "takes": "3", "size_big": "a>b", "layout": "done"},
    "SH0030": {"location": "London", "takes": 10, "mood": "dark", "layout": "tall", "name": "hero", "frames": "many"},
    "SH, 40": {"location": "", "tags": [], "size_big": " Yes, a=b ", "lead": "Theo"},
}


@pytest.fixture(scope="module")
async def client(sandbox: Sandbox) -> AsyncGenerator[Agent]:
    """A client of a Salt Harbour whose first sequence has such names and values."""
    try:
        fill(sandbox.connection())
        async with connected(sandbox.connection()) as agent:
            yield agent
    finally:
        sandbox.reset()


def fill(kitsu: Connection) -> None:
    """Give names and values to the first sequence, most of them where Kitsu's page cannot: in the database."""
    with psycopg.connect(kitsu.database) as database:
        (project,) = database.execute("select id from project where name = 'Salt Harbour'").fetchone() or (None,)
        theo = database.execute("select id from person where first_name = 'Theo'").fetchone() or ("",)
        database.execute("update person set last_name = 'Adeyemi, Sr.' where first_name = 'Sam'")
        database.execute("update task_status set name = 'Waiting, for all' where short_name = 'wfa'")
        sequence = database.execute("select id from entity where name = 'SQ010' and project_id = %s", [project])
        (parent,) = sequence.fetchone() or (None,)
        database.execute("update entity set name = 'SH, 40', description = 'Wide, slow' where name = 'SH0040'")
        for name, data in SHOTS.items():
            known = Jsonb({key: str(theo[0]) if key == "lead" else value for key, value in data.items()})
            query = "update entity set data = %s, updated_at = now() where name = %s and parent_id = %s"
            assert database.execute(query, [known, name, parent]).rowcount == 1
    for name, (kind, choices) in COLUMNS.items():
        body = {"name": name, "data_type": kind, "entity_type": "Shot", "choices": choices, "for_client": False}
        path = f"data/projects/{project}/metadata-descriptors"
        assert ask(kitsu.host, path, kitsu.token("admin"), method="POST", body=body).status == 201
    with psycopg.connect(kitsu.database) as database:
        database.execute("update metadata_descriptor set name = 'Mood!' where name = 'Mood 2'")


async def found(client: Agent, *where: str, under: str = "Salt Harbour/SQ010") -> list[str]:
    return [row[0] for row in (await client.ask("list_shots", under=under, where=where))["rows"]]


@pytest.mark.parametrize(
    ("where", "shots"),
    [
        ("Location=Paris, Studio 2", ["SH0010"]),
        ("location = paris ,studio 2", ["SH0010"]),
        ('Location="Paris, Studio 2"', ["SH0010"]),
        ("Location='Paris, Studio 2'", ["SH0010"]),
        ("Location=London, Paris, Studio 2", ["SH0010", "SH0030"]),
        ('Location="Paris, Studio 2",Paris', ["SH0010", "SH0020"]),
        ('Location="Paris, Takes=3",London', ["SH0030"]),
        ("Location=Paris,London\nTakes=10; name=SH0030", ["SH0030"]),
        ("Location=Paris,London", ["SH0020", "SH0030"]),
        ("Location!=Paris, Studio 2", ["SH, 40", "SH0020", "SH0030"]),
        ("Location=", ["SH, 40"]),
        ('Location=""', ["SH, 40"]),
        ('Location="",London', ["SH, 40", "SH0030"]),
        ("Location!=", ["SH0010", "SH0020", "SH0030"]),
        ("Tags=night", ["SH0010", "SH0020"]),
        ("Tags=a, b", ["SH0020"]),
        ("Tags=rain,close-up", ["SH0010"]),
        ("Tags=", ["SH, 40", "SH0030"]),
        ("Takes=3", ["SH0010", "SH0020"]),
        ("Takes=3.0,10.0", ["SH0010", "SH0020", "SH0030"]),
        ("Mood!=dark", ["SH, 40", "SH0010", "SH0020"]),
        ("Mood! =dark", ["SH0010"]),
        ("Mood!!=dark", ["SH, 40", "SH0020", "SH0030"]),
        ("Mood=x!=y", ["SH0010"]),
        ("Size=big=a>b", ["SH0020"]),
        ("size=BIG!=A>B", ["SH, 40", "SH0010", "SH0030"]),
        ("Size=big=yes, a=b", ["SH, 40"]),
        ("Layout=tall", ["SH0030"]),
        ("column Layout=done", ["SH0020"]),
        ("column name=hero", ["SH0030"]),
        ("name=SH, 40", ["SH, 40"]),
        ("name=SH, *", ["SH, 40"]),
        ("name=sh0010, SH, 40", ["SH, 40", "SH0010"]),
        ("name=SH00[1,3]0", ["SH0010", "SH0030"]),
        ("description=wide, slow", ["SH, 40"]),
        ("description!=", ["SH, 40", "SH0010", "SH0020", "SH0030"]),
        ("Lead=Marchand, Theo", ["SH, 40"]),
        ("Animation=Waiting, for all", ["SH0020"]),
        ("Animation=waiting, for all,retake", ["SH0020", "SH0030"]),
        ('Animation="waiting for review", "retake"', ["SH0020", "SH0030"]),
        ('Animation=""', []),
        ('Animation!=""', ["SH, 40", "SH0010", "SH0020", "SH0030"]),
        ("assignee=Adeyemi, Sr.", ["SH, 40", "SH0010", "SH0020", "SH0030"]),
        ("assignee=Hayashi, Aiko", ["SH0010", "SH0030"]),
        ("assignee!=Hayashi, Aiko", ["SH, 40", "SH0020"]),
        ("assignee!=", ["SH0020"]),
    ],
)
async def test_a_filter_finds_whole_values_first(client: Agent, where: str, shots: list[str]) -> None:
    assert await found(client, where) == shots


async def test_a_task_type_and_a_column_of_one_name_are_told_apart_and_said_to_be_two(client: Agent) -> None:
    """Statuses are meant for the task type, other values for the column."""
    note = "Layout is a metadata column too; here it is the {}. column Layout=… is the column"
    for where, which, shots in (
        ("Layout=done", "task type", ["SH, 40", "SH0010", "SH0020", "SH0030"]),
        ("Layout!=done, wfa", "task type", []),
        ("Layout=tall,done", "column", ["SH0020", "SH0030"]),
    ):
        answer = await client.ask("list_shots", under="Salt Harbour/SQ010", where=[where])
        assert [row[0] for row in answer["rows"]] == shots
        assert answer["notes"] == [note.format(which)]
    named = await client.ask("list_shots", under="Salt Harbour/SQ010", where="name=SH0030", show="column frames")
    assert named["rows"][0][:2] == ["SH0030", "many"]
    assert named["notes"] == ["Name is a metadata column too; here it is the name itself. column Name=… is the column"]


async def test_shots_without_a_task_of_a_type_can_be_asked_for(client: Agent, kitsu: Connection) -> None:
    (shot, *_) = (await client.ask("list_shots", under="Salt Harbour/SQ030"))["rows"]
    task = (await client.ask("get_task", task=f"Salt Harbour/SQ030/{shot[0]}:Animation"))["id"]
    assert ask(kitsu.host, f"data/tasks/{task}?force=true", kitsu.token("admin"), method="DELETE").status == 204
    assert await found(client, 'Animation=""', under="Salt Harbour/SQ030") == [shot[0]]
    assert shot[0] not in await found(client, 'Animation!=""', under="Salt Harbour/SQ030")
    assert shot[0] in await found(client, 'Animation="",todo', under="Salt Harbour/SQ030")


@pytest.mark.parametrize(
    ("where", "said"),
    [
        (
            "Location=Rome, Studio 2",
            f'Location {WRITTEN_IN_KITSU} has the values "Paris, Studio 2", (empty), London, Paris',
        ),
        ("Takes=4", f"Takes {WRITTEN_IN_KITSU} has the values (empty), 10, 3"),
    ],
)
async def test_the_values_there_are_stand_as_they_may_be_written(client: Agent, where: str, said: str) -> None:
    answer = await client.ask("list_shots", under="Salt Harbour/SQ010", where=[where])
    assert answer["notes"] == [said]


@pytest.mark.parametrize(
    ("where", "complaint"),
    [
        (
            "Animation=",
            "where: 'Animation=' is no filter. Name a status, or write Animation=\"\" for shots without such a",
        ),
        (
            "Animation!=",
            "where: 'Animation!=' is no filter. Name a status, or write Animation!=\"\" for shots with such a",
        ),
        ("name=", "where: 'name=' is no filter. Every name has something in it."),
        ("Takes>3", "where: 'Takes>3' is no filter. Write Layout=done, Animation!=todo,wip or name=SH01*. Quote what"),
        (
            "Location is empty",
            "where: 'Location is empty' is no filter. Write Layout=done, Animation!=todo,wip or name=SH01*. Quote what "
            'holds a comma: Location="Paris, Studio 2". Location="" finds what has none.',
        ),
        ("Takes>=3", "where: nothing to filter by is called 'Takes>'. Only = and != compare. There are: name,"),
        ("Animation=Waiting, for nobody", "No status 'for nobody'."),
        ("assignee=Hayashi, Sammy", "No person 'Sammy'."),
    ],
)
async def test_what_is_no_filter_is_answered_with_what_to_write(client: Agent, where: str, complaint: str) -> None:
    assert (await client.refusal("list_shots", under="Salt Harbour/SQ010", where=[where])).startswith(complaint)


async def test_tasks_are_filtered_by_such_names_too(client: Agent) -> None:
    async def tasks(**filters: Any) -> list[str]:
        rows = (await client.ask("list_tasks", under="Salt Harbour/SQ010", task_type="Animation", **filters))["rows"]
        return [row[0].partition(":")[0] for row in rows]

    assert await tasks(status=["Waiting, for all"]) == ["SH0020"]
    assert sorted(await tasks(status=["waiting, for all,retake"])) == ["SH0020", "SH0030"]
    assert await tasks(status=["retake"], assignee="Hayashi, Aiko") == ["SH0030"]
    assert await tasks(status=["retake"], assignee="Theo Marchand, Aiko Hayashi") == ["SH0030"]


async def test_several_columns_statuses_and_filters_in_one_text_are_all_meant(client: Agent) -> None:
    under = "Salt Harbour/SQ010"
    apart = await client.ask("list_shots", under=under, where=["Layout!=todo", "name=SH00*"], show=["frames", "Mood!"])
    for where, show in (("Layout!=todo, name=SH00*", "frames, Mood!"), ("Layout!=todo;name=SH00*", ["frames,mood!"])):
        assert await client.ask("list_shots", under=under, where=where, show=show) == apart
    tasks = await client.ask("list_tasks", under=under, status=["wfa", "retake"], show=["start", "-retakes"])
    assert await client.ask("list_tasks", under=under, status="wfa, retake", show="start, -retakes") == tasks
    assert tasks["total"] > 1
    refusal = await client.refusal("list_shots", under=under, show="frames, due, colour")
    assert refusal.startswith("show: there is no column 'colour'.")
