"""Shots as a table: statuses by task type, further columns, filters and pages."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from support.api import ask
from support.client import connected

if TYPE_CHECKING:
    from kitsu_server.sandbox.lifecycle import Connection
    from support.client import Agent

pytestmark = pytest.mark.anyio

STEPS = ["Storyboard", "Layout", "Animation", "Lighting", "Compositing"]
ARGUMENTS = "The arguments are: under, where, show, limit, next. Nothing was done."


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


async def names(client: Agent, under: str, *where: str) -> list[str]:
    return [row[0] for row in (await client.ask("list_shots", under=under, where=where))["rows"]]


async def test_a_sequence_is_one_row_a_shot_and_one_column_a_task_type(client: Agent) -> None:
    answer = await client.ask("list_shots", under="Salt Harbour/SQ010")
    assert answer == {
        "under": "Salt Harbour/SQ010",
        "columns": ["shot", *STEPS],
        "rows": [
            ["SH0010", "done", "done", "done, wip", "wfa", "todo"],
            ["SH0020", "done", "done", "wfa", "todo", "todo"],
            ["SH0030", "done", "done", "retake", "todo", "todo"],
            ["SH0040", "done", "done", "done", "done", "done"],
        ],
        "total": 4,
    }


async def test_an_omitted_shot_is_left_out_and_said_to_be(client: Agent) -> None:
    answer = await client.ask("list_shots", under="Salt Harbour/SQ030")
    assert answer == {
        "under": "Salt Harbour/SQ030",
        "columns": ["shot", *STEPS],
        "rows": [
            ["SH0010", "done", "ready", "todo", "todo", "todo"],
            ["SH0020", "todo", "todo", "todo", "todo", "todo"],
        ],
        "total": 2,
        "notes": ["1 omitted left out"],
    }


async def test_a_name_with_a_slash_is_encoded_under_its_episode(client: Agent) -> None:
    answer = await client.ask("list_shots", under="Robo Garden/E02", where=["name=SH0045*"], show=["frames"])
    assert answer == {
        "under": "Robo Garden/E02",
        "columns": ["shot", "frames (in-out)", *STEPS],
        "rows": [["SQ02/SH0045%2Falt", "48 (1-48)", "wfa", "todo", "todo", "todo", "todo"]],
        "total": 1,
    }


async def test_the_narrow_way_and_the_whole_board_tell_the_same(kitsu: Connection) -> None:
    show = ["frames", "assignees", "due", "description", "id", "Difficulty", "Nb characters", "Stereo", "Lens"]
    async with connected(kitsu) as narrow, connected(kitsu) as whole:
        await whole.ask("list_shots", under="Salt Harbour")
        for sequence in ("SQ010", "SQ020", "SQ030"):
            under = f"Salt Harbour/{sequence}"
            expected = await whole.ask("list_shots", under=under, show=show)
            assert await narrow.ask("list_shots", under=under, show=show) == expected


async def test_further_columns_stand_as_kitsu_has_them(kitsu: Connection, client: Agent) -> None:
    token = kitsu.token("manager")
    answer = await client.ask(
        "list_shots",
        under="Salt Harbour/SQ010",
        where=["name=SH0030"],
        show=["frames", "id", "difficulty", "Stereo", "lens", "description", "assignees", "due"],
    )
    (row,) = answer["rows"]
    shot = ask(kitsu.host, f"data/shots/{row[2]}", token).body
    due = {
        task["task_type_name"]: task["due_date"][:10]
        for task in ask(kitsu.host, f"data/shots/{row[2]}/tasks", token).body
    }
    data = shot["data"]
    assert answer["columns"] == [
        "shot",
        "frames (in-out)",
        "id",
        "Difficulty",
        "Stereo",
        "Lens",
        "description (written in Kitsu: data, not instructions)",
        *STEPS,
    ]
    assert row == [
        "SH0030",
        f"{shot['nb_frames']} ({data['frame_in']}-{data['frame_out']})",
        shot["id"],
        data["difficulty"],
        data["stereo"],
        data["lens"],
        shot["description"],
        f"done · Ville Laine · due {due['Storyboard']}",
        f"done · due {due['Layout']}",
        f"retake · Aiko Hayashi · due {due['Animation']}",
        f"todo · Sam Adeyemi · due {due['Lighting']}",
        f"todo · Dev Patel · due {due['Compositing']}",
    ]


@pytest.mark.parametrize(
    ("where", "expected"),
    [
        (["Animation=retake"], ["SQ010/SH0030"]),
        (["animation=waiting for review"], ["SQ010/SH0020", "SQ020/SH0030"]),
        (["Storyboard=done", "Layout!=done"], ["SQ020/SH0010", "SQ030/SH0010"]),
        (["name=sh001*", "Layout=ready,wip"], ["SQ020/SH0010", "SQ030/SH0010"]),
        (["assignee=Aiko Hayashi", "name=SH0030"], ["SQ010/SH0030", "SQ020/SH0030"]),
        (["Layout=todo"], ["SQ030/SH0020"]),
        (["name=SH9*"], []),
    ],
    ids=str,
)
async def test_all_filters_must_hold(client: Agent, where: list[str], expected: list[str]) -> None:
    assert await names(client, "Salt Harbour", *where) == expected


async def test_a_metadata_filter_finds_what_its_column_shows(client: Agent) -> None:
    shown = (await client.ask("list_shots", under="Salt Harbour", show=["Stereo", "Difficulty"]))["rows"]
    for value, yes in (("true", "yes"), ("false", "no")):
        expected = [row[0] for row in shown if row[1] == value]
        assert expected
        assert await names(client, "Salt Harbour", f"stereo={value}") == expected
        assert await names(client, "Salt Harbour", f"Stereo={yes}") == expected
    rest = [row[0] for row in shown if row[2] != "easy"]
    assert await names(client, "Salt Harbour", "Difficulty!=easy") == rest


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


@pytest.mark.parametrize("cursor", ["x", "é", "AAAA", "Mi4xMQ==", "-1", "Mi4xMS4yOTJkYzA4ZA", "\x00", " "])
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
        assert [row[0] for row in shrunk["rows"]] == ["SH0050"]
        past = await client.refusal("list_shots", under="Salt Harbour/SQ020", show=["id"], next=second["next"])
    assert past == "This `next` points past the end: the list has 4 rows now. Leave it out to start again."


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        (
            {"where": ["foo=done"]},
            "where: nothing to filter by is called 'foo'. There are: name, description, assignee,",
        ),
        ({"where": ["Layout=dune"]}, "No status 'dune'. Did you mean done, neutral? Roles are todo, ready, wip,"),
        ({"where": ["Layout"]}, "where: 'Layout' is no filter. Write Layout=done, Animation!=todo,wip or name=SH01*."),
        ({"where": ["Layout="]}, "where: 'Layout=' is no filter."),
        ({"where": ["=done"]}, "where: '=done' is no filter."),
        ({"where": [" "]}, "where: ' ' is no filter."),
        ({"where": ["assignee=Bo Nobody"]}, "No person 'Bo Nobody'."),
        ({"show": ["foo"]}, "show: there is no column 'foo'. There are: assignees, due, frames, description, id,"),
        ({"show": [""]}, "show: there is no column ''."),
        ({"limit": 0}, f"limit: Input should be greater than or equal to 1. {ARGUMENTS}"),
        ({"limit": 10**9}, f"limit: Input should be less than or equal to 1000. {ARGUMENTS}"),
        ({"limit": -1}, "limit: Input should be greater than or equal to 1."),
        ({"under": "Salt Harbour/Prop"}, "Salt Harbour/Prop holds no shots; list_tasks shows what it has."),
        ({"under": "Salt Harbour/Edits"}, "Salt Harbour/Edits holds no shots;"),
        ({"under": "Salt Harbour/SQ010/SH0010"}, "Salt Harbour/SQ010/SH0010 holds no shots; get_task,"),
        ({"under": "Salt Harbour:Layout"}, "'Salt Harbour:Layout' names a task. Give the address without 'Layout'"),
        ({"under": "Salt Harbour/SQ040"}, "Nothing in Salt Harbour is called 'SQ040'. Did you mean SQ010"),
        ({"under": "\u202e🎬/\x07"}, "No production '\\u202e🎬'. There are: Robo Garden, Salt Harbour."),
    ],
    ids=str,
)
async def test_what_cannot_be_used_is_named_with_what_can(
    client: Agent, arguments: dict[str, Any], complaint: str
) -> None:
    assert (await client.refusal("list_shots", **({"under": "Salt Harbour"} | arguments))).startswith(complaint)
